// A watcher and the model of its consumer, as tests of the replay law use them.
#pragma once

#include "replay/playground.hpp"
#include "support/told.hpp"

#include <vigil/watcher.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace vigil::replay {

inline void apply(testing::Model& model, const Batch& batch) {
  for (const Event& event : batch) model.apply(testing::Told(event));
}

// Everything that has been done until now.
inline void apply_all(testing::Model& model, Watcher& watcher) {
  for (const testing::Told& told : testing::catch_up(watcher)) model.apply(told);
}

inline std::unique_ptr<Watcher> open(Options options = {}) {
  Result<Watcher> watcher = Watcher::open(std::move(options));
  EXPECT_TRUE(watcher) << watcher.error().message();
  return std::make_unique<Watcher>(std::move(*watcher));
}

inline void add(Watcher& watcher, const std::string& path, const RootOptions& options = {}) {
  const Status added = watcher.add(path, options);
  EXPECT_TRUE(added) << added.error().message();
}

// And waits until it is listed: with fanotify it is ready before, and of what goes until then no type is known.
inline void add_and_list(Watcher& watcher, const std::string& path) {
  add(watcher, path);
  EXPECT_TRUE(watcher.sync(testing::kPatience));
}

// Takes events with `take_some` in a thread of its own while `work` goes on.
inline void work_watched(const std::function<void()>& work, const std::function<void()>& take_some) {
  std::atomic<bool> done = false;
  std::thread consumer([&] {
    while (!done) take_some();
  });
  work();
  done = true;
  consumer.join();
}

// Closed: whoever wants to pass waits. Thread-safe.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

}  // namespace vigil::replay
