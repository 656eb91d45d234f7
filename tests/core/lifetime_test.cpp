// Waiting, stopping, and what is left behind.
#include "core/few.hpp"
#include "core/watching.hpp"
#include "support/process_state.hpp"

#include <atomic>
#include <thread>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;

class Lifetime : public Watching {};

TEST_F(Lifetime, WaitTimesOutWithNothing) {
  watch();
  const auto begin = std::chrono::steady_clock::now();
  const std::optional<Batch> batch = watcher().wait(30ms);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->empty());
}

TEST_F(Lifetime, WaitWithoutTimeIsALook) {
  watch();
  for (int round = 0; round < 1000; ++round) {
    const std::optional<Batch> batch = watcher().wait(0ns);
    ASSERT_TRUE(batch);
    EXPECT_TRUE(batch->empty());
  }
  ASSERT_TRUE(watcher().wait(-1s));
  ASSERT_TRUE(watcher().wait(std::chrono::nanoseconds::min()));
  write_file(path("f"), "");
  std::size_t events = 0;
  while (events < 2) events += watcher().wait(0ns)->size();
}

TEST_F(Lifetime, WaitForEver) {
  watch();
  std::thread writer([&] { write_file(path("f"), ""); });
  EXPECT_FALSE(watcher().wait()->empty());
  writer.join();
  append_to(path("f"), "");
  EXPECT_FALSE(watcher().wait(std::chrono::nanoseconds::max())->empty());
}

