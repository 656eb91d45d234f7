// Who may touch the engine: one thread at a time, in the order of coming.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace vigil::core {

// A fair lock whose holder may be asleep in the kernel: whoever comes wakes it, and it gives way. Thread-safe.
//
// Each waiter has a condition variable of its own, for a lost wake-up would be a turn that nobody ever has again. One
// that several threads wait for loses them now and then in glibc before 2.41 (its bug 25847); and where there is no
// futex, as on Windows, the waiting on atomics of GCC 12 was seen to hang.
class Turnstile {
 public:
  // `wake` ends the sleep of the holder, or its next one at once. Any thread, a lock held: it must not block.
  explicit Turnstile(std::function<void()> wake) : wake_(std::move(wake)) {}

  void enter() {
    std::unique_lock lock(mutex_);
    if (!std::exchange(taken_, true)) return;
    Waiter self;
    waiters_.push_back(&self);
    wake_();
    self.changed.wait(lock, [&] { return self.has_turn; });
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
      taken_ = false;
      return;
    }
    Waiter& next = *waiters_.front();
    waiters_.pop_front();
    next.has_turn = true;
    next.changed.notify_one();
    if (!waiters_.empty()) wake_();  // lest the next one falls asleep
  }

 private:
  struct Waiter {
    std::condition_variable changed;
    bool has_turn = false;
  };

  std::function<void()> wake_;
  std::mutex mutex_;  // guards all that follows
  std::deque<Waiter*> waiters_;
  bool taken_ = false;
};

// Holds the turn while it lives.
class Turn {
 public:
  explicit Turn(Turnstile& turnstile) : turnstile_(turnstile) { turnstile_.enter(); }
  ~Turn() { turnstile_.leave(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Turnstile& turnstile_;
};

}  // namespace vigil::core
