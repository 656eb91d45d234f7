// Idle costs nothing.
#include "core/watching.hpp"
#include "support/process_state.hpp"

#include <chrono>
#include <thread>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;

// Which sleeps none of the threads ends.
class Idle : public Watching {
 protected:
  void expect_idle() {
    expect_done(watcher().sync(kPatience));
    expect_quiet_second();
  }

  // What follows a change comes to its end, however late it is scheduled; what is periodic leaves no second out.
  static void expect_quiet_second() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      const std::uint64_t before = sleeps_of_other_threads();
      std::this_thread::sleep_for(1s);
      if (before == sleeps_of_other_threads()) return;
      if (std::chrono::steady_clock::now() < deadline) continue;
      ADD_FAILURE() << "a thread wakes again and again";
      return;
    }
  }
};

TEST_F(Idle, WhileNobodyWaits) {
  watch();
  write_file(path("f"));
  expect_idle();
}

TEST_F(Idle, WhileAConsumerWaits) {
  watch();
  std::thread consumer([&] {
    while (watcher().wait()) {
    }
  });
  write_file(path("f"));
  expect_idle();
  watcher().stop();
  consumer.join();
}

TEST_F(Idle, WithACallback) {
  open({.settle = 10ms, .callback = [](const Batch&) {}});
  expect_done(watcher().add(root()));
  write_file(path("f"));
  expect_idle();
}

TEST_F(Idle, WhileARootIsAwaited) {
  open();
  expect_done(watcher().add(path("a/b"), {.await_missing = true}));
  make_directory(path("a"));
  expect_idle();
}

TEST_F(Idle, AfterARootWasLost) {
  make_directory(path("d"));
  watch();
  move(root(), outside("away"));
  expect_idle();
}

TEST_F(Idle, WhileTheQueueIsFull) {
  open({.queue_bytes_max = 4096});
  watch();
  for (int number = 0; number < 2000; ++number) write_file(path(std::to_string(number)));
  // Collapsed, it is full with half of that.
  while (watcher().stats().queued_bytes <= 2048) std::this_thread::yield();
  expect_quiet_second();
}

}  // namespace
}  // namespace vigil::core
