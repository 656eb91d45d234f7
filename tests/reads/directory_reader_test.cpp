// Reads of one directory: what they give, and every way to end them.
#include <vigil/directory_changes.hpp>

#include "backend/windows/decode.hpp"
#include "support/patience.hpp"
#include "support/process_state.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace vigil {
namespace {

using namespace std::chrono_literals;
using testing::kPatience;
using testing::TemporaryDirectory;
namespace windows = backend::windows;

using Changes = Result<DirectoryReader::Changes>;
using Records = std::vector<std::pair<std::uint32_t, std::u16string>>;
using Clock = std::chrono::steady_clock;

struct alignas(4) Buffer {
  std::byte bytes[16 * 1024];
};

void make_file(const std::string& path) { std::ofstream(std::filesystem::path(path)) << "x"; }

Records records_of(const Buffer& buffer, std::size_t size) {
  Records records;
  windows::Decoder decoder({buffer.bytes, size});
  for (windows::Record record; decoder.next(record);) {
    std::u16string name(record.name);
    std::replace(name.begin(), name.end(), u'\\', u'/');
    records.emplace_back(record.action, name);
  }
  EXPECT_FALSE(decoder.damaged());
  return records;
}

class DirectoryReaderTest : public ::testing::Test {
 protected:
  DirectoryReader::Handle open(bool recursive = true) {
    const Result<DirectoryReader::Handle> handle = reader_.get_directory_handle(directory_.path(), recursive);
    EXPECT_TRUE(handle) << (handle ? "" : handle.error().message());
    // On Windows changes are kept from the first read on.
    Buffer buffer;
    const Changes first = reader_.read_directory_changes(*handle, buffer.bytes, 0ns);
    EXPECT_FALSE(first);
    EXPECT_EQ(first.error().code(), ErrorCode::timed_out) << first.error().message();
    return *handle;
  }

  // Reads until a record of that name and action came, or nothing more comes; what came so far.
  Records read_until(DirectoryReader::Handle handle, std::uint32_t action, const std::u16string& name) {
    Records records;
    const auto end = Clock::now() + kPatience;
    while (Clock::now() < end) {
      Buffer buffer;
      const Changes changes = reader_.read_directory_changes(handle, buffer.bytes, kPatience);
      if (!changes) {
        ADD_FAILURE() << changes.error().message();
        return records;
      }
      EXPECT_FALSE(changes->lost);
      for (auto& record : records_of(buffer, changes->bytes)) records.push_back(std::move(record));
      if (std::find(records.begin(), records.end(), std::pair(action, name)) != records.end()) return records;
    }
    ADD_FAILURE() << "the record did not come";
    return records;
  }

  std::future<Changes> read_elsewhere(DirectoryReader::Handle handle) {
    return std::async(std::launch::async, [this, handle] {
      Buffer buffer;
      return reader_.read_directory_changes(handle, buffer.bytes);
    });
  }

  // Until so many reads wait.
  void await_reads(std::size_t count) {
    while (reader_.waiting_reads() != count) std::this_thread::yield();
  }

  static bool ends(std::future<Changes>& read) { return read.wait_for(kPatience) == std::future_status::ready; }

  static ErrorCode code_of(const Changes& changes) { return changes ? ErrorCode{} : changes.error().code(); }

