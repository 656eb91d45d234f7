#include "cli/stat_report.hpp"

#include "cli/events.hpp"
#include "cli/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Activity::Moment kBegin{1000h};

StatReport report_of(const Activity& activity) {
  StatReport report;
  report.time = 2s;
  report.roots.push_back({"/home/me", "inotify"});
  report.activity = &activity;
  return report;
}

Activity some() {
  Activity activity(kBegin);
  activity.add_root("/home/me");
  activity.add(event_of(Kind::created, EntryType::file, "/home/me/src/a"), kBegin);
  activity.add(event_of(Kind::modified, EntryType::file, "/home/me/src/a"), kBegin);
  activity.add(event_of(Kind::modified, EntryType::file, "/home/me/b\n"), kBegin);
  return activity;
}

TEST(StatReport, IsATable) {
  const Activity activity = some();
  EXPECT_EQ(
      "3 changes in 2.0 s (1.5 a second)\n"
      "\n"
      "kind      changes  a second\n"
      "created         1       0.5\n"
      "modified        2       1.0\n"
      "\n"
      "changes  created  modified  directory\n"
      "      2        1         1  src/\n"
      "      1        0         1  ." +
          std::string(1, kSeparator) +
          "\n"
          "\n"
          "changes  created  modified  path\n"
          "      2        1         1  src/a\n"
          "      1        0         1  b\\n\n",
      words_of(report_of(activity), "/home/me"));
}

TEST(StatReport, TheTopAreShown) {
  Activity activity(kBegin);
  for (int index = 0; index < 20; ++index) {
    for (int times = 0; times <= index; ++times) {
      activity.add(event_of(Kind::modified, EntryType::file, "/r/" + std::to_string(index)), kBegin);
    }
  }
  StatReport report = report_of(activity);
  report.top = 2;
  const std::string text = words_of(report, "/");
  EXPECT_THAT(text, HasSubstr("     20        20  r/19\n     19        19  r/18\n  ... and 18 more\n"));
  report.top = 0;
  EXPECT_THAT(words_of(report, "/"), Not(HasSubstr("path")));
}

TEST(StatReport, SaysSoWhereNothingHappened) {
  const Activity activity(kBegin);
  EXPECT_EQ("0 changes in 2.0 s (0.0 a second)\n", words_of(report_of(activity), "/"));
}

TEST(StatReport, LossesAreTold) {
  const Activity activity = some();
  StatReport report = report_of(activity);
  report.losses = 2;
  report.repairs = 1;
  EXPECT_THAT(words_of(report, "/"), HasSubstr("(1.5 a second); 2 losses, 1 repairs\n"));
}

TEST(StatReport, SaysWhatWasNotCounted) {
  Activity activity(kBegin, {.entries_max = 4});
  for (int index = 0; index < 100; ++index) {
    activity.add(event_of(Kind::created, EntryType::file, "/r/" + std::to_string(index)), kBegin);
  }
  const std::string text = words_of(report_of(activity), "/");
  EXPECT_THAT(text, HasSubstr("too many to count each"));
  auto json = nlohmann::json::parse(json_of(report_of(activity)));
  EXPECT_GT(json["files_missed_max"], 0);
  EXPECT_EQ(0, json["directories_missed_max"]);
}

TEST(StatReport, IsOneObject) {
  Activity activity = some();
  activity.add(event_of(Kind::ready, EntryType::directory, "/home/me"), kBegin);
  Event event = event_of(Kind::removed, EntryType::file, "/home/me/src/\xff");
  event.pid = 12;
  activity.add(event, kBegin, "rm");
  const std::string text = json_of(report_of(activity));
  EXPECT_EQ(1, std::count(text.begin(), text.end(), '\n'));
  auto json = nlohmann::json::parse(text);
  EXPECT_EQ(2.0, json["seconds"]);
  EXPECT_EQ(4, json["changes"]);
  EXPECT_EQ(nlohmann::json::parse(R"({"created":1,"removed":1,"modified":2})"), json["kinds"]);
  EXPECT_EQ(nlohmann::json::parse(R"({"ready":1})"), json["notices"]);
  EXPECT_EQ("inotify", json["paths"][0]["backend"]);
  EXPECT_EQ("/home/me/src/", json["directories"][0]["path"]);
  EXPECT_EQ(3, json["directories"][0]["changes"]);
  EXPECT_EQ("/home/me/src/a", json["files"][0]["path"]);
  EXPECT_TRUE(json["files"][2].contains("path_base64"));
  EXPECT_EQ(nlohmann::json::parse(R"([{"name":"rm","changes":1,"pid":12,"several":false,"kinds":{"removed":1}}])"),
            json["processes"]);
}

}  // namespace
}  // namespace vigil::cli
