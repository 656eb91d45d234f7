// Who may touch the engine: one thread at a time, in the order of coming.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace vigil::core {

// A fair lock whose holder may be asleep in the kernel: whoever comes wakes it, and it gives way. Thread-safe.
class Turnstile {
 public:
  // `wake` ends the sleep of the holder, or its next one at once. It is called with a lock held and must not block.
  explicit Turnstile(std::function<void()> wake) : wake_(std::move(wake)) {}

  void enter() {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = next_++;
    while (ticket != serving_) {
      wake_();
      changed_.wait(lock);
    }
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    ++serving_;
    if (next_ != serving_) changed_.notify_all();
  }

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;
  std::uint64_t serving_ = 0;
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
