// Raw and net delivery, and the bound of what waits.
#include "core/delivery.hpp"
#include "core/few.hpp"
#include "core/watching.hpp"
#include "support/process_state.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DeliveryTest : public Watching {
 protected:
  // What the next batch says; it must come without a sync.
  std::vector<std::string> next_batch() {
    std::vector<std::string> all;
    const std::optional<Batch> batch = watcher().wait(kPatience);
    if (!batch) return all;
    for (const Event& event : *batch) all.push_back(to_string(Told(event), root()));
    return all;
  }
};

TEST_F(DeliveryTest, RawComesAtOnce) {
  open({.kinds = kAlike});
  watch();
  for (int round = 0; round < 50; ++round) {
    std::thread writer([&] { make_directory(path(std::to_string(round))); });
    EXPECT_THAT(next_batch(), ElementsAre("created directory " + std::to_string(round)));
    writer.join();
  }
}

TEST_F(DeliveryTest, NetTellsWhatIsLeft) {
  write_file(path("saved"));
  write_file(path("backed-up"));
  write_file(path("gone"));
  open({.kinds = kAlike, .settle = 1h, .max_latency = 1h});
  watch();
  write_file(path("new"));
  append_to(path("new"));
  write_file(path("brief"));
  remove(path("brief"));
  remove(path("gone"));
  save_atomically(path("saved"));
  move(path("backed-up"), path("backup"));
  write_file(path("backed-up"));
  remove(path("backup"));
  EXPECT_THAT(told(), UnorderedElementsAre("created file new", "removed file gone", "modified file saved",
                                           "modified file backed-up"));
}

TEST_F(DeliveryTest, NetWaitsUntilItIsQuiet) {
  open({.kinds = kAlike, .settle = 50ms, .max_latency = 1h});
  watch();
  const auto begin = std::chrono::steady_clock::now();
  write_file(path("f"));
  const std::vector<std::string> batch = next_batch();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
  EXPECT_THAT(batch, ElementsAre("created file f"));
}

TEST_F(DeliveryTest, NetDoesNotWaitForEver) {
  open({.kinds = kAlike, .settle = 1h, .max_latency = 50ms});
  watch();
  const auto begin = std::chrono::steady_clock::now();
  write_file(path("f"));
  EXPECT_THAT(next_batch(), ElementsAre("created file f"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
}

TEST_F(DeliveryTest, NetEndsThoughItIsNeverQuiet) {
  open({.kinds = kAlike, .settle = 1h, .max_latency = 20ms});
  watch();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    while (!done) write_file(path("f"));
  });
  for (int round = 0; round < 5; ++round) EXPECT_THAT(next_batch(), ::testing::SizeIs(1));
  done = true;
  writer.join();
}

TEST_F(DeliveryTest, NetWithNoTimeToSettle) {
  open({.kinds = kAlike, .settle = 0ms});
  watch();
  write_file(path("f"), "");
  EXPECT_THAT(next_batch(), ElementsAre("created file f"));
}

TEST_F(DeliveryTest, NetTellsOnlyTheKindsAskedFor) {
  open({.kinds = {Kind::modified}, .settle = 1h, .max_latency = 1h});
  write_file(path("f"));
  watch();
  write_file(path("g"));
  append_to(path("f"));
  remove(path("g"));
  EXPECT_THAT(told(), ElementsAre("modified file f"));
}

TEST_F(DeliveryTest, NetNumbersRise) {
  for (int number = 0; number < 10; ++number) write_file(path(std::to_string(number)));
  open({.settle = 1ms});
  watch();
  std::uint64_t last = 0;
  for (int round = 0; round < few(100); ++round) {
    // Moved and changed, over others: as many events as there can be for one.
    move(path(std::to_string(round % 10)), path("t"));
    append_to(path("t"));
    move(path("t"), path(std::to_string((round + 1) % 10)));
    write_file(path(std::to_string(round % 10)));
    for (const Told& told : catch_up(watcher())) {
      EXPECT_GT(told.seq, last) << to_string(told, root());
      last = told.seq;
    }
  }
}

// The bound is on memory, not on what may happen: in the end the consumer knows everything.
TEST_F(DeliveryTest, ConsumerThatNeverComes) {
  constexpr int kFiles = 300'000 / (10'000 / VIGIL_CYCLES);
  constexpr int kDirectories = 100;
  constexpr std::size_t kBound = 1 << 20;
  if (place_in_memory().empty()) GTEST_SKIP() << "no file system in memory";
  const TemporaryDirectory directory(place_in_memory());
  for (int number = 0; number < kDirectories; ++number) make_directory(directory / std::to_string(number));
  Model model(directory.path(), listing_of(directory.path()));
  open({.queue_bytes_max = kBound});
  expect_done(watcher().add(directory.path()));
  std::size_t queued_max = 0;
  for (int number = 0; number < kFiles; ++number) {
    write_file(directory / (std::to_string(number % kDirectories) + '/' + std::to_string(number)), "");
    if (number % 1000 == 0) queued_max = std::max(queued_max, watcher().stats().queued_bytes);
  }
  EXPECT_GT(queued_max, kBound / 4);
  // What one step reads comes on top.
  EXPECT_LT(queued_max, kBound + kBound / 2);
  for (const Told& told : catch_up(watcher())) model.apply(told);
  EXPECT_EQ("", model.violations());
  EXPECT_TRUE(listing_of(directory.path()) == model.listing());
  EXPECT_GT(model.count(Kind::rescan), 0u);
}

