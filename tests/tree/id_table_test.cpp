#include "tree/id_table.hpp"

#include "tree/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace vigil::tree {
namespace {

struct Case {
  const char* name;
  std::uint32_t (*hash_of)(std::uint32_t id);
};

class IdTableTest : public testing::TestWithParam<Case> {
 protected:
  std::uint32_t hash_of(std::uint32_t id) const { return GetParam().hash_of(id); }

  std::uint32_t find(std::uint32_t id) const {
    return table_.find(hash_of(id), [&](std::uint32_t other) { return other == id; });
  }
  void insert(std::uint32_t id) { table_.insert(hash_of(id), id, GetParam().hash_of); }
  void erase(std::uint32_t id) { table_.erase(hash_of(id), id, GetParam().hash_of); }

  IdTable table_;
};

TEST_P(IdTableTest, HoldsWhatASetHolds) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::uint32_t> random_id(1, 1'000);
  std::set<std::uint32_t> model;
  for (int step = 0; step < 30'000; ++step) {
    const std::uint32_t id = random_id(random);
    ASSERT_EQ(find(id), model.contains(id) ? id : 0);
    // Mostly fuller, then mostly emptier, so that clusters grow, join and come apart.
    const bool wanted = random() % 4 != 0;
    const bool filling = step / 3'000 % 2 == 0;
    if (wanted == filling) {
      if (model.insert(id).second) insert(id);
    } else {
      if (model.erase(id) != 0) erase(id);
    }
    ASSERT_EQ(table_.size(), model.size());
  }
  for (std::uint32_t id = 1; id <= 1'000; ++id) EXPECT_EQ(find(id), model.contains(id) ? id : 0);
}

// The hashes that make trouble: all in one cluster, all in the last slots so that searches go round to the first.
INSTANTIATE_TEST_SUITE_P(Hashes, IdTableTest,
                         testing::Values(Case{"spread", [](std::uint32_t id) { return spread(id); }},
                                         Case{"first", [](std::uint32_t) { return std::uint32_t{0}; }},
                                         Case{"last", [](std::uint32_t) { return ~std::uint32_t{0}; }},
                                         Case{"few", [](std::uint32_t id) { return (id % 7) * 0x2000'0000 + 5; }},
                                         Case{"ends",
                                              [](std::uint32_t id) { return id % 2 == 0 ? ~(id << 20) : id << 20; }}),
                         [](const auto& test) { return test.param.name; });

std::uint32_t spread_id(std::uint32_t id) { return spread(id); }

TEST(IdTable, TakesFewBytesAnIdAndGivesRoomBack) {
  IdTable table;
  const std::size_t empty = table.memory_bytes();
  std::uint32_t id = 0;
  while (id < 300'000) {
    ++id;
    table.insert(spread(id), id, spread_id);
    ASSERT_LE(table.memory_bytes(), std::max(empty, std::size_t{id} * 10 + 8));
  }
  for (; id > 0; --id) {
    table.erase(spread(id), id, spread_id);
    ASSERT_LE(table.memory_bytes(), std::max(empty, std::size_t{id} * 20 + 8));
  }
  EXPECT_EQ(table.memory_bytes(), empty);
  EXPECT_EQ(table.size(), 0U);
}

TEST(IdTable, DoesNotResizeToAndFro) {
  IdTable table;
  std::uint32_t id = 0;
  const std::size_t empty = table.memory_bytes();
  while (table.memory_bytes() == empty) {
    ++id;
    table.insert(spread(id), id, spread_id);
  }
  const std::size_t grown = table.memory_bytes();
  for (int time = 0; time < 100; ++time) {
    table.erase(spread(id), id, spread_id);
    EXPECT_EQ(table.memory_bytes(), grown);
    table.insert(spread(id), id, spread_id);
    EXPECT_EQ(table.memory_bytes(), grown);
  }
}

// Ids are used again, so the one that makes the table grow may be the smallest of all.
TEST(IdTable, GrowsWithASmallId) {
  constexpr std::uint32_t kLarge = 100'000;
  for (std::uint32_t large_ids = 1; large_ids < 2'000; large_ids += 7) {
    IdTable table;
    for (std::uint32_t id = 0; id < large_ids; ++id) table.insert(spread(kLarge + id), kLarge + id, spread_id);
    for (std::uint32_t id = 1; id < 2'000; ++id) table.insert(spread(id), id, spread_id);
    for (std::uint32_t id = 0; id < large_ids; ++id) {
      const std::uint32_t large = kLarge + id;
      ASSERT_EQ(table.find(spread(large), [&](std::uint32_t other) { return other == large; }), large);
    }
  }
}

// Ids are handed out in sequence, so pairs of them form grids; the tree's index is keyed by such pairs.
TEST(IdTable, SearchesStayShortForGridsOfIds) {
  for (const std::uint32_t columns : {1U, 3U, 10U, 1'000U, 200'000U}) {
    const auto hash_of = [&](std::uint32_t id) { return spread(std::uint64_t{id / columns} << 32 | id % columns); };
    IdTable table;
    constexpr std::uint32_t kIds = 200'000;
    for (std::uint32_t id = 1; id <= kIds; ++id) table.insert(hash_of(id), id, hash_of);
    std::size_t compared = 0;
    for (std::uint32_t id = 1; id <= kIds; ++id) {
      table.find(hash_of(id), [&](std::uint32_t other) { return ++compared, other == id; });
    }
    // Linear probing at the fullest, 0.8, compares 3 on average if hashes are as good as random.
    EXPECT_LT(static_cast<double>(compared) / kIds, 3.5) << columns << " columns";
  }
}

}  // namespace
}  // namespace vigil::tree
