#include "sys/mount_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigil::sys {
namespace {

constexpr std::uint64_t device(std::uint64_t major, std::uint64_t minor) { return major << 32 | minor; }

TEST(MountTable, TellsWhatIsMountedWhere) {
  const std::vector<Mount> mounts = parse_mount_table(
      "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"
      "22 27 0:21 / /proc rw,relatime - proc proc rw\n");
  ASSERT_EQ(2u, mounts.size());
  EXPECT_EQ((Mount{36, device(98, 0), "/mnt2", "ext3"}), mounts[0]);
  EXPECT_EQ((Mount{22, device(0, 21), "/proc", "proc"}), mounts[1]);
}

TEST(MountTable, AnyNumberOfOptionalFields) {
  const std::vector<Mount> mounts = parse_mount_table(
      "1 0 0:1 / /none rw - nfs4 server:/ rw\n"
      "2 0 0:2 / /three rw shared:1 master:2 propagate_from:3 - cifs //server/share rw\n");
  ASSERT_EQ(2u, mounts.size());
  EXPECT_EQ("nfs4", mounts[0].type);
  EXPECT_EQ("cifs", mounts[1].type);
}

TEST(MountTable, NamesWithEveryByteThatIsEscaped) {
  const std::vector<Mount> mounts =
      parse_mount_table("1 0 0:1 / /a\\040b\\011c\\012d\\134e\\043\xff rw - fuse.ssh\\040fs x rw\n");
  ASSERT_EQ(1u, mounts.size());
  EXPECT_EQ("/a b\tc\nd\\e#\xff", mounts[0].point);
  EXPECT_EQ("fuse.ssh fs", mounts[0].type);
}

TEST(MountTable, WhatIsNoEscapeStaysAsItIs) {
  const std::vector<Mount> mounts = parse_mount_table("1 0 0:1 / /a\\04\\400\\08\\ rw - x y z\n");
  ASSERT_EQ(1u, mounts.size());
  EXPECT_EQ("/a\\04\\400\\08\\", mounts[0].point);
}

TEST(MountTable, AnUnreadableLineIsPassedOver) {
  const std::vector<Mount> mounts = parse_mount_table(
      "\n"
      "x 0 0:1 / /a rw - ext4 x rw\n"
      "1 0 01 / /a rw - ext4 x rw\n"
      "1 0 0:1 / a rw - ext4 x rw\n"
      "1 0 0:1 / /a rw shared:1 ext4 x rw\n"
      "1 0 0:1 / /a rw -\n"
      "2 0 0:1 / /b rw - ext4 x rw");
  ASSERT_EQ(1u, mounts.size());
  EXPECT_EQ("/b", mounts[0].point);
}

}  // namespace
}  // namespace vigil::sys
