#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <cerrno>

namespace vigil::base {
namespace {

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; }
int new_descriptor() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(UniqueFd, ClosesWhatItOwnsOnce) {
  const int descriptor = new_descriptor();
  {
    UniqueFd owner(descriptor);
    EXPECT_TRUE(is_open(descriptor));
    const UniqueFd heir(std::move(owner));
    EXPECT_EQ(heir.get(), descriptor);
    EXPECT_TRUE(is_open(descriptor));
  }
  EXPECT_FALSE(is_open(descriptor));
}

TEST(UniqueFd, AssigningClosesTheFormer) {
  const int first = new_descriptor();
  const int second = new_descriptor();
  UniqueFd owner(first);
  owner = UniqueFd(second);
  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
  UniqueFd& itself = owner;
  owner = std::move(itself);
  EXPECT_TRUE(is_open(second));
  owner.reset();
  EXPECT_FALSE(is_open(second));
  EXPECT_FALSE(owner);
}

TEST(UniqueFd, ReleasingKeepsItOpen) {
  const int descriptor = new_descriptor();
  { EXPECT_EQ(UniqueFd(descriptor).release(), descriptor); }
  EXPECT_TRUE(is_open(descriptor));
  ::close(descriptor);
}

TEST(UniqueFd, KeepsErrno) {
  errno = ENOENT;
  { const UniqueFd bad(1 << 20); }
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace vigil::base