// Each event goes to one of them, and all of them come to an end.
TEST_F(Lifetime, WaitInSeveralThreads) {
  constexpr int kFiles = few(2000);
  watch();
  std::atomic<int> created = 0;
  std::vector<std::thread> consumers;
  for (int consumer = 0; consumer < 4; ++consumer) {
    consumers.emplace_back([&] {
      while (const std::optional<Batch> batch = watcher().wait(5ms)) {
        for (const Event& event : *batch) created += event.kind == Kind::created ? 1 : 0;
      }
    });
  }
  for (int number = 0; number < kFiles; ++number) write_file(path(std::to_string(number)), "");
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (created < kFiles && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  watcher().stop();
  for (std::thread& consumer : consumers) consumer.join();
  EXPECT_EQ(kFiles, created);
}

TEST_F(Lifetime, StopEndsAWait) {
  watch();
  std::atomic<int> ended = 0;
  std::vector<std::thread> consumers;
  for (int consumer = 0; consumer < 3; ++consumer) {
    consumers.emplace_back([&] {
      EXPECT_FALSE(watcher().wait());
      ++ended;
    });
  }
  watcher().stop();
  for (std::thread& consumer : consumers) consumer.join();
  EXPECT_EQ(3, ended);
}

TEST_F(Lifetime, StopIsQuickAndMayBeRepeated) {
  for (int round = 0; round < few(100); ++round) {
    Watcher watcher = open_watcher();
    expect_done(watcher.add(root()));
    std::thread consumer([&] { EXPECT_FALSE(watcher.wait(1h) && watcher.wait(1h)); });
    std::vector<std::thread> stoppers;
    for (int stopper = 0; stopper < 3; ++stopper) stoppers.emplace_back([&] { watcher.stop(); });
    for (std::thread& stopper : stoppers) stopper.join();
    consumer.join();
    watcher.stop();
  }
}

TEST_F(Lifetime, NothingIsDoneOnceStopped) {
  watch();
  write_file(path("f"));
  expect_done(watcher().sync(kPatience));
  watcher().stop();
  EXPECT_FALSE(watcher().wait());
  EXPECT_FALSE(watcher().wait(0ns));
  EXPECT_EQ(ErrorCode::stopped, code_of(watcher().add(path("."))));
  EXPECT_EQ(ErrorCode::stopped, code_of(watcher().add(path("missing"), {.await_missing = true})));
  EXPECT_EQ(ErrorCode::stopped, code_of(watcher().remove(root())));
  EXPECT_EQ(0u, watcher().stats().watches);
  EXPECT_EQ(0u, watcher().stats().roots);
}

TEST_F(Lifetime, StopWhileARootIsAdded) {
  for (int number = 0; number < few(3000); ++number) make_directory(path(std::to_string(number)));
  for (int round = 0; round < 10; ++round) {
    Watcher watcher = open_watcher();
    std::thread adder([&] {
      const Status added = watcher.add(root());
      EXPECT_TRUE(added || added.error().code() == ErrorCode::stopped);
    });
    while (round > 0 && watcher.stats().watches == 0) std::this_thread::yield();
    watcher.stop();
    adder.join();
  }
}

TEST_F(Lifetime, StopWhileOthersSync) {
  for (int round = 0; round < few(50); ++round) {
    Watcher watcher = open_watcher();
    expect_done(watcher.add(root()));
    std::thread syncer([&] {
      while (watcher.sync(kPatience)) {
      }
    });
    std::thread looker([&] {
      while (watcher.stats().roots != 0) {
      }
    });
    write_file(path("f"));
    watcher.stop();
    syncer.join();
    looker.join();
  }
}

TEST_F(Lifetime, EveryMemberAtOnce) {
  make_directory(path("a"));
  make_directory(path("b"));
  Watcher& watcher = open();
  std::atomic<bool> done = false;
  const auto until_done = [&](auto&& body) {
    return std::thread([&done, body] {
      while (!done) body();
    });
  };
  std::vector<std::thread> callers;
  callers.push_back(until_done([&] { static_cast<void>(watcher.add(path("a"))); }));
  callers.push_back(until_done([&] { static_cast<void>(watcher.remove(path("a"))); }));
  callers.push_back(until_done([&] { static_cast<void>(watcher.sync(1ms)); }));
  callers.push_back(until_done([&] { watcher.stats(); }));
  callers.push_back(until_done([&] { static_cast<void>(watcher.wait(100us)); }));
  callers.push_back(until_done([&] { static_cast<void>(watcher.wait(0ns)); }));
  expect_done(watcher.add(path("b")));
  for (int number = 0; number < few(300); ++number) {
    write_file(path("a/" + std::to_string(number)));
    write_file(path("b/" + std::to_string(number)));
  }
  done = true;
  for (std::thread& caller : callers) caller.join();
  write_file(path("b/last"), "");
  EXPECT_THAT(told(), ::testing::Contains("created file b/last"));
}

// Nothing of a watcher is left: no descriptor, no thread, no memory.
TEST_F(Lifetime, ThousandsOfWatchers) {
  write_file(path("f"));
  make_directory(path("d"));
  const auto cycle = [&](int number) {
    Options options;
    if (number % 3 == 1) options.callback = [](const Batch&) {};
    if (number % 3 == 2) options.settle = 1ms;
    Watcher watcher = open_watcher(options);
    if (number % 5 != 4) expect_done(watcher.add(root()));
    if (number % 7 == 3) append_to(path("f"));
    if (number % 3 == 0) watcher.wait(0ns);
    if (number % 4 != 0) watcher.stop();
  };
  // Several at a time, for to close an inotify instance is to wait for the kernel.
  const auto run = [&](int count) {
    std::atomic<int> next = 0;
    std::vector<std::thread> runners;
    for (int runner = 0; runner < 16; ++runner) {
      runners.emplace_back([&] {
        for (int number = next++; number < count; number = next++) cycle(number);
      });
    }
    for (std::thread& runner : runners) runner.join();
  };
  const auto memory = [] { return allocated_bytes(); };
  // What the first ones leave with the library's own caches is not counted.
  run(few(210));
  const std::size_t descriptors_before = open_descriptors();
  const std::size_t threads_before = threads();
  const std::size_t memory_before = memory();
  run(VIGIL_CYCLES);
  EXPECT_EQ(descriptors_before, open_descriptors());
  EXPECT_EQ(threads_before, threads());
  // Less than two bytes a watcher: the C library keeps what belongs to a few ended threads.
  EXPECT_LE(memory(), memory_before + 2 * VIGIL_CYCLES);
}

}  // namespace
}  // namespace vigil::core
