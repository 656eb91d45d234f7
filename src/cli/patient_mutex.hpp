// A mutex that is waited for only so long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace vigil::cli {

// As std::timed_mutex, which waits by pthread_mutex_clocklock(): GCC 12's thread sanitizer does not know that call, and
// takes what it locked for unlocked.
class PatientMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    freed_.wait(guard, [this] { return !locked_; });
    locked_ = true;
  }

  bool try_lock_for(std::chrono::nanoseconds time) {
    std::unique_lock guard(mutex_);
    if (!freed_.wait_for(guard, time, [this] { return !locked_; })) return false;
    locked_ = true;
    return true;
  }

  void unlock() {
    {
      const std::lock_guard guard(mutex_);
      locked_ = false;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool locked_ = false;
};

}  // namespace vigil::cli
