#include "tree/pool.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace vigil::tree {
namespace {

struct Element {
  std::uint32_t value = 7;
  std::uint32_t other = 8;
};

TEST(Pool, GivesEveryNumberOnceAndNeverZero) {
  Pool<Element> pool;
  std::set<std::uint32_t> given;
  for (int count = 0; count < 50'000; ++count) {
    const std::uint32_t index = pool.take();
    EXPECT_NE(index, 0U);
    EXPECT_LT(index, pool.end());
    EXPECT_TRUE(given.insert(index).second);
  }
}

TEST(Pool, ElementsDoNotMove) {
  Pool<Element> pool;
  const std::uint32_t index = pool.take();
  Element* const element = &pool[index];
  for (int count = 0; count < 100'000; ++count) pool.take();
  EXPECT_EQ(&pool[index], element);
}

TEST(Pool, TakesTheLastGivenBackFirstAndAsNew) {
  Pool<Element> pool;
  const std::uint32_t first = pool.take();
  const std::uint32_t second = pool.take();
  const std::uint32_t end = pool.end();
  pool[first] = {1, 2};
  pool[second] = {3, 4};
  pool.give_back(first);
  EXPECT_EQ(pool[first].other, 8U);
  pool.give_back(second);
  EXPECT_EQ(pool.take(), second);
  EXPECT_EQ(pool.take(), first);
  EXPECT_EQ(pool[first].value, 7U);
  EXPECT_EQ(pool[second].value, 7U);
  EXPECT_EQ(pool[second].other, 8U);
  EXPECT_EQ(pool.end(), end);
  EXPECT_EQ(pool.take(), end);
}

TEST(Pool, ElementZeroIsThereAndUntouched) {
  Pool<Element> pool;
  for (int count = 0; count < 100; ++count) pool.give_back(pool.take());
  EXPECT_EQ(pool[0].value, 7U);
  EXPECT_EQ(pool[0].other, 8U);
}

}  // namespace
}  // namespace vigil::tree
