#include "cli/doctor_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

PathFound directory(std::string path) {
  PathFound found;
  found.path = std::move(path);
  found.file_system = {.point = "/", .type = "ext4", .where = {}, .way = Way::native, .why = {}};
  found.directories = 100;
  found.was_probed = true;
  found.probe.backend = "inotify";
  found.probe.created = Told{60us, false};
  found.probe.removed = Told{40us, false};
  return found;
}

LimitFound watches(std::uint64_t value, std::uint64_t used) {
  return {.what = "inotify watches",
          .name = "fs.inotify.max_user_watches",
          .value = value,
          .used = used,
          .complete = true,
          .users = {{812, "code", used}},
          .sensible = 524288};
}

DoctorReport fine() {
  DoctorReport report;
  report.system = "Linux 6.1.0 (x86_64)";
  report.privilege = "user 1000, without CAP_SYS_ADMIN";
  report.asked_backend = "auto";
  report.persisting_file = "/etc/sysctl.d/60-vigil.conf";
  report.backends = {{"inotify", true, "a watch for each directory"}, {"fanotify", false, "needs CAP_SYS_ADMIN"}};
  report.limits = {watches(65536, 1000)};
  report.paths = {directory("/srv")};
  return report;
}

DoctorReport advised(DoctorReport report) {
  report.advice = advise(report);
  return report;
}

TEST(DoctorReport, NothingIsSaidWhereAllIsWell) {
  const DoctorReport report = advised(fine());
  EXPECT_THAT(report.advice, IsEmpty());
  EXPECT_FALSE(needs_attention(report));
  EXPECT_EQ(
      "system         Linux 6.1.0 (x86_64), vigil 0.1.0\n"
      "privilege      user 1000, without CAP_SYS_ADMIN\n"
      "inotify        available: a watch for each directory\n"
      "fanotify       not available: needs CAP_SYS_ADMIN\n"
      "backend        auto: inotify; directories beyond its limits are polled, for fanotify is not available\n"
      "\n"
      "limits\n"
      "  fs.inotify.max_user_watches       65,536  1,000 in use: code (process 812) 1,000\n"
      "\n"
      "/srv\n"
      "  on           ext4 at /: native\n"
      "  directories  100\n"
      "  watched by   inotify\n"
      "  probe        a new file was told after 0.06 ms, its removal after 0.04 ms\n"
      "\n"
      "nothing needs attention\n",
      words_of(report));
}

TEST(DoctorReport, WatchesThatAreTooFewComeWithTheCommand) {
  DoctorReport report = fine();
  report.paths[0].directories = 70'000;
  report = advised(report);
  ASSERT_EQ(1u, report.advice.size());
  EXPECT_TRUE(needs_attention(report));
  EXPECT_THAT(report.advice[0].text, AllOf(HasSubstr("70,000 directories"), HasSubstr("65,536"), HasSubstr("polled")));
  EXPECT_THAT(report.advice[0].commands,
              ElementsAre("sudo sysctl fs.inotify.max_user_watches=524288",
                          "echo fs.inotify.max_user_watches=524288 | sudo tee -a /etc/sysctl.d/60-vigil.conf"));
}

