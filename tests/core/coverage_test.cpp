// What is thought of file systems, and how the mount table is read for it.
#include "core/coverage.hpp"
#include "core/file_systems.hpp"
#include "support/no_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Coverage, OfWhatIsKnown) {
  for (const char* local : {"ext4", "xfs", "btrfs", "tmpfs", "overlay", "f2fs", "zfs", "fuseblk", "local"}) {
    EXPECT_EQ(Coverage::complete, coverage_of(local)) << local;
  }
  for (const char* shared : {"virtiofs", "vboxsf", "fuse.vmhgfs-fuse", "remote"}) {
    EXPECT_EQ(Coverage::partial, coverage_of(shared)) << shared;
  }
  for (const char* remote : {"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "afs", "fuse", "fuse.sshfs", "fuse.rclone"}) {
    EXPECT_EQ(Coverage::absent, coverage_of(remote)) << remote;
  }
  for (const char* own : {"proc", "sysfs", "cgroup2", "devpts"}) EXPECT_EQ(Coverage::own, coverage_of(own)) << own;
}

// Better a comparison too many than a change untold; but nothing is made of nothing.
TEST(Coverage, OfWhatIsNot) {
  EXPECT_EQ(Coverage::partial, coverage_of("newfs"));
  EXPECT_EQ(Coverage::complete, coverage_of(""));
}

TEST(Coverage, IsExplained) {
  EXPECT_EQ("", explain_coverage(Coverage::complete, "ext4"));
  EXPECT_EQ("file system nfs4 does not tell of changes made elsewhere: polled",
            explain_coverage(Coverage::absent, "nfs4"));
  EXPECT_THAT(explain_coverage(Coverage::absent, "fuse.sshfs"), HasSubstr("made behind it: polled"));
  EXPECT_THAT(explain_coverage(Coverage::partial, "virtiofs"), HasSubstr("compared every so often"));
  EXPECT_THAT(explain_coverage(Coverage::partial, "newfs"), HasSubstr("not known"));
  EXPECT_THAT(explain_coverage(Coverage::own, "proc"), HasSubstr("kernel itself"));
}

TEST(IsAtOrBelow, ByWholeNames) {
  EXPECT_TRUE(is_at_or_below("/a/b", "/a"));
  EXPECT_TRUE(is_at_or_below("/a", "/a"));
  EXPECT_TRUE(is_at_or_below("/a/", "/a"));
  EXPECT_TRUE(is_at_or_below("/a", "/"));
  EXPECT_TRUE(is_at_or_below("", "/"));
  EXPECT_TRUE(is_at_or_below("/a", ""));
  EXPECT_FALSE(is_at_or_below("/ab", "/a"));
  EXPECT_FALSE(is_at_or_below("/a", "/a/b"));
  EXPECT_FALSE(is_at_or_below("", "/a"));
}

class FakeMounts final : public sys::Mounts {
 public:
  Descriptor descriptor() const override { return {}; }
  int join(Descriptor) override { return 0; }
  bool changed() override { return std::exchange(is_changed, false); }
  sys::Outcome<std::vector<sys::Mount>> read() override {
    ++reads;
    if (fails) return sys::Outcome<std::vector<sys::Mount>>::failure(1);
    return {table};
  }
  std::string type_of(const sys::Directory&) override { return type; }

  std::vector<sys::Mount> table{{1, 10, "/", "ext4"}, {2, 20, "/n", "nfs"}, {3, 30, "/n/t", "tmpfs"}};
  std::string type;
  bool is_changed = false;
  bool fails = false;
  int reads = 0;
};

class FileSystemsTest : public ::testing::Test {
 protected:
  FileSystemsTest() { systems_.begin(); }

  std::string type_of(std::uint64_t device, const std::string& path) {
    return systems_.kind_of(device, path, directory_).type;
  }

  std::vector<std::string> change(std::vector<sys::Mount> table, bool at_once = true) {
    mounts_.table = std::move(table);
    mounts_.is_changed = true;
    return systems_.changed_points(now_, at_once);
  }

  FakeMounts mounts_;
  vigil::testing::NoDirectory directory_;
  FileSystems systems_{&mounts_, BackendChoice::automatic};
  FileSystems::Moment now_{1h};
};

