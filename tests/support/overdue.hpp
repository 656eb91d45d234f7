// A test that hangs is killed from outside, and nobody learns why. This says so before.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace vigil::testing {

// While it lives: prints what each thread of this process is doing whenever so much time has passed. Two of these tell
// a thread that works from one that waits. `what` names what takes so long.
class Overdue {
 public:
  Overdue(std::string what, std::chrono::seconds time);
  ~Overdue();
  Overdue(const Overdue&) = delete;
  Overdue& operator=(const Overdue&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace vigil::testing
