#include "sys/disk.hpp"

#include "sys/retry.hpp"
#include "sys/scratch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <algorithm>
#include <climits>
#include <cstddef>
#include <map>
#include <thread>
#include <vector>

namespace vigil::sys {
namespace {

namespace fs = std::filesystem;
using testing::drop_privileges;
using testing::in_child;
using testing::Scratch;

using Listed = std::map<std::string, EntryType>;

Listed list(Directory& directory) {
  Listed all;
  while (true) {
    const auto block = directory.read();
    EXPECT_EQ(block.error, 0);
    if (block.value.empty()) return all;
    for (const DirectoryEntry& entry : block.value) {
      EXPECT_TRUE(all.emplace(entry.name, entry.type).second) << entry.name << " is listed twice";
    }
  }
}

// Every call of this process to the system call fails with `error` from now on.
bool forbid(long system_call, unsigned error) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(system_call), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Makes a chain of directories below `top` whose path is longer than `size`, and a file "deep" and a link "link" to
// "." in the last; gives the path of the last. Also the long way to remove it: no single call takes such a path.
std::string make_deep(const std::string& top, std::size_t size) {
  const std::string name(200, 'n');
  std::string path = top;
  int here = ::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  while (path.size() <= size) {
    EXPECT_EQ(::mkdirat(here, name.c_str(), 0755), 0);
    const int next = ::openat(here, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ::close(here);
    here = next;
    path += '/' + name;
  }
  ::close(::openat(here, "deep", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  EXPECT_EQ(::symlinkat(".", here, "link"), 0);
  ::close(here);
  return path;
}

class DiskTest : public ::testing::Test {
 protected:
  Scratch scratch_;
  std::unique_ptr<Disk> disk_ = make_disk();
};

TEST_F(DiskTest, ListsEveryEntryWithTypeAndInode) {
  scratch_.directory("directory");
  scratch_.file("file");
  fs::create_symlink("nowhere", scratch_ / "link");
  ASSERT_EQ(::mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
  const auto directory = disk_->open(scratch_.path());
  ASSERT_TRUE(directory);
  std::map<std::string, EntryType> types;
  for (auto block = directory.value->read(); !block.value.empty(); block = directory.value->read()) {
    for (const DirectoryEntry& entry : block.value) {
      types.emplace(entry.name, entry.type);
      struct stat status {};
      ASSERT_EQ(::lstat((scratch_ / std::string(entry.name)).c_str(), &status), 0);
      EXPECT_EQ(entry.inode, status.st_ino) << entry.name;
    }
  }
  EXPECT_EQ(types, (Listed{{"directory", EntryType::directory},
                           {"file", EntryType::file},
                           {"link", EntryType::symlink},
                           {"fifo", EntryType::other}}));
}

TEST_F(DiskTest, AnEmptyDirectoryEndsAtOnceAndStaysAtItsEnd) {
  const auto directory = disk_->open(scratch_.path());
  ASSERT_TRUE(directory);
  for (int again = 0; again < 2; ++again) {
    const auto block = directory.value->read();
    EXPECT_EQ(block.error, 0);
    EXPECT_TRUE(block.value.empty());
  }
}

TEST_F(DiskTest, ALargeDirectoryComesWholeInSeveralBlocks) {
  Listed expected;
  for (int i = 0; i < 3000; ++i) {
    // Names of every length, so that the last entry of a block ends anywhere.
    const std::string name = std::to_string(i) + std::string(static_cast<std::size_t>(i) % 200, 'x');
    scratch_.file(name);
    expected.emplace(name, EntryType::file);
  }
  const auto directory = disk_->open(scratch_.path());
  ASSERT_TRUE(directory);
  EXPECT_EQ(list(*directory.value), expected);
}

TEST_F(DiskTest, ADirectoryRemovedWhileOpenHasAnEnd) {
  const auto directory = disk_->open(scratch_.directory("gone"));
  ASSERT_TRUE(directory);
  fs::remove(scratch_ / "gone");
  const auto block = directory.value->read();
  EXPECT_TRUE(block.error == ENOENT || (block.error == 0 && block.value.empty())) << block.error;
  EXPECT_TRUE(directory.value->status());
}

TEST_F(DiskTest, AnOpenDirectoryIsTheSameWhateverItsPathNames) {
  scratch_.directory("a");
  scratch_.file("a/in_a");
  const auto directory = disk_->open(scratch_ / "a");
  ASSERT_TRUE(directory);
  fs::rename(scratch_ / "a", scratch_ / "b");
  scratch_.directory("a");
  EXPECT_EQ(list(*directory.value), (Listed{{"in_a", EntryType::file}}));
  EXPECT_EQ(directory.value->status("in_a").value.type, EntryType::file);
  EXPECT_EQ(directory.value->status().value.inode, disk_->status(scratch_ / "b").value.inode);
}

TEST_F(DiskTest, OpensNoLinkAnywhereInThePath) {
  scratch_.directory("a/b");
  fs::create_directory_symlink("a", scratch_ / "link");
  for (const char* path : {"link", "link/", "link/b", "link/.", "link/../a"}) {
    const int error = disk_->open(scratch_ / path).error;
    EXPECT_TRUE(error == ELOOP || error == ENOTDIR) << path << ": " << error;
  }
  EXPECT_EQ(disk_->open(scratch_ / "a/b").error, 0);
}

TEST_F(DiskTest, SaysWhyItCannotOpen) {
  scratch_.file("file");
  EXPECT_EQ(disk_->open(scratch_ / "file").error, ENOTDIR);
  EXPECT_EQ(disk_->open(scratch_ / "missing").error, ENOENT);
  EXPECT_EQ(disk_->open(scratch_ / "file/below").error, ENOTDIR);
  EXPECT_EQ(disk_->open("").error, ENOENT);
  EXPECT_EQ(disk_->open(scratch_ / std::string(300, 'x')).error, ENAMETOOLONG);
  EXPECT_EQ(disk_->open(scratch_ / std::string(2 * PATH_MAX, 'x')).error, ENAMETOOLONG);
  EXPECT_EQ(disk_->open(std::string(2 * PATH_MAX, 'x')).error, ENAMETOOLONG);
}

TEST_F(DiskTest, TellsAnUnreadableDirectory) {
  fs::permissions(scratch_.path(), fs::perms::all);
  fs::permissions(scratch_.directory("closed"), fs::perms::none);
  const int error = in_child([&] { return drop_privileges() ? disk_->open(scratch_ / "closed").error : 255; });
  fs::permissions(scratch_ / "closed", fs::perms::owner_all);
  EXPECT_EQ(error, EACCES);
}

TEST_F(DiskTest, AReadableDirectoryBelowAnUnreadableOneOpensInEveryWay) {
  fs::permissions(scratch_.path(), fs::perms::all);
  scratch_.directory("closed/open");
  fs::permissions(scratch_ / "closed/open", fs::perms::all);
  fs::permissions(scratch_ / "closed", fs::perms::others_exec | fs::perms::owner_exec);
  const auto open_it = [&] { return drop_privileges() ? disk_->open(scratch_ / "closed/open").error : 255; };
  const int error = in_child(open_it);
  const int error_without_openat2 = in_child([&] { return forbid(SYS_openat2, ENOSYS) ? open_it() : 254; });
  fs::permissions(scratch_ / "closed", fs::perms::owner_all);
  EXPECT_EQ(error, 0);
  EXPECT_EQ(error_without_openat2, 0);
}

TEST_F(DiskTest, OpensPathsOfAnyLength) {
  // Every size around the one where the path has to be cut, and one that has to be cut several times.
  const std::string deep = make_deep(scratch_.path(), 3 * PATH_MAX);
  const std::string name = deep.substr(deep.rfind('/'));
  for (std::size_t size = scratch_.path().size(); size <= deep.size(); size += name.size()) {
    const auto directory = disk_->open(deep.substr(0, size));
    ASSERT_TRUE(directory) << size << ": " << directory.error;
  }
  const auto directory = disk_->open(deep);
  EXPECT_EQ(list(*directory.value), (Listed{{"deep", EntryType::file}, {"link", EntryType::symlink}}));
  EXPECT_EQ(disk_->status(deep + "/deep").value.type, EntryType::file);
  EXPECT_EQ(disk_->status(deep + "/link").value.type, EntryType::symlink);
  EXPECT_EQ(disk_->status(deep + "/none").error, ENOENT);
  EXPECT_EQ(disk_->resolve(deep + "/link/link/./deep").value, deep + "/deep");
  const int error = disk_->open(deep + "/link").error;
  EXPECT_TRUE(error == ELOOP || error == ENOTDIR) << error;
}

TEST_F(DiskTest, SlashesAndDotsCountWhereALongPathIsCut) {
  const std::string inner = scratch_.directory("inner");
  const std::uint64_t inode = disk_->status(inner).value.inode;
  for (std::size_t size = PATH_MAX - 4; size < PATH_MAX + 4; ++size) {
    const std::string slashes = scratch_.path() + std::string(size - scratch_.path().size(), '/');
    for (const std::string& path : {slashes + "inner", slashes + "inner/", slashes + "inner//./",
                                    slashes + "inner" + slashes.substr(scratch_.path().size())}) {
      const auto directory = disk_->open(path);
      ASSERT_TRUE(directory) << size << ": " << directory.error;
      EXPECT_EQ(directory.value->status().value.inode, inode) << size;
      EXPECT_EQ(disk_->status(path).value.inode, inode) << size;
    }
  }
}

TEST_F(DiskTest, OpensTheSameWithoutOpenat2) {
  const std::string deep = make_deep(scratch_.path(), 2 * PATH_MAX);
  scratch_.directory("a/b");
  scratch_.file("a/file");
  fs::create_directory_symlink("a", scratch_ / "link");
  for (const unsigned refusal : {ENOSYS, EPERM, EINVAL}) {
    const int failed_check = in_child([&] {
      if (!forbid(SYS_openat2, refusal)) return 1;
      const auto is_refused_link = [&](const std::string& path) {
        const int error = disk_->open(path).error;
        return error == ELOOP || error == ENOTDIR;
      };
      if (disk_->open(scratch_ / "missing").error != ENOENT) return 2;
      for (int again = 0; again < 2; ++again) {
        const auto directory = disk_->open(scratch_ / "a//b/");
        if (!directory || directory.value->status().value.inode != disk_->status(scratch_ / "a/b").value.inode)
          return 3;
        if (disk_->open("/").error != 0 || disk_->open(deep).error != 0) return 4;
        if (!is_refused_link(scratch_ / "link") || !is_refused_link(scratch_ / "link/b")) return 5;
        if (!is_refused_link(deep + "/link")) return 6;
        if (disk_->open(scratch_ / "a/file").error != ENOTDIR) return 7;
        if (disk_->open(scratch_ / "missing").error != ENOENT) return 8;
        if (disk_->open("").error != ENOENT) return 9;
      }
      return 0;
    });
    EXPECT_EQ(failed_check, 0) << refusal;
  }
}

TEST_F(DiskTest, StatusFollowsNoLinkAndTellsWhatIsMissing) {
  scratch_.file("file");
  fs::create_symlink("file", scratch_ / "link");
  EXPECT_EQ(disk_->status(scratch_ / "link").value.type, EntryType::symlink);
  EXPECT_EQ(disk_->status(scratch_ / "none").error, ENOENT);
  EXPECT_EQ(disk_->status(scratch_ / "file/none").error, ENOTDIR);
  const auto directory = disk_->open(scratch_.path());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory.value->status("link").value.type, EntryType::symlink);
  EXPECT_EQ(directory.value->status("none").error, ENOENT);
  EXPECT_EQ(directory.value->status().value.type, EntryType::directory);
  EXPECT_EQ(directory.value->status("file").value.device, directory.value->status().value.device);
}

TEST_F(DiskTest, TheClockIsNeverAheadOfAChangeMadeLater) {
  const std::string file = scratch_.file("file");
  for (int i = 0; i < 3000; ++i) {
    const Timestamp before = disk_->now();
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    ASSERT_GE(disk_->status(file).value.changed, before);
  }
}

TEST_F(DiskTest, KeepsTheTimesApart) {
  const std::string file = scratch_.file("file");
  const timespec times[] = {{0, 0}, {1'000'000'000, 123'456'789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  const FileStatus status = disk_->status(file).value;
  EXPECT_EQ(status.modified, Timestamp(std::chrono::nanoseconds(1'000'000'000'123'456'789)));
  EXPECT_GT(status.changed, status.modified);
}

TEST_F(DiskTest, TakesModificationTimesBeyondWhatATimestampHolds) {
  const std::string file = scratch_.file("file");
  for (const time_t year_offset : {-100'000, -400, 600, 100'000}) {
    const timespec times[] = {{0, 0}, {year_offset * 31'556'952, 999'999'999}};
    if (::utimensat(AT_FDCWD, file.c_str(), times, 0) != 0) continue;
    const Timestamp modified = disk_->status(file).value.modified;
    // The file system may have a narrower range of its own, but a sign is never lost.
    EXPECT_EQ(modified > disk_->now(), year_offset > 0) << year_offset;
  }
}

TEST_F(DiskTest, ResolvesLinksAndDots) {
  scratch_.directory("a/b");
  scratch_.file("a/file");
  fs::create_directory_symlink("a", scratch_ / "relative");
  fs::create_directory_symlink(scratch_ / "relative/b", scratch_ / "absolute");
  fs::create_symlink(".././file", scratch_ / "a/b/up");
  const std::map<std::string, std::string> expected = {
      {"relative", "a"},       {"absolute", "a/b"},  {"absolute/..", "a"},
      {"relative//b/", "a/b"}, {"a/b/up", "a/file"}, {"absolute/../file", "a/file"},
      {"a/../a/./b", "a/b"},
  };
  for (const auto& [path, resolved] : expected) {
    EXPECT_EQ(disk_->resolve(scratch_ / path).value, scratch_ / resolved) << path;
    EXPECT_EQ(disk_->resolve(scratch_ / path).value, fs::canonical(scratch_ / path).string()) << path;
  }
  EXPECT_EQ(disk_->resolve("/").value, "/");
  EXPECT_EQ(disk_->resolve("/../..").value, "/");
  EXPECT_EQ(disk_->resolve("").error, ENOENT);
  EXPECT_EQ(disk_->resolve(scratch_ / "missing").error, ENOENT);
  EXPECT_EQ(disk_->resolve(scratch_ / "missing/..").error, ENOENT);
}

TEST_F(DiskTest, MakesPathsAbsolute) {
  EXPECT_EQ(disk_->absolute("/a/../b").value, "/a/../b");
  EXPECT_EQ(disk_->absolute("a/../b").value, fs::current_path().string() + "/a/../b");
  EXPECT_EQ(disk_->absolute("").error, ENOENT);
  EXPECT_EQ(disk_->prefix("src"), "src/");
  EXPECT_EQ(disk_->prefix("src/"), "src/");
  EXPECT_EQ(disk_->prefix("/"), "/");
  EXPECT_EQ(disk_->separator(), '/');
}

TEST_F(DiskTest, TellsWhereAPathEnds) {
  scratch_.directory("a/b");
  scratch_.file("a/file");
  fs::create_symlink("a/b", scratch_ / "link");
  fs::create_symlink("a/none/x", scratch_ / "dangling");
  fs::create_symlink("itself", scratch_ / "itself");
  const std::map<std::string, std::pair<std::string, std::string>> expected = {
      {"a/b", {"a", "b"}},           {"link", {"a", "b"}},       {"link/none", {"a/b", "none"}},
      {"none", {"", "none"}},        {"none/b/c", {"", "none"}}, {"dangling", {"a", "none"}},
      {"dangling/y", {"a", "none"}}, {"a/file", {"a", "file"}},  {"a/file/x/y", {"a", "file"}},
  };
  for (const auto& [path, end] : expected) {
    const auto step = disk_->last_step(scratch_ / path);
    ASSERT_TRUE(step) << path;
    EXPECT_EQ(step.value.directory, end.first.empty() ? scratch_.path() : scratch_ / end.first) << path;
    EXPECT_EQ(step.value.name, end.second) << path;
  }
  EXPECT_EQ(disk_->last_step("/").value.directory, "/");
  EXPECT_EQ(disk_->last_step("/").value.name, "");
  EXPECT_EQ(disk_->last_step(scratch_ / "itself").error, ELOOP);
}

TEST_F(DiskTest, ResolvingEndsInACircleOfLinks) {
  fs::create_symlink("two", scratch_ / "one");
  fs::create_symlink("one", scratch_ / "two");
  fs::create_symlink("growing/x", scratch_ / "growing");
  EXPECT_EQ(disk_->resolve(scratch_ / "one").error, ELOOP);
  EXPECT_EQ(disk_->resolve(scratch_ / "growing").error, ELOOP);
}

TEST_F(DiskTest, LeavesNoDescriptorAndGivesNoneToChildren) {
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const std::string deep = make_deep(scratch_.path(), 2 * PATH_MAX);
  const auto before = descriptors();
  {
    const auto directory = disk_->open(deep);
    ASSERT_TRUE(directory);
    EXPECT_EQ(descriptors(), before + 1);
    EXPECT_NE(::fcntl(directory.value->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_TRUE(disk_->status(deep + "/deep"));
    EXPECT_FALSE(disk_->open(deep + "/none"));
  }
  EXPECT_EQ(descriptors(), before);
}

TEST_F(DiskTest, SeveralThreadsListAtOnce) {
  for (int i = 0; i < 50; ++i) scratch_.file(std::to_string(i));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        const auto directory = disk_->open(scratch_.path());
        ASSERT_TRUE(directory);
        EXPECT_EQ(list(*directory.value).size(), 50U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Uninterrupted, RepeatsForASignalAndForNothingElse) {
  int calls = 0;
  const auto call = [&] {
    ++calls;
    errno = calls < 3 ? EINTR : EIO;
    return -1;
  };
  EXPECT_EQ(uninterrupted(call), -1);
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace vigil::sys
