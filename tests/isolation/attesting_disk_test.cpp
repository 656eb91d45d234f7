// What the disk of a helper tells is what the disk tells, and each call that may hang is noticed.
#include "core/attesting_disk.hpp"
#include "fake/fake_kernel.hpp"

#include <gtest/gtest.h>

namespace vigil::core {
namespace {

TEST(AttestingDisk, KnowsTheOtherNamesOfAnEntry) {
  fake::Kernel kernel({.other_names_in_1000 = 1000});
  kernel.make_directory("/d");
  kernel.make_directory("/d/Name");
  int returned = 0;
  const auto disk = make_attesting_disk(kernel.open_disk(), [&] { ++returned; });
  EXPECT_TRUE(disk->same_name("Name", "nAME"));
  EXPECT_EQ(0, returned);
  const auto open = disk->open("/d");
  ASSERT_TRUE(open);
  EXPECT_EQ(1, returned);
  EXPECT_EQ("Name", open.value->listed_name("NAME").value);
  EXPECT_EQ(2, returned);
}

}  // namespace
}  // namespace vigil::core
