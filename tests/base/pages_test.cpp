#include "base/pages.hpp"

#include "base/address_space.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <utility>

namespace vigil::base {
namespace {

constexpr std::size_t kSize = 100'001;

TEST(Pages, AreZeroedAndWritable) {
  const Pages pages(kSize);
  EXPECT_EQ(pages.size(), kSize);
  char* const bytes = static_cast<char*>(pages.data());
  EXPECT_EQ(std::count(bytes, bytes + kSize, '\0'), static_cast<std::ptrdiff_t>(kSize));
  std::fill(bytes, bytes + kSize, 'x');
  EXPECT_EQ(bytes[kSize - 1], 'x');
}

TEST(Pages, HaveOneOwner) {
  Pages first(kSize);
  void* const data = first.data();
  Pages second(std::move(first));
  EXPECT_EQ(second.data(), data);
  Pages third;
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(third.size(), kSize);
}

TEST(Pages, EmptyOnesHaveNoMemory) {
  const Pages pages;
  EXPECT_EQ(pages.data(), nullptr);
  EXPECT_EQ(pages.size(), 0U);
}

TEST(Pages, AreGivenBack) {
  constexpr std::size_t kLarge = std::size_t{64} << 20;
  const std::size_t before = address_space_bytes();
  {
    Pages pages(kLarge);
    const Pages moved(std::move(pages));
    EXPECT_GE(address_space_bytes(), before + kLarge / 2);
    Pages assigned(kLarge);
    assigned = Pages();
  }
  EXPECT_LT(address_space_bytes(), before + kLarge / 2);
}

TEST(Pages, ThrowWhereThereIsNoMemory) {
  EXPECT_THROW(Pages(std::numeric_limits<std::size_t>::max() / 2), std::bad_alloc);
}

}  // namespace
}  // namespace vigil::base