  TemporaryDirectory directory_;
  DirectoryReader reader_;
};

TEST_F(DirectoryReaderTest, TellsWhatHappens) {
  const auto handle = open();
  make_file(directory_ / "file");
  const Records made = read_until(handle, windows::kActionAdded, u"file");
  EXPECT_EQ(made.front(), std::pair(windows::kActionAdded, std::u16string(u"file")));

  std::filesystem::rename(directory_ / "file", directory_ / "other");
  const Records renamed = read_until(handle, windows::kActionRenamedNewName, u"other");
  ASSERT_GE(renamed.size(), 2U);
  EXPECT_EQ(renamed[renamed.size() - 2], std::pair(windows::kActionRenamedOldName, std::u16string(u"file")));

  std::filesystem::remove(directory_ / "other");
  (void)read_until(handle, windows::kActionRemoved, u"other");
}

TEST_F(DirectoryReaderTest, KeepsWhatHappensBetweenTwoReads) {
  const auto handle = open();
  for (int i = 0; i < 20; ++i) make_file(directory_ / ("file" + std::to_string(i)));
  const Records records = read_until(handle, windows::kActionAdded, u"file19");
  std::set<std::u16string> added;
  for (const auto& [action, name] : records) {
    if (action == windows::kActionAdded) added.insert(name);
  }
  EXPECT_EQ(added.size(), 20U);
}

TEST_F(DirectoryReaderTest, RecursiveOrNot) {
  const auto below = open(true);
  const auto flat = open(false);
  std::filesystem::create_directory(directory_ / "sub");
  (void)read_until(below, windows::kActionAdded, u"sub");
  make_file(directory_ / "sub/file");
  (void)read_until(below, windows::kActionAdded, u"sub/file");
  make_file(directory_ / "last");
  for (const auto& [action, name] : read_until(flat, windows::kActionAdded, u"last")) {
    EXPECT_EQ(name.find(u'/'), std::u16string::npos);
  }
}

TEST_F(DirectoryReaderTest, ABufferTooSmallTellsTheLossAndTheNextReadGoesOn) {
  const auto handle = open();
  make_file(directory_ / "a_name_that_needs_more_than_sixteen_bytes");
  alignas(4) std::byte small[16];
  const Changes changes = reader_.read_directory_changes(handle, small, kPatience);
  ASSERT_TRUE(changes) << changes.error().message();
  EXPECT_TRUE(changes->lost);
  EXPECT_EQ(changes->bytes, 0U);
  make_file(directory_ / "after");
  (void)read_until(handle, windows::kActionAdded, u"after");
}

TEST_F(DirectoryReaderTest, TheDeadlineEndsTheRead) {
  const auto handle = open();
  Buffer buffer;
  const auto begin = Clock::now();
  EXPECT_EQ(code_of(reader_.read_directory_changes(handle, buffer.bytes, 20ms)), ErrorCode::timed_out);
  EXPECT_GE(Clock::now() - begin, 20ms);
}

TEST_F(DirectoryReaderTest, CancelEndsTheReadAndLeavesTheHandle) {
  const auto handle = open();
  for (int round = 0; round < 3; ++round) {
    std::future<Changes> read = read_elsewhere(handle);
    await_reads(1);
    ASSERT_TRUE(reader_.cancel(handle));
    ASSERT_TRUE(ends(read));
    EXPECT_EQ(code_of(read.get()), ErrorCode::cancelled);
  }
  make_file(directory_ / "file");
  (void)read_until(handle, windows::kActionAdded, u"file");
}

TEST_F(DirectoryReaderTest, CancelBeforeTheFirstReadConcernsNoLaterOne) {
  const Result<DirectoryReader::Handle> handle = reader_.get_directory_handle(directory_.path());
  ASSERT_TRUE(handle);
  ASSERT_TRUE(reader_.cancel(*handle));
  ASSERT_TRUE(reader_.cancel(*handle));
  Buffer buffer;
  EXPECT_EQ(code_of(reader_.read_directory_changes(*handle, buffer.bytes, 1ms)), ErrorCode::timed_out);
}

TEST_F(DirectoryReaderTest, CancelledTwiceAtOnce) {
  const auto handle = open();
  std::future<Changes> read = read_elsewhere(handle);
  await_reads(1);
  std::thread other([&] { EXPECT_TRUE(reader_.cancel(handle)); });
  EXPECT_TRUE(reader_.cancel(handle));
  other.join();
  ASSERT_TRUE(ends(read));
  EXPECT_EQ(code_of(read.get()), ErrorCode::cancelled);
}

// As a completion routine would: the thread that was just given changes cancels the others, closes, and reads on.
TEST_F(DirectoryReaderTest, CancelAndCloseByWhomeverARealChangeWoke) {
  const auto handle = open();
  std::vector<std::future<Changes>> reads;
  std::atomic<int> woken = 0;
  for (int i = 0; i < 4; ++i) {
    reads.push_back(std::async(std::launch::async, [&] {
      Buffer buffer;
      Changes changes = reader_.read_directory_changes(handle, buffer.bytes);
      if (changes && woken++ == 0) {
        EXPECT_TRUE(reader_.cancel(handle));
        EXPECT_TRUE(reader_.close_directory_handle(handle));
        EXPECT_EQ(code_of(reader_.read_directory_changes(handle, buffer.bytes)), ErrorCode::bad_handle);
      }
      return changes;
    }));
  }
  await_reads(4);
  make_file(directory_ / "file");
  for (std::future<Changes>& read : reads) {
    ASSERT_TRUE(ends(read));
    const Changes changes = read.get();
    EXPECT_TRUE(changes || changes.error().code() == ErrorCode::cancelled) << changes.error().message();
  }
  EXPECT_GE(woken, 1);
}

TEST_F(DirectoryReaderTest, CancelWhileChangesArrive) {
  const auto handle = open();
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) make_file(directory_ / ("file" + std::to_string(i % 10)));
  });
  std::thread reading([&] {
    Buffer buffer;
    while (true) {
      const Changes changes = reader_.read_directory_changes(handle, buffer.bytes);
      if (changes) {
        (void)records_of(buffer, changes->bytes);
      } else if (changes.error().code() != ErrorCode::cancelled) {
        EXPECT_EQ(changes.error().code(), ErrorCode::bad_handle) << changes.error().message();
        return;
      }
    }
  });
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(reader_.cancel(handle));
    std::this_thread::yield();
  }
  ASSERT_TRUE(reader_.close_directory_handle(handle));
  reading.join();
  stop = true;
  writer.join();
}