TEST_F(FileSystemsTest, AreKnownByTheirDevice) {
  EXPECT_EQ("ext4", type_of(10, "/a"));
  EXPECT_EQ("nfs", type_of(20, "/a"));
  EXPECT_EQ(Coverage::absent, systems_.kind_of(20, "/a", directory_).coverage);
}

TEST_F(FileSystemsTest, OrElseByTheirDirectoryOrTheirPath) {
  EXPECT_EQ("nfs", type_of(77, "/n/subvolume"));
  mounts_.type = "btrfs";
  EXPECT_EQ("btrfs", type_of(78, "/n/subvolume"));
}

TEST_F(FileSystemsTest, AreAllAlikeToWhomWantsOneWay) {
  for (const BackendChoice choice : {BackendChoice::inotify, BackendChoice::fanotify, BackendChoice::poll}) {
    FileSystems systems(&mounts_, choice);
    systems.begin();
    EXPECT_EQ(Coverage::complete, systems.kind_of(20, "/n", directory_).coverage);
  }
  FileSystems none(nullptr, BackendChoice::automatic);
  none.begin();
  EXPECT_EQ(Coverage::complete, none.kind_of(20, "/n", directory_).coverage);
  EXPECT_THAT(none.changed_points(now_, true), IsEmpty());
}

TEST_F(FileSystemsTest, ThePointAboveAPath) {
  EXPECT_EQ("/n/t", systems_.point_above("/n/t/x/"));
  EXPECT_EQ("/n", systems_.point_above("/n/tt"));
  EXPECT_EQ("/", systems_.point_above("/nn"));
  EXPECT_TRUE(systems_.is_point("/n/t/"));
  EXPECT_FALSE(systems_.is_point("/n/x"));
}

TEST_F(FileSystemsTest, WhatComesAndGoesIsTold) {
  EXPECT_THAT(systems_.changed_points(now_, true), IsEmpty());
  EXPECT_THAT(change({{1, 10, "/", "ext4"}, {3, 30, "/n/t", "tmpfs"}, {4, 40, "/a/b", "xfs"}, {5, 50, "/a", "xfs"}}),
              ElementsAre("/a", "/n", "/a/b"));
  EXPECT_THAT(systems_.changed_points(now_, true), IsEmpty());
}

// What is below is hidden, and shown again.
TEST_F(FileSystemsTest, OfTwoInOnePlaceTheLastIsToBeSeen) {
  std::vector<sys::Mount> table = mounts_.table;
  table.insert(table.begin() + 1, {9, 90, "/n", "xfs"});
  EXPECT_THAT(change(table), IsEmpty());
  table.push_back({8, 80, "/n", "xfs"});
  EXPECT_THAT(change(table), ElementsAre("/n"));
  table.pop_back();
  EXPECT_THAT(change(table), ElementsAre("/n"));
}

TEST_F(FileSystemsTest, ADeviceMayBecomeAnothers) {
  EXPECT_EQ("nfs", type_of(20, "/n"));
  (void)change({{1, 10, "/", "ext4"}, {2, 20, "/n", "tmpfs"}});
  EXPECT_EQ("tmpfs", type_of(20, "/n"));
}

// A burst of changes is read once, and none is forgotten.
TEST_F(FileSystemsTest, IsNotReadAgainAndAgain) {
  EXPECT_THAT(change({{1, 10, "/", "ext4"}}, false), ElementsAre("/n", "/n/t"));
  const int reads = mounts_.reads;
  EXPECT_THAT(change({{1, 10, "/", "ext4"}, {2, 20, "/x", "ext4"}}, false), IsEmpty());
  now_ += 1ms;
  EXPECT_THAT(change({{1, 10, "/", "ext4"}, {3, 30, "/y", "ext4"}}, false), IsEmpty());
  EXPECT_EQ(reads, mounts_.reads);
  ASSERT_TRUE(systems_.next_look());
  now_ = *systems_.next_look();
  EXPECT_THAT(systems_.changed_points(now_, false), ElementsAre("/y"));
  EXPECT_FALSE(systems_.next_look());
}

TEST_F(FileSystemsTest, ATableThatCannotBeReadIsNoEmptyOne) {
  mounts_.fails = true;
  EXPECT_THAT(change({{1, 10, "/", "ext4"}}), IsEmpty());
  mounts_.fails = false;
  EXPECT_THAT(systems_.changed_points(now_, true), ElementsAre("/n", "/n/t"));
}

}  // namespace
}  // namespace vigil::core
