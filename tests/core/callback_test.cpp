// Events pushed to a callback.
#include "core/few.hpp"
#include "core/watching.hpp"
#include "support/process_state.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What came, for other threads to look at. Thread-safe.
class Received {
 public:
  void add(const Batch& batch) {
    const std::lock_guard lock(mutex_);
    for (const Event& event : batch) all_.emplace_back(event);
    changed_.notify_all();
  }

  // False if nothing like it comes.
  bool wait_for(Kind kind) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] {
      for (const Told& told : all_) {
        if (told.kind == kind) return true;
      }
      return false;
    });
  }

  std::vector<Told> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Told> all_;
};

class Callback : public Watching {
 protected:
  // Opens a watcher on the root whose callback is `also` after it was noted what came.
  void watch_with(std::function<void(const Batch&)> also, Options options = {}) {
    options.callback = [this, also = std::move(also)](const Batch& batch) {
      received_.add(batch);
      also(batch);
    };
    open(std::move(options));
    expect_done(watcher().add(root()));
  }

  std::vector<std::string> received() const {
    return texts(only(received_.all(), {Kind::ready, Kind::created, Kind::removed, Kind::renamed}), root());
  }

  // A watch may begin with more than `ready`, in more than one batch.
  bool tells_of_f(const Batch& batch) const {
    return std::any_of(batch.begin(), batch.end(), [&](const Event& event) { return Told(event).path == path("f"); });
  }

  Received received_;
};

TEST_F(Callback, GetsEverythingInOrder) {
  watch_with([](const Batch&) {});
  write_file(path("a"));
  make_directory(path("b"));
  expect_done(watcher().sync(kPatience));
  move(path("a"), path("c"));
  remove(path("b"));
  expect_done(watcher().sync(kPatience));
  EXPECT_THAT(received(), ElementsAre("ready directory .", "created file a", "created directory b",
                                      "renamed file a -> c", "removed directory b"));
}

TEST_F(Callback, IsNeverCalledWithNothing) {
  std::atomic<int> empty = 0;
  watch_with([&](const Batch& batch) { empty += batch.empty() ? 1 : 0; });
  for (int round = 0; round < few(100); ++round) {
    write_file(path("f"));
    expect_done(watcher().sync(kPatience));
  }
  watcher().stop();
  EXPECT_EQ(0, empty);
}

TEST_F(Callback, OneAtATimeAndNotInACallersThread) {
  std::atomic<int> inside = 0;
  std::atomic<bool> alone = true;
  std::atomic<bool> elsewhere = true;
  const std::thread::id here = std::this_thread::get_id();
  watch_with([&](const Batch&) {
    if (++inside != 1) alone = false;
    if (std::this_thread::get_id() == here) elsewhere = false;
    std::this_thread::yield();
    --inside;
  });
  for (int round = 0; round < 50; ++round) {
    write_file(path("f"));
    expect_done(watcher().sync(kPatience));
  }
  EXPECT_TRUE(alone);
  EXPECT_TRUE(elsewhere);
}

TEST_F(Callback, WhatItThrowsIsToldAndDeliveryGoesOn) {
  watch_with([](const Batch& batch) {
    for (const Event& event : batch) {
      const std::string path = Told(event).path;
      if (path.ends_with("/bad")) throw std::runtime_error("I do not like it");
      if (path.ends_with("/worse")) throw 42;
    }
  });
  write_file(path("bad"), "");
  ASSERT_TRUE(received_.wait_for(Kind::error));
  write_file(path("good"), "");
  expect_done(watcher().sync(kPatience));
  const std::vector<Told> all = received_.all();
  EXPECT_THAT(texts(only(all, {Kind::created}), root()), ElementsAre("created file bad", "created file good"));
  const std::vector<Told> errors = only(all, {Kind::error});
  ASSERT_FALSE(errors.empty());
  EXPECT_THAT(errors[0].reason, HasSubstr("I do not like it"));
  write_file(path("worse"), "");
  expect_done(watcher().sync(kPatience));
  expect_done(watcher().sync(kPatience));
  EXPECT_GT(only(received_.all(), {Kind::error}).size(), errors.size());
}

// An error that causes an error would never end.
TEST_F(Callback, ThatAlwaysThrowsIsLeftInPeace) {
  std::atomic<int> calls = 0;
  watch_with([&](const Batch&) {
    ++calls;
    throw std::runtime_error("always");
  });
  expect_done(watcher().sync(kPatience));
  write_file(path("f"), "");
  constexpr int kSyncs = 20;
  for (int round = 0; round < kSyncs; ++round) expect_done(watcher().sync(kPatience));
  const int before = calls;
  for (int round = 0; round < kSyncs; ++round) expect_done(watcher().sync(kPatience));
  EXPECT_EQ(before, calls);
}

TEST_F(Callback, SyncWaitsUntilItHasReturned) {
  std::atomic<bool> returned = false;
  std::promise<void> go_on;
  std::shared_future<void> may_go_on = go_on.get_future().share();
  watch_with([&](const Batch& batch) {
    if (!tells_of_f(batch)) return;
    may_go_on.wait();
    returned = true;
  });
  expect_done(watcher().sync(kPatience));
  write_file(path("f"), "");
  EXPECT_EQ(ErrorCode::timed_out, code_of(watcher().sync(20ms)));
  EXPECT_FALSE(returned);
  std::thread opener([&] { go_on.set_value(); });
  expect_done(watcher().sync(kPatience));
  EXPECT_TRUE(returned);
  opener.join();
}

