#include "cli/activity.hpp"

#include "cli/events.hpp"
#include "cli/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::UnorderedElementsAre;

constexpr Activity::Moment kBegin{1000h};

std::vector<std::pair<std::string, std::uint64_t>> counts_of(const Busiest& busiest) {
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const auto& [name, entry] : busiest.entries()) counts.emplace_back(name, entry.counts.total);
  return counts;
}

// A directory's name as it is counted.
std::string directory(std::string path) { return path + kSeparator; }

TEST(Activity, CountsKindsPathsAndDirectories) {
  Activity activity(kBegin);
  activity.add_root("/r");
  activity.add(event_of(Kind::created, EntryType::directory, "/r/d"), kBegin);
  activity.add(event_of(Kind::created, EntryType::file, "/r/d/f"), kBegin);
  activity.add(event_of(Kind::modified, EntryType::file, "/r/d/f"), kBegin);
  activity.add(renamed_event(EntryType::file, "/r/d/f", "/r/g"), kBegin);
  EXPECT_EQ(4u, activity.changes().total);
  EXPECT_EQ(2u, activity.changes().of_kind[static_cast<std::size_t>(Kind::created)]);
  EXPECT_THAT(counts_of(activity.directories()), UnorderedElementsAre(std::pair("/r/", 2), std::pair("/r/d/", 2)));
  EXPECT_THAT(counts_of(activity.files()),
              UnorderedElementsAre(std::pair(directory("/r/d"), 1), std::pair("/r/d/f", 2), std::pair("/r/g", 1)));
  EXPECT_EQ(0u, activity.processes().size());
}

// The directory above is not watched, and may be somebody else's.
TEST(Activity, WhatHappensToARootIsCountedInIt) {
  Activity activity(kBegin);
  activity.add_root("/srv/r");
  activity.add(event_of(Kind::attributes, EntryType::directory, "/srv/r"), kBegin);
  EXPECT_THAT(counts_of(activity.directories()), UnorderedElementsAre(std::pair(directory("/srv/r"), 1)));
  activity.reset(kBegin);
  activity.add_root("/srv/f");
  activity.add(event_of(Kind::modified, EntryType::file, "/srv/f"), kBegin);
  EXPECT_THAT(counts_of(activity.directories()), UnorderedElementsAre(std::pair("/srv/", 1)));
}

TEST(Activity, NoticesCountForThemselves) {
  Activity activity(kBegin);
  activity.add(event_of(Kind::rescan, EntryType::directory, "/r"), kBegin);
  EXPECT_EQ(0u, activity.changes().total);
  EXPECT_EQ(1u, activity.notices(Kind::rescan));
  EXPECT_EQ(0u, activity.directories().size());
  EXPECT_EQ(kBegin, activity.calm());
}

TEST(Activity, ProcessesAreCountedByName) {
  Activity activity(kBegin);
  Event event = event_of(Kind::created, EntryType::file, "/r/f");
  event.pid = 12;
  activity.add(event, kBegin, "make");
  event.pid = 13;
  activity.add(event, kBegin, "make");
  EXPECT_THAT(counts_of(activity.processes()), UnorderedElementsAre(std::pair("make", 2)));
}

TEST(Activity, RatesGoDownToZeroAndThenItIsCalm) {
  Activity activity(kBegin);
  const Event event = event_of(Kind::created, EntryType::file, "/r/f");
  for (int index = 0; index < 10; ++index) activity.add(event, kBegin + 10s);
  EXPECT_DOUBLE_EQ(10.0 / 4, activity.rate(Kind::created, kBegin + 10s));
  EXPECT_DOUBLE_EQ(10.0 / 4.5, activity.rate(Kind::created, kBegin + 10500ms));
  EXPECT_DOUBLE_EQ(10.0 / 4, activity.rate(kBegin + 14s));
  EXPECT_EQ(kBegin + 15s, activity.calm());
  EXPECT_DOUBLE_EQ(0, activity.rate(kBegin + 15s));
  EXPECT_DOUBLE_EQ(0, activity.rate(Kind::modified, kBegin + 10s));
}

// Not a thousand a second because the first came after a millisecond.
TEST(Activity, TheFirstSecondIsAWholeOne) {
  Activity activity(kBegin);
  activity.add(event_of(Kind::created, EntryType::file, "/r/f"), kBegin + 1ms);
  EXPECT_DOUBLE_EQ(1, activity.rate(kBegin + 1ms));
  EXPECT_DOUBLE_EQ(0.5, activity.rate(kBegin + 2s));
}

TEST(Activity, BeginsAnew) {
  Activity activity(kBegin);
  activity.add(event_of(Kind::created, EntryType::file, "/r/f"), kBegin);
  activity.reset(kBegin + 1h);
  EXPECT_EQ(0u, activity.changes().total);
  EXPECT_DOUBLE_EQ(0, activity.rate(kBegin + 1h));
  activity.add(event_of(Kind::created, EntryType::file, "/r/f"), kBegin + 1h);
  EXPECT_DOUBLE_EQ(1, activity.rate(kBegin + 1h));
}

}  // namespace
}  // namespace vigil::cli
