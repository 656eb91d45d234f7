// The simulated kernel beside the real one: the same random work on both must give the same errors, the same files and
// the same records.
#include "backend/inotify/decode.hpp"
#include "fake/fake_kernel.hpp"
#include "fake/operations.hpp"
#include "fake/real_file_system.hpp"
#include "fake/seeds.hpp"
#include "sys/disk.hpp"
#include "sys/inotify.hpp"
#include "sys/scratch.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace vigil::fake {
namespace {

using namespace backend::inotify;

constexpr std::uint32_t kUsualMask = kCreate | kDelete | kMovedFrom | kMovedTo | kDeleteSelf | kMoveSelf | kAttrib |
                                     kModify | kCloseWrite | kOnlyDirectory;
constexpr std::uint32_t kEveryMask = kUsualMask | kOpen | kAccess | kCloseNoWrite;

// A record without what differs from kernel to kernel: watches and cookies are numbered in the order they were first
// seen in.
struct Told {
  int watch;
  std::uint32_t mask;
  int cookie;
  std::string name;
  bool operator==(const Told&) const = default;
};

std::string to_string(const Told& told) {
  char mask[16];
  std::snprintf(mask, sizeof(mask), "%08x", told.mask);
  return std::to_string(told.watch) + ' ' + mask + ' ' + std::to_string(told.cookie) + ' ' + told.name;
}

std::string to_string(const std::vector<Told>& all) {
  std::string text;
  for (const Told& told : all) text += to_string(told) + '\n';
  return text;
}

int unified(int error) { return error == ENOTDIR ? ELOOP : error; }  // of a link: either, by kernel and call

// One of the two kernels, with everything that is open in it.
class Side {
 public:
  Side(FileSystem& files, sys::Disk& disk, std::unique_ptr<sys::Inotify> inotify, std::string top)
      : worker(files), disk_(disk), inotify_(std::move(inotify)), top_(std::move(top)) {}

  int add(const std::string& path, std::uint32_t mask) {
    const auto directory = disk_.open(top_ + path);
    if (!directory) return unified(directory.error);
    const auto watch = inotify_->add(*directory.value, mask);
    if (!watch) return unified(watch.error);
    labels_.try_emplace(watch.value, static_cast<int>(labels_.size()));
    last_watch_ = watch.value;
    return 1000 + labels_[watch.value];
  }

  // The watch that was added when `label` of them had been before.
  int remove(int label) {
    for (const auto& [watch, its_label] : labels_) {
      if (its_label == label) return inotify_->remove(watch);
    }
    return -1;
  }

  int hold(const std::string& path) {
    auto directory = disk_.open(top_ + path);
    held_ = std::move(directory.value);
    return unified(directory.error);
  }

  std::string list_held() {
    if (held_ == nullptr) return "none";
    std::map<std::string, EntryType> all;
    for (auto block = held_->read();; block = held_->read()) {
      if (!block) return "error " + std::to_string(block.error);
      if (block.value.empty()) break;
      for (const auto& entry : block.value) all.emplace(entry.name, entry.type);
    }
    std::string text;
    for (const auto& [name, type] : all) text += name + '=' + std::string(to_string(type)) + ' ';
    return text;
  }

  sys::Outcome<sys::FileStatus> status(const std::string& path) { return disk_.status(top_ + path); }

  std::vector<Told> read(std::size_t buffer_size = 1 << 20) {
    std::vector<std::byte> buffer(buffer_size);
    std::vector<Told> all;
    const auto size = inotify_->read(buffer);
    if (!size) return all;
    Decoder decoder(std::span<const std::byte>(buffer).first(size.value));
    for (Record record; decoder.next(record);) {
      const int watch = record.watch == -1 ? -1 : labels_.at(record.watch);
      all.push_back({watch, record.mask, cookie(record.cookie), std::string(record.name)});
    }
    EXPECT_FALSE(decoder.damaged());
    return all;
  }

  std::size_t pending() { return inotify_->pending().value; }

  Timestamp now() { return disk_.now(); }

