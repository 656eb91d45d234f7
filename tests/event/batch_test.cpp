#include <vigil/event.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

// Of this thread; the tests compare two readings.
thread_local std::size_t allocations = 0;

}  // namespace

// Not inlined: GCC would take the free() of one for the mismatch of the other.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace vigil {
namespace {

Event event_with(std::string_view path, std::string_view from = {}, std::string_view reason = {}) {
  Event event;
  event.kind = Kind::renamed;
  event.path = path;
  event.from = from;
  event.reason = reason;
  return event;
}

TEST(Batch, CopiesTheTexts) {
  Batch batch;
  {
    const std::string path(2000, 'p');
    const std::string from(300, 'f');
    Event event = event_with(path, from, "because");
    event.backend = std::string_view("inotify tail").substr(0, 7);
    event.seq = 7;
    batch.append(event);
  }
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].path, std::string(2000, 'p'));
  EXPECT_EQ(batch[0].from, std::string(300, 'f'));
  EXPECT_EQ(batch[0].reason, "because");
  EXPECT_EQ(batch[0].backend, "inotify");
  EXPECT_EQ(batch[0].seq, 7u);
}

TEST(Batch, TextsOfAnySizeLiveAsLongAsTheBatch) {
  Batch batch;
  std::vector<std::string> expected;
  std::vector<std::string_view> stored;
  for (std::size_t i = 0; i < 4000; ++i) {
    // Mostly short, now and then longer than any chunk.
    const std::size_t size = i % 500 == 499 ? 100000 : i * i % 700;
    expected.emplace_back(size, static_cast<char>('a' + i % 26));
    stored.push_back(batch.store(expected.back()));
  }
  const Batch moved = std::move(batch);
  for (std::size_t i = 0; i < stored.size(); ++i) ASSERT_EQ(stored[i], expected[i]) << i;
}

TEST(Batch, AnEventOfItsOwnCanBeAppended) {
  Batch batch;
  batch.append(event_with("a/path", "from/it"));
  for (int i = 0; i < 100; ++i) batch.append(batch[0]);
  EXPECT_EQ(batch[100].path, "a/path");
  EXPECT_EQ(batch[100].from, "from/it");
}

TEST(Batch, IsEmptyAndUsableAfterItWasMovedFrom) {
  Batch first;
  first.append(event_with("first"));
  Batch second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is promised
  EXPECT_EQ(first.memory_bytes(), 0u);
  first.append(event_with("again"));
  EXPECT_EQ(second[0].path, "first");
  EXPECT_EQ(first[0].path, "again");

  second = std::move(first);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].path, "again");
  first.append(event_with("third"));
  EXPECT_EQ(second[0].path, "again");
}

TEST(Batch, OneEventCostsTwoAllocationsAtMost) {
  const std::size_t before = allocations;
  Batch batch;
  batch.append(event_with("/srv/someone/project/source/file.cpp"));
  EXPECT_LE(allocations - before, 2u);
  EXPECT_LE(batch.memory_bytes(), 2048u);
}

TEST(Batch, ManyEventsCostFewAllocations) {
  const std::size_t before = allocations;
  Batch batch;
  for (int i = 0; i < 10000; ++i) batch.append(event_with("/srv/someone/project/source/file.cpp"));
  EXPECT_LE(allocations - before, 50u);
}

TEST(Batch, MemoryIsWhatItHolds) {
  Batch batch;
  EXPECT_EQ(batch.memory_bytes(), 0u);
  batch.append(event_with(std::string(1 << 20, 'x')));
  EXPECT_GE(batch.memory_bytes(), std::size_t{1} << 20);
  const std::size_t with_one = batch.memory_bytes();
  for (int i = 0; i < 1000; ++i) batch.append(event_with("short"));
  EXPECT_GE(batch.memory_bytes(), with_one + 1000 * (sizeof(Event) + 5));
  EXPECT_LE(batch.memory_bytes(), with_one + 3 * 1000 * (sizeof(Event) + 5) + (64 << 10));
}

TEST(Batch, LongTextsWasteNoRoom) {
  Batch batch;
  for (int i = 0; i < 1000; ++i) batch.store(std::string(9000, 'x'));
  EXPECT_LE(batch.memory_bytes(), std::size_t{1000} * 9000 * 5 / 4);
}

}  // namespace
}  // namespace vigil
