// The replay law on the real disk: the listing at `ready`, and every created, removed and renamed since applied to it,
// is the listing on disk whenever the tree is quiet.
#include "replay/watching.hpp"
#include "support/descriptor.hpp"

#include <memory>
#include <mutex>
#include <thread>

namespace vigil::replay {
namespace {

using namespace std::chrono_literals;
using testing::kPatience;
using testing::Model;

class Replay : public OnEachFileSystem {
 protected:
  // Watches each seed's tree, has it changed in rounds, and compares after each.
  void keep_law(const Options& options, const std::function<void(Playground&, Watcher&, Model&)>& change) {
    for_each_seed([&](std::uint64_t seed) {
      Playground playground(place_, seed);
      const std::unique_ptr<Watcher> watcher = open(options);
      add(*watcher, playground.inside());
      Model model(playground.inside(), testing::listing_of(playground.inside()));
      for (std::size_t round = 0; round < kRounds && !HasFailure(); ++round) {
        change(playground, *watcher, model);
        apply_all(model, *watcher);
        EXPECT_TRUE(is_true(model, playground.inside()));
      }
    });
  }
};
INSTANTIATE_TEST_SUITE_P(, Replay, both_file_systems(), file_system_name);

// A consumer that only comes when all is quiet: everything was read on its behalf.
TEST_P(Replay, PulledWhenQuiet) {
  keep_law({}, [](Playground& playground, Watcher&, Model&) { playground.work(); });
}

TEST_P(Replay, PulledMeanwhile) {
  keep_law({}, [](Playground& playground, Watcher& watcher, Model& model) {
    work_watched([&] { playground.work(); },
                 [&] {
                   if (const std::optional<Batch> batch = watcher.wait(1ms)) apply(model, *batch);
                 });
  });
}

// Directories beyond the limit are watched by another backend, where there is the privilege for it, or polled: what
// moves from one to the other is told by two queues, or by none.
TEST_P(Replay, WithFewWatchesWhenQuiet) {
  keep_law({.max_watches = 5}, [](Playground& playground, Watcher&, Model&) { playground.work(); });
}

TEST_P(Replay, WithFewWatchesMeanwhile) {
  keep_law({.max_watches = 5}, [](Playground& playground, Watcher& watcher, Model& model) {
    work_watched([&] { playground.work(); },
                 [&] {
                   if (const std::optional<Batch> batch = watcher.wait(1ms)) apply(model, *batch);
                 });
  });
}

// Without any notifications.
TEST_P(Replay, PolledWhenQuiet) {
  keep_law({.backend = BackendChoice::poll}, [](Playground& playground, Watcher&, Model&) { playground.work(); });
}

// Passes meet a tree that changes under them.
TEST_P(Replay, PolledMeanwhile) {
  keep_law({.backend = BackendChoice::poll}, [](Playground& playground, Watcher& watcher, Model& model) {
    work_watched([&] { playground.work(); },
                 [&] {
                   if (watcher.sync(kPatience)) {
                     if (const std::optional<Batch> batch = watcher.wait(0ns)) apply(model, *batch);
                   }
                 });
  });
}

TEST_P(Replay, ByDescriptor) {
  keep_law({}, [](Playground& playground, Watcher& watcher, Model& model) {
    work_watched([&] { playground.work(); },
                 [&] {
                   if (!testing::is_readable(watcher.descriptor(), 1ms)) return;
                   if (const std::optional<Batch> batch = watcher.wait(0ns)) apply(model, *batch);
                 });
  });
}

// The existing entries are told, while they change.
TEST_P(Replay, FromNothingWhileItChanges) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    const std::unique_ptr<Watcher> watcher = open();
    Model model(playground.inside());
    std::thread adder([&] { add(*watcher, playground.inside(), {.initial = true}); });
    playground.work();
    adder.join();
    for (std::size_t round = 0; round < 3 && !HasFailure(); ++round) {
      apply_all(model, *watcher);
      EXPECT_TRUE(is_true(model, playground.inside()));
      playground.work();
    }
  });
}

TEST_P(Replay, NetEffects) {
  keep_law({.settle = 2ms, .max_latency = 5ms}, [](Playground& playground, Watcher& watcher, Model& model) {
    work_watched([&] { playground.work(); },
                 [&] {
                   if (const std::optional<Batch> batch = watcher.wait(1ms)) apply(model, *batch);
                 });
  });
}

// What waits is collapsed again and again, for hardly any of it is allowed to wait.
TEST_P(Replay, CollapsedQueue) {
  keep_law({.queue_bytes_max = 64 * 1024}, [](Playground& playground, Watcher&, Model&) { playground.work(); });
}

// The callback blocks until the queue of vigil is full, and then the kernel's.
TEST_P(Replay, BlockedCallback) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    Gate gate;
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    // What this thread looked at is changed by the callback once the file system has changed: an order that the
    // thread sanitizer does not see.
    std::mutex looking;
    const std::unique_ptr<Watcher> watcher = open({.queue_bytes_max = 16 * 1024, .callback = [&](const Batch& batch) {
                                                     gate.pass();
                                                     const std::lock_guard lock(looking);
                                                     apply(model, batch);
                                                   }});
    add(*watcher, playground.inside());
    for (std::size_t round = 0; round < kRounds && !HasFailure(); ++round) {
      if (round % 3 == 0) gate.close();
      playground.work();
      if (round % 3 == 0) {
        testing::overflow_queue(playground.inside());
        playground.work();
      }
      gate.open();
      const Status synced = watcher->sync(kPatience);
      EXPECT_TRUE(synced) << synced.error().message();
      const std::lock_guard lock(looking);
      EXPECT_TRUE(is_true(model, playground.inside()));
    }
    EXPECT_GT(watcher->stats().losses, 0u);
    EXPECT_GT(model.count(Kind::rescan), 0u);
    watcher->stop();
  });
}

}  // namespace
}  // namespace vigil::replay
