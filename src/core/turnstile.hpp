// Who may touch the engine: one thread at a time, in the order of coming.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace vigil::core {

// A fair lock whose holder may be asleep in the kernel: whoever comes wakes it, and it gives way. Thread-safe.
//
// Made of tickets and a futex, not of a condition variable: that of glibc loses a wake-up now and then when more than
// two threads use it (its bug 25847, mended in 2.41), after which nobody would ever have the turn again.
class Turnstile {
 public:
  // `wake` ends the sleep of the holder, or its next one at once. Any thread; it must not block.
  explicit Turnstile(std::function<void()> wake) : wake_(std::move(wake)) {}

  void enter() {
    const std::uint32_t ticket = next_.fetch_add(1);
    for (std::uint32_t serving = serving_; serving != ticket; serving = serving_) {
      wake_();
      serving_.wait(serving);
    }
  }

  void leave() {
    serving_.fetch_add(1);
    serving_.notify_all();
  }

 private:
  std::function<void()> wake_;
  std::atomic<std::uint32_t> next_ = 0;
  std::atomic<std::uint32_t> serving_ = 0;
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