TEST_F(DirectoryReaderTest, ClosingReleasesManyReadersEachWithCancelled) {
  const auto handle = open();
  std::vector<std::future<Changes>> reads;
  for (int i = 0; i < 32; ++i) reads.push_back(read_elsewhere(handle));
  await_reads(32);
  ASSERT_TRUE(reader_.close_directory_handle(handle));
  EXPECT_EQ(reader_.waiting_reads(), 0U);
  for (std::future<Changes>& read : reads) {
    ASSERT_TRUE(ends(read));
    EXPECT_EQ(code_of(read.get()), ErrorCode::cancelled);
  }
}

TEST_F(DirectoryReaderTest, ReadersOfOneHandleShareTheChanges) {
  const auto handle = open();
  std::vector<std::future<Changes>> reads;
  for (int i = 0; i < 3; ++i) reads.push_back(read_elsewhere(handle));
  await_reads(3);
  for (std::size_t left = 3; left > 0; --left) {
    make_file(directory_ / ("file" + std::to_string(left)));
    // What one change leads to may wake more than one.
    while (reader_.waiting_reads() >= left) std::this_thread::yield();
  }
  for (std::future<Changes>& read : reads) {
    ASSERT_TRUE(ends(read));
    EXPECT_TRUE(read.get());
  }
}

TEST_F(DirectoryReaderTest, SixtyFourHandlesAtOnce) {
  constexpr int kHandles = 64;
  std::vector<std::unique_ptr<TemporaryDirectory>> directories;
  std::vector<DirectoryReader::Handle> handles;
  std::vector<std::future<Changes>> reads;
  for (int i = 0; i < kHandles; ++i) {
    directories.push_back(std::make_unique<TemporaryDirectory>());
    const auto handle = reader_.get_directory_handle(directories.back()->path());
    ASSERT_TRUE(handle) << handle.error().message();
    handles.push_back(*handle);
    reads.push_back(read_elsewhere(*handle));
  }
  EXPECT_EQ(std::set<DirectoryReader::Handle>(handles.begin(), handles.end()).size(), std::size_t{kHandles});
  await_reads(kHandles);
  for (int i = 0; i < kHandles; i += 2) ASSERT_TRUE(reader_.cancel(handles[static_cast<std::size_t>(i)]));
  for (int i = 1; i < kHandles; i += 2) {
    ASSERT_TRUE(reader_.close_directory_handle(handles[static_cast<std::size_t>(i)]));
  }
  for (std::future<Changes>& read : reads) {
    ASSERT_TRUE(ends(read));
    EXPECT_EQ(code_of(read.get()), ErrorCode::cancelled);
  }
  EXPECT_EQ(reader_.open_handles(), std::size_t{kHandles} / 2);
}

TEST_F(DirectoryReaderTest, ClosingIsIdempotentAndSaysSo) {
  const auto handle = open();
  EXPECT_TRUE(reader_.close_directory_handle(handle));
  const Status again = reader_.close_directory_handle(handle);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::bad_handle);
  EXPECT_NE(again.error().message().find("closed before"), std::string::npos);
  Buffer buffer;
  EXPECT_EQ(code_of(reader_.read_directory_changes(handle, buffer.bytes)), ErrorCode::bad_handle);
  EXPECT_EQ(reader_.cancel(handle).error().code(), ErrorCode::bad_handle);
}

