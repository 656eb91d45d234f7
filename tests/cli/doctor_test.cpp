// `vigil doctor`.
#include "cli/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace vigil::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

nlohmann::json json_of(const Outcome& outcome) {
  nlohmann::json json = nlohmann::json::parse(outcome.output, nullptr, false);
  EXPECT_TRUE(json.is_object()) << outcome.output << outcome.error;
  return json;
}

TEST(Doctor, TriesAndLeavesNothing) {
  const TemporaryDirectory top;
  fs::create_directories(top / "a" / "b");
  auto json = json_of(run({"doctor", "--json", "--timeout", "60s", top.path()}));
  auto& path = json["paths"][0];
  EXPECT_EQ(top.path().string(), path["path"]);
  EXPECT_EQ("inotify", path["backend"]);
  EXPECT_EQ(3, path["directories"]);
  EXPECT_EQ(true, path["all_counted"]);
  EXPECT_EQ(true, path["probe"]["told"]) << path;
  EXPECT_GE(path["probe"]["created_ms"], 0);
  EXPECT_EQ(1, std::distance(fs::directory_iterator(top.path()), fs::directory_iterator()));
  EXPECT_EQ("inotify", json["backends"][0]["name"]);
  EXPECT_GT(json["limits"][0]["value"], 0);
}

TEST(Doctor, WritesNothingWhereItIsNotTo) {
  const TemporaryDirectory top;
  const auto before = fs::last_write_time(top.path());
  const Outcome outcome = run({"doctor", "--json", "--no-probe", top.path()});
  EXPECT_EQ(before, fs::last_write_time(top.path()));
  EXPECT_EQ(false, json_of(outcome)["paths"][0]["probe"]["tried"]);
  EXPECT_EQ("", outcome.error);
}

TEST(Doctor, SaysThatItWrites) {
  const TemporaryDirectory top;
  EXPECT_THAT(run({"doctor", top.path()}).error, HasSubstr("is written there and removed"));
}

TEST(Doctor, WhatIsWrongNeedsAttention) {
  const TemporaryDirectory top;
  const Outcome missing = run({"doctor", "--no-probe", top / "missing"});
  EXPECT_EQ(1, missing.exit_code);
  EXPECT_THAT(missing.output, HasSubstr("attention: cannot watch"));
  // A backend by which nothing is told in time.
  const Outcome late = run({"doctor", "--backend", "poll", "--timeout", "0s", top.path()});
  EXPECT_EQ(1, late.exit_code);
  EXPECT_THAT(late.output, AllOf(HasSubstr("backend        poll: it is asked for"),
                                 HasSubstr("nothing tells of a new file"), HasSubstr("vigil watch --backend poll")));
  EXPECT_TRUE(fs::is_empty(top.path()));
  EXPECT_EQ(2, run({"doctor", "--probe"}).exit_code);
}

TEST(Doctor, OfAFileItsDirectoryIsExamined) {
  const TemporaryDirectory top;
  write_file(top / "f", "as it was");
  auto json = json_of(run({"doctor", "--json", top / "f"}));
  EXPECT_EQ("file", json["paths"][0]["type"]);
  EXPECT_EQ(false, json["paths"][0]["probe"]["tried"]);
  EXPECT_EQ(9u, fs::file_size(top / "f"));
}

TEST(Doctor, ADirectoryThatMayNotBeWrittenIsNoFailure) {
  const TemporaryDirectory top;
  fs::permissions(top.path(), fs::perms(0555));
  auto json = json_of(run({"doctor", "--json", top.path()}, {.as_nobody = true}));
  EXPECT_EQ(false, json["paths"][0]["probe"]["tried"]);
  EXPECT_THAT(json["paths"][0]["probe"]["why"], HasSubstr("Permission denied"));
  for (const auto& advice : json["advice"])
    EXPECT_EQ(std::string::npos, advice["text"].get<std::string>().find(top.path()));
  fs::permissions(top.path(), fs::perms::owner_all);
}

// The judgement of the library itself.
TEST(Doctor, KnowsWhatAFileSystemTells) {
  auto json = json_of(run({"doctor", "--json", "--no-probe", "/proc/self/fd"}));
  EXPECT_EQ("proc", json["paths"][0]["file_system"]["type"]);
  EXPECT_EQ("native", json["paths"][0]["file_system"]["way"]);
  EXPECT_THAT(json["paths"][0]["file_system"]["why"], HasSubstr("the kernel itself changes"));
}

}  // namespace
}  // namespace vigil::cli