TEST_F(Callback, SyncFromWithinIsRefused) {
  std::promise<ErrorCode> code;
  std::once_flag once;
  watch_with([&](const Batch&) { std::call_once(once, [&] { code.set_value(code_of(watcher().sync(1s))); }); });
  EXPECT_EQ(ErrorCode::would_deadlock, code.get_future().get());
  watcher().stop();  // the callback may still be about to leave, and what it uses ends here
}

// What is left of the changes may be nothing at all.
TEST_F(Callback, SyncWhenNothingIsToBeDelivered) {
  watch_with([](const Batch&) {}, {.settle = 1h, .max_latency = 1h});
  expect_done(watcher().sync(kPatience));
  write_file(path("f"));
  remove(path("f"));
  expect_done(watcher().sync(1s));
  EXPECT_THAT(received(), ElementsAre("ready directory ."));
}

TEST_F(Callback, SyncWhenKindsAreNotAskedFor) {
  watch_with([](const Batch&) {}, {.kinds = {Kind::removed}, .settle = 1h, .max_latency = 1h});
  expect_done(watcher().sync(kPatience));
  write_file(path("f"));
  expect_done(watcher().sync(1s));
}

TEST_F(Callback, MayCallEverything) {
  make_directory(path("a"));
  make_directory(path("b"));
  std::promise<void> done;
  std::once_flag once;
  watch_with([&](const Batch& batch) {
    if (Told(batch[0]).path != path("a/f")) return;
    std::call_once(once, [&] {
      expect_done(watcher().remove(root()));
      expect_done(watcher().add(path("b")));
      EXPECT_EQ(1u, watcher().stats().roots);
      EXPECT_NE(watcher().descriptor(), vigil::Descriptor{});
      done.set_value();
    });
  });
  expect_done(watcher().sync(kPatience));
  write_file(path("a/f"), "");
  ASSERT_EQ(std::future_status::ready, done.get_future().wait_for(kPatience));
  write_file(path("b/f"), "");
  expect_done(watcher().sync(kPatience));
  EXPECT_THAT(received(), ::testing::Contains("created file b/f"));
  watcher().stop();
}

TEST_F(Callback, StopFromWithin) {
  std::promise<void> stopped;
  std::atomic<int> later = 0;
  std::atomic<bool> was_stopped = false;
  watch_with([&](const Batch& batch) {
    if (!tells_of_f(batch)) return;  // add() may not have returned
    if (was_stopped.exchange(true)) {
      ++later;
      return;
    }
    watcher().stop();
    watcher().stop();
    stopped.set_value();
  });
  write_file(path("f"));
  stopped.get_future().wait();
  write_file(path("g"));
  EXPECT_EQ(ErrorCode::stopped, code_of(watcher().sync(kPatience)));
  watcher().stop();
  EXPECT_EQ(0, later);
}

TEST_F(Callback, StopWaitsForTheOneUnderWay) {
  std::promise<void> entered;
  std::promise<void> leave;
  const std::shared_future<void> may_leave = leave.get_future().share();
  std::atomic<bool> left = false;
  std::once_flag once;
  watch_with([&](const Batch&) {
    std::call_once(once, [&] { entered.set_value(); });
    may_leave.wait();
    left = true;
  });
  entered.get_future().wait();
  std::thread stopper([&] {
    watcher().stop();
    EXPECT_TRUE(left);
  });
  // Stopping has begun: from now on it waits for the callback alone.
  while (code_of(watcher().remove("")) != ErrorCode::stopped) std::this_thread::yield();
  EXPECT_FALSE(left);
  leave.set_value();
  stopper.join();
}

TEST_F(Callback, NoneStartsAfterStopReturned) {
  std::atomic<bool> writing = true;
  std::thread writer([&] {
    while (writing) write_file(path("f"));
  });
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> stopped = false;
    std::atomic<int> late = 0;
    Watcher watcher = open_watcher({.callback = [&](const Batch&) { late += stopped ? 1 : 0; }});
    expect_done(watcher.add(root()));
    watcher.stop();
    stopped = true;
    EXPECT_EQ(0, late);
  }
  writing = false;
  writer.join();
}

// Of all threads, any may be the last to hold what is inside.
TEST_F(Callback, MayDestroyTheWatcher) {
  write_file(path("f"));
  std::thread([] {}).join();  // With the first thread the thread sanitizer starts one of its own.
  const std::size_t threads_before = threads();
  const std::size_t descriptors_before = open_descriptors();
  struct Shared {
    std::mutex opened;
    std::unique_ptr<Watcher> watcher;
    std::promise<void> destroyed;
    std::once_flag once;
  };
  for (int round = 0; round < VIGIL_CYCLES / 10; ++round) {
    const auto shared = std::make_shared<Shared>();
    {
      const std::lock_guard lock(shared->opened);
      shared->watcher = std::make_unique<Watcher>(open_watcher({.callback = [shared](const Batch&) {
        const std::lock_guard wait_until_opened(shared->opened);
        std::call_once(shared->once, [&] {
          shared->watcher.reset();
          shared->destroyed.set_value();
        });
      }}));
      expect_done(shared->watcher->add(root()));
    }
    shared->destroyed.get_future().wait();
  }
  // The last threads may still be on their way out.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (threads() != threads_before && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(threads_before, threads());
  EXPECT_EQ(descriptors_before, open_descriptors());
}

TEST_F(Callback, IsGivenNetBatches) {
  watch_with([](const Batch&) {}, {.settle = 5ms});
  write_file(path("f"));
  ASSERT_TRUE(received_.wait_for(Kind::created));
  watcher().stop();
  EXPECT_THAT(received(), ElementsAre("ready directory .", "created file f"));
}

}  // namespace
}  // namespace vigil::core
