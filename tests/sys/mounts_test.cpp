#include "sys/mounts.hpp"

#include "support/child.hpp"
#include "sys/scratch.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vigil::sys {
namespace {

using testing::Scratch;

bool is_readable(int descriptor) {
  pollfd polled{descriptor, POLLIN, 0};
  return ::poll(&polled, 1, 0) == 1;
}

class MountsTest : public ::testing::Test {
 protected:
  static void in_own_namespace(const std::function<void()>& body) {
    if (!vigil::testing::in_child(body, CLONE_NEWUSER | CLONE_NEWNS)) {
      GTEST_SKIP() << "mounting: no namespaces of our own allowed";
    }
  }

  static std::unique_ptr<Mounts> open() { return std::move(open_mounts().value); }

  std::string point() const { return scratch_ / "point"; }

  void mount() const { ASSERT_EQ(0, ::mount("none", point().c_str(), "tmpfs", 0, nullptr)) << std::strerror(errno); }

  void SetUp() override { scratch_.directory("point"); }

  Scratch scratch_;
};

TEST_F(MountsTest, TellsEachChangeOnce) {
  in_own_namespace([&] {
    const std::unique_ptr<Mounts> mounts = open();
    (void)mounts->changed();
    EXPECT_FALSE(mounts->changed());
    mount();
    EXPECT_TRUE(mounts->changed());
    EXPECT_FALSE(mounts->changed());
    ASSERT_EQ(0, ::umount2(point().c_str(), MNT_DETACH));
    EXPECT_TRUE(mounts->changed());
    EXPECT_FALSE(mounts->changed());
  });
}

TEST_F(MountsTest, WhoeverLooksFirstTakesNothingFromTheOther) {
  in_own_namespace([&] {
    const std::unique_ptr<Mounts> mounts = open();
    (void)is_readable(mounts->descriptor());
    (void)mounts->changed();
    EXPECT_FALSE(is_readable(mounts->descriptor()));
    mount();
    EXPECT_TRUE(is_readable(mounts->descriptor()));
    (void)is_readable(mounts->descriptor());
    EXPECT_TRUE(mounts->changed());
  });
}

TEST_F(MountsTest, IsReadableWhileWhatWasJoinedIs) {
  const int flag = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  {
    const std::unique_ptr<Mounts> mounts = open();
    ASSERT_EQ(0, mounts->join(flag));
    (void)is_readable(mounts->descriptor());
    std::uint64_t one = 1;
    ASSERT_EQ(8, ::write(flag, &one, sizeof one));
    EXPECT_TRUE(is_readable(mounts->descriptor()));
    EXPECT_TRUE(is_readable(mounts->descriptor()));
    ASSERT_EQ(8, ::read(flag, &one, sizeof one));
    EXPECT_FALSE(is_readable(mounts->descriptor()));
  }
  ::close(flag);
}

TEST_F(MountsTest, TheTableTellsTheDeviceAsAStatusDoes) {
  in_own_namespace([&] {
    mount();
    const std::unique_ptr<Mounts> mounts = open();
    const Outcome<std::vector<Mount>> table = mounts->read();
    ASSERT_TRUE(table);
    const auto found = std::find_if(table.value.begin(), table.value.end(),
                                    [&](const Mount& mount) { return mount.point == point(); });
    ASSERT_NE(table.value.end(), found);
    EXPECT_EQ("tmpfs", found->type);
    const std::unique_ptr<Disk> disk = make_disk();
    const Outcome<std::unique_ptr<Directory>> directory = disk->open(point());
    ASSERT_TRUE(directory);
    EXPECT_EQ(found->device, directory.value->status().value.device);
    EXPECT_EQ("tmpfs", mounts->type_of(*directory.value));
  });
}

}  // namespace
}  // namespace vigil::sys