TEST_F(DirectoryReaderTest, ClosedByManyAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const auto handle = open();
    std::future<Changes> read = read_elsewhere(handle);
    await_reads(1);
    std::vector<std::thread> closers;
    for (int i = 0; i < 4; ++i) {
      closers.emplace_back([&] {
        const Status closed = reader_.close_directory_handle(handle);
        EXPECT_TRUE(closed || closed.error().code() == ErrorCode::bad_handle);
        EXPECT_EQ(reader_.waiting_reads(), 0U);
      });
    }
    for (std::thread& closer : closers) closer.join();
    ASSERT_TRUE(ends(read));
    EXPECT_EQ(code_of(read.get()), ErrorCode::cancelled);
  }
}

TEST_F(DirectoryReaderTest, HandlesAreNeverUsedAgain) {
  DirectoryReader other;
  std::set<DirectoryReader::Handle> seen;
  for (int i = 0; i < 20; ++i) {
    for (DirectoryReader* const reader : {&reader_, &other}) {
      const auto handle = reader->get_directory_handle(directory_.path());
      ASSERT_TRUE(handle);
      EXPECT_NE(*handle, 0U);
      EXPECT_TRUE(seen.insert(*handle).second);
      ASSERT_TRUE(reader->close_directory_handle(*handle));
    }
  }
}

TEST_F(DirectoryReaderTest, ForeignHandlesAreErrors) {
  DirectoryReader other;
  const auto handle = other.get_directory_handle(directory_.path());
  ASSERT_TRUE(handle);
  Buffer buffer;
  for (const DirectoryReader::Handle foreign : {*handle, DirectoryReader::Handle{0}, ~DirectoryReader::Handle{0}}) {
    EXPECT_EQ(code_of(reader_.read_directory_changes(foreign, buffer.bytes)), ErrorCode::bad_handle);
    EXPECT_EQ(reader_.cancel(foreign).error().code(), ErrorCode::bad_handle);
    EXPECT_EQ(reader_.close_directory_handle(foreign).error().code(), ErrorCode::bad_handle);
  }
  EXPECT_TRUE(other.close_directory_handle(*handle));
}

TEST_F(DirectoryReaderTest, BadBuffersAreErrors) {
  const auto handle = open();
  alignas(4) std::byte bytes[64];
  EXPECT_EQ(code_of(reader_.read_directory_changes(handle, {})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(reader_.read_directory_changes(handle, {bytes, 0})), ErrorCode::invalid_argument);
  for (const std::size_t offset : {1U, 2U, 3U}) {
    const Changes changes = reader_.read_directory_changes(handle, std::span(bytes).subspan(offset));
    EXPECT_EQ(code_of(changes), ErrorCode::invalid_argument);
  }
}

TEST_F(DirectoryReaderTest, WhatIsNoDirectoryIsRefused) {
  const auto code = [&](std::string_view path) {
    const auto handle = reader_.get_directory_handle(path);
    EXPECT_FALSE(handle);
    return handle ? ErrorCode{} : handle.error().code();
  };
  make_file(directory_ / "file");
  EXPECT_EQ(code(directory_ / "file"), ErrorCode::not_watchable);
  EXPECT_EQ(code(directory_ / "missing"), ErrorCode::not_found);
  EXPECT_EQ(code(directory_ / "missing/deeper"), ErrorCode::not_found);
  EXPECT_EQ(code(""), ErrorCode::invalid_argument);
  EXPECT_EQ(code(std::string_view("a\0b", 3)), ErrorCode::invalid_argument);
  EXPECT_EQ(reader_.open_handles(), 0U);
}

TEST_F(DirectoryReaderTest, TheNameIsFreeOnceTheHandleIsClosed) {
  std::filesystem::create_directory(directory_ / "sub");
  const auto handle = reader_.get_directory_handle(directory_ / "sub");
  ASSERT_TRUE(handle);
  std::future<Changes> read = read_elsewhere(*handle);
  await_reads(1);
  std::filesystem::remove(directory_ / "sub");
  ASSERT_TRUE(reader_.close_directory_handle(*handle));
  ASSERT_TRUE(ends(read));
  EXPECT_FALSE(read.get());
  EXPECT_TRUE(std::filesystem::create_directory(directory_ / "sub"));
}

TEST_F(DirectoryReaderTest, DestroyingTheRegistryEndsItsReads) {
  auto reader = std::make_unique<DirectoryReader>();
  std::vector<std::future<Changes>> reads;
  for (int i = 0; i < 4; ++i) {
    const auto handle = reader->get_directory_handle(directory_.path());
    ASSERT_TRUE(handle);
    reads.push_back(std::async(std::launch::async, [reader = reader.get(), handle = *handle] {
      Buffer buffer;
      return reader->read_directory_changes(handle, buffer.bytes);
    }));
  }
  while (reader->waiting_reads() != 4) std::this_thread::yield();
  reader.reset();
  for (std::future<Changes>& read : reads) {
    ASSERT_TRUE(ends(read));
    EXPECT_EQ(code_of(read.get()), ErrorCode::cancelled);
  }
}

// Several at a time, since closing an inotify instance takes the kernel 10 ms of waiting.
void cycle(DirectoryReader& reader, const std::string& path, bool wait) {
  const auto handle = reader.get_directory_handle(path);
  ASSERT_TRUE(handle) << handle.error().message();
  std::thread reading([&] {
    Buffer buffer;
    const Changes changes = reader.read_directory_changes(*handle, buffer.bytes);
    ASSERT_FALSE(changes);
    const ErrorCode code = changes.error().code();
    EXPECT_TRUE(code == ErrorCode::cancelled || (!wait && code == ErrorCode::bad_handle));
  });
  if (wait) {
    while (reader.waiting_reads() == 0) std::this_thread::yield();
    EXPECT_TRUE(reader.cancel(*handle));
    reading.join();
  }
  EXPECT_TRUE(reader.close_directory_handle(*handle));
  if (reading.joinable()) reading.join();
}

void cycle_often(const std::string& path, int times) {
  constexpr int kWorkers = 8;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&] {
      DirectoryReader reader;
      for (int i = 0; i < times / kWorkers && !::testing::Test::HasFatalFailure(); ++i) cycle(reader, path, i % 2 == 1);
      EXPECT_EQ(reader.open_handles(), 0U);
    });
  }
  for (std::thread& worker : workers) worker.join();
}