  Worker worker;

 private:
  static std::string_view to_string(EntryType type) { return vigil::to_string(type); }

  int cookie(std::uint32_t cookie) {
    if (cookie == 0) return 0;
    return cookies_.try_emplace(cookie, static_cast<int>(cookies_.size()) + 1).first->second;
  }

  sys::Disk& disk_;
  std::unique_ptr<sys::Inotify> inotify_;
  std::string top_;
  std::map<int, int> labels_;
  std::map<std::uint32_t, int> cookies_;
  std::unique_ptr<sys::Directory> held_;
  int last_watch_ = -1;
};

// What an operation did to one time stamp: nothing, or it was set to the time of the operation, or to another.
void compare_stamp(Timestamp fake_before, Timestamp fake, Timestamp fake_now, Timestamp real_before, Timestamp real,
                   Timestamp real_now) {
  if (fake == fake_now) {
    EXPECT_GE(real, real_now);
  } else if (fake == fake_before) {
    EXPECT_EQ(real, real_before);
  } else {
    EXPECT_EQ(real, fake);
  }
}

// Directories on two kinds of file systems, where the machine has them.
std::vector<std::string> disks() {
  std::vector<std::string> all = {std::filesystem::temp_directory_path().string()};
  if (std::filesystem::is_directory("/dev/shm")) all.emplace_back("/dev/shm");
  return all;
}

void run_both(const std::string& disk, std::uint64_t seed, int count) {
  const sys::testing::Scratch scratch(disk);
  RealFileSystem real_files(scratch.path());
  const auto real_disk = sys::make_disk();
  Kernel kernel({.seed = seed, .block_entries = 1000, .tick = std::chrono::nanoseconds(1)});
  Side real(real_files, *real_disk, std::move(sys::open_inotify().value), scratch.path());
  Side fake(kernel, kernel.disk(), kernel.open_inotify(), "");

  std::mt19937_64 random(seed);
  const bool everything = seed % 2 == 1;
  // Whether a file is emptied before or after it counts as opened differs between versions of Linux.
  Work work(seed, {.opens_truncating = !everything});
  const std::uint32_t mask =
      (everything ? kEveryMask : kUsualMask) | (seed % 3 == 0 ? kExcludeUnlinked : std::uint32_t{0});
  ASSERT_EQ(real.add("/", mask), fake.add("/", mask));
  std::string log;
  for (int step = 0; step < count; ++step) {
    kernel.advance(std::chrono::microseconds(1));
    Operation operation = work.next();
    const std::string& path = operation.path;
    const auto action = random() % 20;
    log = "step " + std::to_string(step) + " action " + std::to_string(action) + ": " + to_string(operation);
    SCOPED_TRACE(log);
    if (action == 0) {
      const std::uint32_t some =
          random() % 3 == 0 ? mask & static_cast<std::uint32_t>(random() | kOnlyDirectory) : mask;
      if ((some & 0xfff) == 0) continue;
      const std::uint32_t adds = random() % 4 == 0 ? kMaskAdd : 0;
      ASSERT_EQ(real.add(path, some | adds), fake.add(path, some | adds));
    } else if (action == 1) {
      ASSERT_EQ(real.hold(path), fake.hold(path));
    } else if (action == 2) {
      ASSERT_EQ(real.list_held(), fake.list_held());
    } else if (action == 3 && random() % 4 == 0) {
      const int label = static_cast<int>(random() % 8);
      if (label == 0) continue;
      ASSERT_EQ(real.remove(label), fake.remove(label));
    } else if (action == 4) {
      ASSERT_EQ(real.pending(), fake.pending());
      const std::size_t room = random() % 2 == 0 ? 300 : 1 << 20;
      ASSERT_EQ(to_string(real.read(room)), to_string(fake.read(room)));
    } else {
      const auto real_before = real.status(path);
      const auto fake_before = fake.status(path);
      const Timestamp real_now = real.now();
      const Timestamp fake_now = fake.now();
      ASSERT_EQ(real.worker.run(operation), fake.worker.run(operation));
      const auto real_after = real.status(path);
      const auto fake_after = fake.status(path);
      ASSERT_EQ(real_after.error, fake_after.error);
      if (!real_after) continue;
      ASSERT_EQ(real_after.value.type, fake_after.value.type);
      if (fake_before.value.inode != fake_after.value.inode) continue;  // another took its place
      // Cutting an empty file changes its times on some file systems only.
      const bool is_cut =
          operation.what == Operation::What::truncate || operation.what == Operation::What::truncate_held;
      if (is_cut && fake_after.value.changed != fake_now) continue;
      compare_stamp(fake_before.value.changed, fake_after.value.changed, fake_now, real_before.value.changed,
                    real_after.value.changed, real_now);
      compare_stamp(fake_before.value.modified, fake_after.value.modified, fake_now, real_before.value.modified,
                    real_after.value.modified, real_now);
    }
    if (::testing::Test::HasFailure()) return;
  }
  real.worker.let_go_of_all();
  fake.worker.let_go_of_all();
  real.hold("/none");
  fake.hold("/none");
  while (real.pending() > 0 || fake.pending() > 0) {
    const auto expected = real.read();
    ASSERT_EQ(to_string(expected), to_string(fake.read()));
    ASSERT_FALSE(expected.empty());
  }
}

TEST(Likeness, RandomWorkGivesTheSameRecords) {
  for (const std::string& disk : disks()) {
    for (const std::uint64_t seed : seeds(15)) {
      SCOPED_TRACE(disk + ", VIGIL_SEED=" + std::to_string(seed));
      run_both(disk, seed, 500);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

std::size_t queue_limit() {
  std::size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  return limit;
}

// Writes numbered files on both until they made about `records` records of three a file.
void write_files(Side& real, Side& fake, std::size_t records, int& number) {
  for (std::size_t made = 0; made < records; made += 3) {
    const Operation write{Operation::What::write_file, "/" + std::to_string(number++), {}, 0};
    ASSERT_EQ(real.worker.run(write), fake.worker.run(write));
  }
}

void expect_same_records(Side& real, Side& fake, std::size_t room) {
  ASSERT_EQ(real.pending(), fake.pending());
  ASSERT_EQ(to_string(real.read(room)), to_string(fake.read(room)));
}

// A loss is told once while the notice waits, even of what is lost after more was read; then again.
TEST(Likeness, TheQueueOverflowsAlike) {
  const sys::testing::Scratch scratch;
  RealFileSystem real_files(scratch.path());
  const auto real_disk = sys::make_disk();
  Kernel kernel({.queue_max = queue_limit()});
  Side real(real_files, *real_disk, std::move(sys::open_inotify().value), scratch.path());
  Side fake(kernel, kernel.disk(), kernel.open_inotify(), "");
  ASSERT_EQ(real.add("/", kUsualMask), fake.add("/", kUsualMask));
  ASSERT_GT(queue_limit(), 0U);
  if (queue_limit() > 100'000) GTEST_SKIP() << "fs.inotify.max_queued_events is set too high to overflow here";
  int number = 0;
  for (int round = 0; round < 3; ++round) {
    ASSERT_NO_FATAL_FAILURE(write_files(real, fake, queue_limit() + 10, number));
    ASSERT_NO_FATAL_FAILURE(expect_same_records(real, fake, 3000));
    ASSERT_NO_FATAL_FAILURE(write_files(real, fake, 500, number));
    ASSERT_NO_FATAL_FAILURE(expect_same_records(real, fake, 1 << 16));
    const Operation make_directory{Operation::What::make_directory, "/d" + std::to_string(round), {}, 0};
    ASSERT_EQ(real.worker.run(make_directory), fake.worker.run(make_directory));
    if (round == 1) continue;  // so that the next round finds the queue part full
    ASSERT_NO_FATAL_FAILURE(expect_same_records(real, fake, 1 << 22));
    ASSERT_EQ(real.pending(), 0U);
  }
}

}  // namespace
}  // namespace vigil::fake
