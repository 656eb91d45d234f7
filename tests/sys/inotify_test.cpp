#include "sys/inotify.hpp"

#include "backend/inotify/decode.hpp"
#include "sys/scratch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace vigil::sys {
namespace {

namespace fs = std::filesystem;
namespace inotify = backend::inotify;
using testing::in_child;
using testing::Scratch;

constexpr std::uint32_t kMask =
    inotify::kCreate | inotify::kDelete | inotify::kMovedFrom | inotify::kMovedTo | inotify::kOnlyDirectory;

struct Seen {
  int watch;
  std::uint32_t mask;
  std::string name;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> read_all(Inotify& kernel) {
  std::vector<Seen> all;
  std::array<std::byte, 4096> buffer;
  for (auto size = kernel.read(buffer); size; size = kernel.read(buffer)) {
    inotify::Decoder decoder(std::span<const std::byte>(buffer).first(size.value));
    for (inotify::Record record; decoder.next(record);) {
      all.push_back({record.watch, record.mask, std::string(record.name)});
    }
    EXPECT_FALSE(decoder.damaged());
  }
  return all;
}

// The tests run with /proc and without.
class InotifyTest : public ::testing::TestWithParam<const char*> {
 protected:
  Outcome<int> add(const std::string& path, std::uint32_t mask = kMask) {
    const auto directory = disk_->open(path);
    EXPECT_TRUE(directory) << path;
    return kernel_->add(*directory.value, mask);
  }

  Scratch scratch_;
  std::unique_ptr<Disk> disk_ = make_disk();
  std::unique_ptr<Inotify> kernel_ = std::move(open_inotify(GetParam()).value);
};

std::string name_of(const ::testing::TestParamInfo<const char*>& test) {
  constexpr std::array<const char*, 3> kNames = {"Links", "NoLinks", "LinksInNoDirectory"};
  return kNames[test.index];
}

INSTANTIATE_TEST_SUITE_P(Proc, InotifyTest,
                         ::testing::Values("/proc/self/fd/", "/proc/self/no-such-directory/", "/dev/null/"), name_of);

TEST_P(InotifyTest, TellsWhatHappensInADirectoryAfterItsDescriptorIsClosed) {
  const auto watch = add(scratch_.path());
  ASSERT_TRUE(watch) << watch.error;
  scratch_.file("file");
  scratch_.directory("directory");
  EXPECT_EQ(read_all(*kernel_),
            (std::vector<Seen>{{watch.value, inotify::kCreate, "file"},
                               {watch.value, inotify::kCreate | inotify::kIsDirectory, "directory"}}));
}

TEST_P(InotifyTest, WatchesTheOpenDirectoryNotWhatItsPathNamesNow) {
  const auto directory = disk_->open(scratch_.directory("a"));
  ASSERT_TRUE(directory);
  fs::rename(scratch_ / "a", scratch_ / "b");
  scratch_.directory("a");
  const auto watch = kernel_->add(*directory.value, kMask | inotify::kDontFollow);
  ASSERT_TRUE(watch) << watch.error;
  scratch_.file("a/wrong");
  scratch_.file("b/right");
  EXPECT_EQ(read_all(*kernel_), (std::vector<Seen>{{watch.value, inotify::kCreate, "right"}}));
}

TEST_P(InotifyTest, ADirectoryRemovedSinceItWasOpenedCanBeAdded) {
  const auto directory = disk_->open(scratch_.directory("gone"));
  ASSERT_TRUE(directory);
  fs::remove(scratch_ / "gone");
  EXPECT_EQ(kernel_->add(*directory.value, kMask).error, 0);
}

TEST_P(InotifyTest, OneDirectoryHasOneWatch) {
  const auto first = add(scratch_.path());
  const auto again = add(scratch_.path(), inotify::kDelete);
  EXPECT_EQ(first.value, again.value);
  scratch_.file("unseen");
  fs::remove(scratch_ / "unseen");
  EXPECT_EQ(read_all(*kernel_), (std::vector<Seen>{{first.value, inotify::kDelete, "unseen"}}));
  EXPECT_NE(add(scratch_.directory("other")).value, first.value);
}

TEST_P(InotifyTest, RemovingAWatchIsAnnounced) {
  const auto watch = add(scratch_.path());
  EXPECT_EQ(kernel_->remove(watch.value), 0);
  scratch_.file("unseen");
  EXPECT_EQ(read_all(*kernel_), (std::vector<Seen>{{watch.value, inotify::kIgnored, ""}}));
  EXPECT_EQ(kernel_->remove(watch.value), EINVAL);
  EXPECT_EQ(kernel_->remove(12345), EINVAL);
}

TEST_P(InotifyTest, LeavesTheWorkingDirectoryAlone) {
  const fs::path before = fs::current_path();
  ASSERT_TRUE(add(scratch_.path()));
  EXPECT_EQ(fs::current_path(), before);
}

TEST_P(InotifyTest, ReadsWholeRecordsOnly) {
  ASSERT_TRUE(add(scratch_.path()));
  std::array<std::byte, 48> buffer;
  EXPECT_EQ(kernel_->read(buffer).error, EAGAIN);
  EXPECT_EQ(kernel_->pending().value, 0U);
  scratch_.file("first");
  scratch_.file("second");
  EXPECT_EQ(kernel_->pending().value, 64U);
  EXPECT_EQ(kernel_->read(std::span<std::byte>(buffer).first(31)).error, EINVAL);
  EXPECT_EQ(kernel_->read(buffer).value, 32U);
  EXPECT_EQ(kernel_->pending().value, 32U);
  EXPECT_EQ(kernel_->read(buffer).value, 32U);
  EXPECT_EQ(kernel_->read(buffer).error, EAGAIN);
}

TEST_P(InotifyTest, ItsDescriptorIsReadableWhenThereAreRecords) {
  ASSERT_TRUE(add(scratch_.path()));
  pollfd readable{kernel_->descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&readable, 1, 0), 0);
  scratch_.file("file");
  EXPECT_EQ(::poll(&readable, 1, 0), 1);
  EXPECT_NE(::fcntl(kernel_->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(InotifyTest, TellsThatTheLimitOfWatchesIsReached) {
  const std::string one = scratch_.directory("one");
  const std::string two = scratch_.directory("two");
  fs::permissions(scratch_.path(), fs::perms::all);
  // A user namespace has limits of its own, which leave the machine's alone.
  const auto reach_limit = [&] {
    std::ofstream limit("/proc/sys/user/max_inotify_watches");
    limit << 1 << std::flush;
    if (!limit) return 254;
    const auto kernel = open_inotify(GetParam());
    const auto first = disk_->open(one);
    const auto second = disk_->open(two);
    if (kernel.value->add(*first.value, kMask).error != 0) return 253;
    return kernel.value->add(*second.value, kMask).error;
  };
  const int error = in_child(reach_limit, CLONE_NEWUSER);
  if (error == -1) GTEST_SKIP() << "this system gives no user namespaces";
  EXPECT_EQ(error, ENOSPC);
}

TEST(OpenInotify, TellsThatThereAreNoDescriptorsLeft) {
  const int error = in_child([] {
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return 255;
    return open_inotify().error;
  });
  EXPECT_EQ(error, EMFILE);
}

}  // namespace
}  // namespace vigil::sys