TEST_F(DirectoryReaderTest, ThousandsOfCyclesLeaveNothing) {
  cycle_often(directory_.path(), 400);
  const std::size_t descriptors = testing::open_descriptors();
  const std::size_t threads = testing::threads();
  const std::size_t bytes = testing::private_bytes();
  cycle_often(directory_.path(), VIGIL_CYCLES);
  EXPECT_LE(testing::open_descriptors(), descriptors);
  EXPECT_LE(testing::threads(), threads);
  // A sanitizer keeps what was freed.
  if (!VIGIL_SANITIZED) {
    EXPECT_LE(testing::private_bytes(), bytes + (std::size_t{4} << 20));
  }
}

// From the call of cancel() to the return of the read. Prints what it measured; fails only where something hangs, for
// other tests run at the same time.
TEST_F(DirectoryReaderTest, CancelIsQuick) {
  const auto handle = open();
  std::vector<std::chrono::nanoseconds> latencies;
  std::atomic<Clock::time_point> returned{};
  std::atomic<int> reads = 0;
  std::thread reading([&] {
    for (int i = 0; i < VIGIL_CYCLES; ++i) {
      Buffer buffer;
      EXPECT_EQ(code_of(reader_.read_directory_changes(handle, buffer.bytes)), ErrorCode::cancelled);
      returned = Clock::now();
      ++reads;
      while (reads != 2 * (i + 1)) std::this_thread::yield();
    }
  });
  for (int i = 0; i < VIGIL_CYCLES; ++i) {
    await_reads(1);
    const auto begin = Clock::now();
    ASSERT_TRUE(reader_.cancel(handle));
    while (reads != 2 * i + 1) std::this_thread::yield();
    latencies.push_back(returned.load() - begin);
    ++reads;
  }
  reading.join();
  std::sort(latencies.begin(), latencies.end());
  const auto microseconds = [&](double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(latencies.size() - 1));
    return static_cast<double>(latencies[index].count()) / 1000;
  };
  std::printf("cancel to return, %zu times: median %.0f us, p99 %.0f us, longest %.0f us\n", latencies.size(),
              microseconds(0.5), microseconds(0.99), microseconds(1));
  EXPECT_LT(microseconds(0.5), 100'000);
}

}  // namespace
}  // namespace vigil