// Whoever never takes anything has nothing grow, by syncing either.
TEST_F(DeliveryTest, SyncKeepsTheBound) {
  constexpr std::size_t kBound = 64 * 1024;
  open({.queue_bytes_max = kBound});
  watch();
  for (int number = 0; number < 20'000; ++number) {
    write_file(path(std::to_string(number)), "");
    if (number % 1000 == 0) static_cast<void>(watcher().sync(10ms));
  }
  EXPECT_LT(watcher().stats().queued_bytes, 4 * kBound);
  Model model(root());
  for (const Told& told : catch_up(watcher())) model.apply(told);
  EXPECT_TRUE(listing_of(root()) == model.listing());
}

TEST_F(DeliveryTest, WhatWaitsCollapsesFirst) {
  constexpr std::size_t kBound = 256 * 1024;
  open({.queue_bytes_max = kBound});
  watch();
  for (int round = 0; round < 20'000; ++round) {
    append_to(path("f" + std::to_string(round % 10)));
    if (round % 1000 == 0) {
      EXPECT_LT(watcher().stats().queued_bytes, kBound + kBound / 2);
    }
  }
  std::vector<std::string> created;
  for (const Told& told : only(catch_up(watcher()), {Kind::created})) created.push_back(told.path);
  EXPECT_EQ(10u, created.size());
  EXPECT_EQ(0u, watcher().stats().losses);
}

// When the consumer has taken some and stays away again, there is room, and the kernel's queue is read.
TEST_F(DeliveryTest, ReadsOnOnceThereIsRoom) {
  constexpr std::size_t kBound = 8 << 20;
  open({.kinds = {Kind::created}, .queue_bytes_max = kBound});
  watch();
  std::size_t number = 0;
  const auto make_files = [&](std::size_t count) {
    for (; count > 0; --count) write_file(path(std::to_string(number++)), "");
  };
  // Full is what reads nothing more for a while: no event tells of that.
  Stats stats;
  while (true) {
    make_files(2000);
    const std::uint64_t records = stats.records;
    const auto deadline = std::chrono::steady_clock::now() + 500ms;
    do {
      stats = watcher().stats();
    } while (stats.records == records && std::chrono::steady_clock::now() < deadline);
    if (stats.records == records) break;
  }
  ASSERT_EQ(0u, stats.losses);
  for (std::size_t left = stats.queued_bytes; left > kBound / 8;) {
    const std::optional<Batch> batch = watcher().wait(0ns);
    ASSERT_TRUE(batch && !batch->empty());
    left -= std::min(left, batch->memory_bytes());
  }
  // More than the kernel's queue holds, and less than there is room for.
  make_files(20'000);
  EXPECT_EQ(0u, watcher().stats().losses);
}

TEST_F(DeliveryTest, NoRoomAtAll) {
  for (const std::size_t bound : {0, 1, 2}) {
    Watcher watcher = open_watcher({.queue_bytes_max = bound});
    Model model(root(), listing_of(root()));
    expect_done(watcher.add(root()));
    for (int number = 0; number < few(100); ++number) {
      write_file(path(std::to_string(bound) + "-" + std::to_string(number)));
      for (const Told& told : catch_up(watcher)) model.apply(told);
      EXPECT_EQ("", model.violations());
      ASSERT_EQ(listing_of(root()), model.listing());
    }
  }
}

// Who waits for what was done before waits until that is taken, though it is taken in another batch than it was queued
// in.
TEST(Queue, WhatWasCollapsedKeepsItsNumber) {
  constexpr std::size_t kBound = 256 * 1024;
  Delivery delivery({.queue_bytes_max = kBound});
  std::uint64_t seq = 0;
  const auto push = [&](const std::string& path) {
    Batch batch;
    Event event;
    event.kind = Kind::created;
    event.type = EntryType::file;
    event.seq = ++seq;
    event.path = path;
    batch.append(event);
    delivery.push(std::move(batch), {});
  };
  push("first");
  ASSERT_TRUE(delivery.take());
  push("awaited");
  const std::uint64_t number = delivery.last_queued();
  std::size_t most = 0;
  for (int count = 0; !delivery.full(); ++count) {
    push("d/" + std::to_string(count));
    most = std::max(most, delivery.counts().bytes);
  }
  EXPECT_LT(most, 2 * kBound);
  EXPECT_LT(delivery.last_taken(), number);
  bool was_taken = false;
  while (const std::optional<Batch> batch = delivery.take()) {
    for (const Event& event : *batch) was_taken = was_taken || event.path == "awaited";
    EXPECT_TRUE(was_taken || delivery.last_taken() < number);
  }
  EXPECT_TRUE(was_taken);
  EXPECT_EQ(delivery.last_queued(), delivery.last_taken());
  EXPECT_EQ(0u, delivery.counts().bytes);
}

}  // namespace
}  // namespace vigil::core
