#include "base/tick_count.hpp"

#include <gtest/gtest.h>

namespace vigil::base {
namespace {

constexpr std::uint64_t kWrap = std::uint64_t{1} << 32;

TEST(TickCounter, CountsOnWhenTheSystemBeginsAnew) {
  TickCounter counter;
  EXPECT_EQ(counter.extend(5), 5U);
  EXPECT_EQ(counter.extend(0xf000'0000), 0xf000'0000U);
  EXPECT_EQ(counter.extend(0x10), kWrap + 0x10);
  EXPECT_EQ(counter.extend(0x10), kWrap + 0x10);
  EXPECT_EQ(counter.extend(0xf000'0000), kWrap + 0xf000'0000);
  EXPECT_EQ(counter.extend(0), 2 * kWrap);
}

TEST(TickCounter, DoesNotRunBackwards) {
  TickCounter counter;
  counter.extend(0xffff'fff0);
  EXPECT_EQ(counter.extend(0x20), kWrap + 0x20);
  EXPECT_EQ(counter.extend(0xffff'fff8), kWrap + 0x20);
  EXPECT_EQ(counter.extend(0x1f), kWrap + 0x20);
  EXPECT_EQ(counter.extend(0x21), kWrap + 0x21);
}

TEST(TickCounter, MayRestForMostOfARound) {
  TickCounter counter;
  counter.extend(100);
  EXPECT_EQ(counter.extend(99 - 11 * 60 * 1000U), kWrap + 99 - 11 * 60 * 1000U);
}

}  // namespace
}  // namespace vigil::base