// What the paths need together, and what others have, is at most half of what is advised.
TEST(DoctorReport, MoreIsAdvisedWhereMoreIsNeeded) {
  DoctorReport report = fine();
  report.limits = {watches(524288, 200'000)};
  report.paths = {directory("/a"), directory("/b")};
  report.paths[0].directories = report.paths[1].directories = 200'000;
  report = advised(report);
  ASSERT_EQ(1u, report.advice.size());
  EXPECT_EQ("sudo sysctl fs.inotify.max_user_watches=2097152", report.advice[0].commands[0]);
}

TEST(DoctorReport, WhoHasFanotifyNeedsNoWatches) {
  DoctorReport report = fine();
  report.privileged = true;
  report.paths[0].directories = 70'000;
  report = advised(report);
  ASSERT_EQ(1u, report.advice.size());
  EXPECT_FALSE(needs_attention(report));
  EXPECT_THAT(report.advice[0].text, HasSubstr("fanotify"));
}

TEST(DoctorReport, ALimitThatIsNearlyMetNeedsAttention) {
  DoctorReport report = fine();
  report.limits = {watches(65536, 60'000)};
  EXPECT_TRUE(needs_attention(advised(report)));
  report.limits = {watches(65536, 58'000)};
  EXPECT_FALSE(needs_attention(advised(report)));
  LimitFound queue;
  queue.name = "fs.inotify.max_queued_events";
  queue.value = 64;
  queue.sensible = 16384;
  report.limits = {queue};
  report = advised(report);
  ASSERT_TRUE(needs_attention(report));
  EXPECT_EQ("sudo sysctl fs.inotify.max_queued_events=16384", report.advice[0].commands[0]);
}

TEST(DoctorReport, AContainerCannotRaiseALimit) {
  DoctorReport report = fine();
  report.limits_are_elsewhere = true;
  report.limits = {watches(65536, 65'536)};
  EXPECT_THAT(advised(report).advice[0].text, HasSubstr("cannot be raised in this container"));
}

TEST(DoctorReport, AProbeThatWasNotToldNeedsAttention) {
  DoctorReport report = fine();
  report.paths[0].path = "/it's here";
  report.paths[0].probe.removed.reset();
  report.paths[0].probe.failure = "nothing tells of its removal within 10 s (inotify)";
  report = advised(report);
  ASSERT_TRUE(needs_attention(report));
  EXPECT_THAT(report.advice[0].text, HasSubstr("nothing tells of its removal"));
  EXPECT_THAT(report.advice[0].commands, ElementsAre(R"(vigil watch --backend poll '/it'\''s here')"));
}

TEST(DoctorReport, ADirectoryThatCannotBeWrittenIsNotTried) {
  DoctorReport report = fine();
  report.paths[0].was_probed = false;
  report.paths[0].not_probed = "a file cannot be written: Permission denied";
  report.paths[0].probe.created.reset();
  report.paths[0].probe.could_write = false;
  report = advised(report);
  EXPECT_FALSE(needs_attention(report));
  EXPECT_THAT(words_of(report), HasSubstr("  probe        none: a file cannot be written: Permission denied\n"));
}

TEST(DoctorReport, WhatIsPolledIsGoodToKnow) {
  DoctorReport report = fine();
  report.paths[0].below = {{.point = "/srv/nfs",
                            .type = "nfs4",
                            .where = {},
                            .way = Way::polled,
                            .why = "file system nfs4 does not tell of changes made elsewhere: polled"},
                           {.point = "/srv/tmp", .type = "tmpfs", .where = {}, .way = Way::native, .why = {}}};
  report = advised(report);
  EXPECT_FALSE(needs_attention(report));
  EXPECT_THAT(words_of(report),
              AllOf(HasSubstr("  below        nfs4 at /srv/nfs: polled (file system nfs4 does not tell"),
                    HasSubstr("  below        1 other mounts: native\n"), HasSubstr("note: /srv/nfs: file system nfs4"),
                    Not(HasSubstr("nothing needs attention"))));
}

TEST(DoctorReport, APathThatIsMissingNeedsAttention) {
  DoctorReport report = fine();
  PathFound missing;
  missing.path = "/gone";
  missing.failure = "cannot watch '/gone': No such file or directory";
  report.paths.push_back(missing);
  report = advised(report);
  EXPECT_TRUE(needs_attention(report));
  auto json = nlohmann::json::parse(json_of(report));
  EXPECT_EQ(nlohmann::json::parse(R"({"path":"/gone","failure":"cannot watch '/gone': No such file or directory"})"),
            json["paths"][1]);
}

// What comes first is what has to be done.
TEST(DoctorReport, AttentionComesBeforeNotes) {
  DoctorReport report = fine();
  report.paths[0].file_system.way = Way::hybrid;
  report.paths[0].file_system.why = "file system x is not known to tell all changes";
  report.limits = {watches(65536, 65'536)};
  report = advised(report);
  ASSERT_EQ(2u, report.advice.size());
  EXPECT_TRUE(report.advice[0].attention);
  EXPECT_FALSE(report.advice[1].attention);
}

TEST(DoctorReport, IsOneObject) {
  DoctorReport report = fine();
  report.paths[0].path = "/srv\xff";
  auto json = nlohmann::json::parse(json_of(advised(report)));
  EXPECT_EQ("auto", json["asked_backend"]);
  EXPECT_EQ(65536, json["limits"][0]["value"]);
  EXPECT_EQ(1000, json["limits"][0]["used"]);
  EXPECT_EQ(812, json["limits"][0]["users"][0]["pid"]);
  EXPECT_EQ("native", json["paths"][0]["file_system"]["way"]);
  EXPECT_TRUE(json["paths"][0].contains("path_base64"));
  EXPECT_EQ(true, json["paths"][0]["probe"]["told"]);
  EXPECT_EQ(0.06, json["paths"][0]["probe"]["created_ms"]);
  EXPECT_EQ(false, json["attention"]);
}

}  // namespace
}  // namespace vigil::cli
