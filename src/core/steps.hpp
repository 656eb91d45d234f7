// Who waits for something of the engine, and does not work it, waits for the steps that others make.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace vigil::core {

// A count of what happened that may concern those who wait. Thread-safe.
//
// A condition variable rather than short sleeps: Windows knows none that is shorter than a tick of its clock (up to
// 16 ms), and std::this_thread::sleep_for() of less than a millisecond returns at once there.
class Steps {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  std::uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

  void note() {
    const std::lock_guard lock(mutex_);
    ++count_;
    if (waiting_ != 0) changed_.notify_all();
  }

  // Until there are more than `seen`, or the time has come.
  void wait(std::uint64_t seen, std::optional<Moment> until) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    const auto more = [&] { return count_ != seen; };
    if (until) {
      changed_.wait_until(lock, *until, more);
    } else {
      changed_.wait(lock, more);
    }
    --waiting_;
  }

 private:
  mutable std::mutex mutex_;  // guards all that follows
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
  int waiting_ = 0;
};

}  // namespace vigil::core
