#include "cli/busiest.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>

namespace vigil::cli {
namespace {

TEST(Lately, CountsTheLastFiveSeconds) {
  Lately lately;
  EXPECT_EQ(0u, lately.sum(0));
  lately.add(0);
  lately.add(0);
  lately.add(3);
  EXPECT_EQ(3u, lately.sum(3));
  EXPECT_EQ(3u, lately.sum(4));
  EXPECT_EQ(1u, lately.sum(5));
  EXPECT_EQ(1u, lately.sum(7));
  EXPECT_EQ(0u, lately.sum(8));
  lately.add(8);
  EXPECT_EQ(1u, lately.sum(8));
}

TEST(Lately, ForgetsWhatIsLongAgo) {
  Lately lately;
  for (int second = 0; second < 20; ++second) lately.add(second);
  EXPECT_EQ(5u, lately.sum(19));
  lately.add(1'000'000'000);
  EXPECT_EQ(1u, lately.sum(1'000'000'000));
  EXPECT_EQ(0u, lately.sum(2'000'000'000));
}

// Against counters of every second.
TEST(Lately, AgreesWithARecordOfAll) {
  std::mt19937 random(1);
  Lately lately;
  std::map<std::int64_t, std::uint64_t> record;
  std::int64_t second = 0;
  for (int step = 0; step < 2000; ++step) {
    second +=
        std::uniform_int_distribution<int>(0, 3)(random) == 0 ? std::uniform_int_distribution<int>(0, 7)(random) : 0;
    lately.add(second);
    ++record[second];
    const std::int64_t now = second + std::uniform_int_distribution<int>(0, 6)(random);
    std::uint64_t sum = 0;
    for (auto each = record.lower_bound(now - 4); each != record.end(); ++each) sum += each->second;
    ASSERT_EQ(sum, lately.sum(now)) << step;
  }
}

TEST(Busiest, IsExactWithinItsLimits) {
  Busiest busiest;
  busiest.add("a", Kind::created, 0);
  busiest.add("b", Kind::modified, 0);
  busiest.add("a", Kind::modified, 1);
  EXPECT_EQ(2u, busiest.size());
  EXPECT_EQ(0u, busiest.missed_max());
  const Busiest::Entry& entry = busiest.entries().find("a")->second;
  EXPECT_EQ(2u, entry.counts.total);
  EXPECT_EQ(1u, entry.counts.of_kind[static_cast<std::size_t>(Kind::modified)]);
  EXPECT_EQ(2u, entry.lately.sum(1));
  EXPECT_EQ(0u, entry.missed_max);
}

TEST(Busiest, KnowsWhetherSeveralProcessesHadAName) {
  Busiest busiest;
  busiest.add("cc", Kind::created, 0, 7);
  busiest.add("cc", Kind::created, 0, 7);
  EXPECT_FALSE(busiest.entries().find("cc")->second.several);
  busiest.add("cc", Kind::created, 0, 8);
  EXPECT_TRUE(busiest.entries().find("cc")->second.several);
  EXPECT_EQ(8, busiest.entries().find("cc")->second.process);
}

// A million paths, each once, and between them some that are busy.
TEST(Busiest, FindsWhatIsBusyAmongAMillion) {
  constexpr std::uint64_t kAll = 1'100'000;
  Busiest busiest;
  std::mt19937 random(2);
  std::uint64_t next = 0;
  std::map<std::string, std::uint64_t> truth;
  for (std::uint64_t step = 0; step < kAll; ++step) {
    const bool is_busy = random() % 11 == 0;
    const std::string name =
        is_busy ? "busy" + std::to_string(random() % 20) : "/a/rather/long/path/" + std::to_string(next++);
    if (is_busy) ++truth[name];
    busiest.add(name, Kind::created, 0);
    ASSERT_LE(busiest.size(), Busiest::Limits{}.entries_max);
  }
  EXPECT_LE(busiest.missed_max(), 2 * kAll / Busiest::Limits{}.entries_max);
  EXPECT_GT(busiest.missed_max(), 0u);
  for (const auto& [name, count] : truth) {
    const auto found = busiest.entries().find(name);
    ASSERT_NE(busiest.entries().end(), found) << name;
    EXPECT_LE(found->second.counts.total, count);
    EXPECT_GE(found->second.counts.total + found->second.missed_max, count);
  }
}

// What is promised, under limits so small that everything is given up over and over.
TEST(Busiest, KeepsItsPromiseWhateverComes) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    std::geometric_distribution<int> names(0.05);
    Busiest busiest({.entries_max = 1 + seed});
    std::map<std::string, std::uint64_t> truth;
    for (int step = 0; step < 3000; ++step) {
      const std::string name = std::to_string(names(random));
      ++truth[name];
      busiest.add(name, Kind::modified, 0);
    }
    ASSERT_LE(busiest.size(), 1 + seed);
    for (const auto& [name, count] : truth) {
      const auto found = busiest.entries().find(name);
      if (found == busiest.entries().end()) {
        EXPECT_LE(count, busiest.missed_max()) << seed;
        continue;
      }
      EXPECT_LE(found->second.counts.total, count) << seed;
      EXPECT_GE(found->second.counts.total + found->second.missed_max, count) << seed;
    }
  }
}

TEST(Busiest, BoundsTheBytesOfNamesToo) {
  Busiest busiest({.entries_max = 1000, .name_bytes_max = 10'000});
  for (int index = 0; index < 5000; ++index) {
    busiest.add(std::string(4000, 'x') + std::to_string(index), Kind::created, 0);
    ASSERT_LE(busiest.size(), 2u);
  }
  // One that is too long alone is counted all the same.
  busiest.add(std::string(20'000, 'y'), Kind::created, 0);
  EXPECT_EQ(1u, busiest.size());
  busiest.clear();
  EXPECT_EQ(0u, busiest.size());
  EXPECT_EQ(0u, busiest.missed_max());
}

}  // namespace
}  // namespace vigil::cli
