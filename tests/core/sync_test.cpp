// sync(): all that was done before is there.
#include "core/few.hpp"
#include "core/watching.hpp"
#include "support/process_state.hpp"
#include "support/random_work.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Sync : public Watching {};

TEST_F(Sync, NothingToDo) {
  watch();
  expect_done(watcher().sync(1s));
  EXPECT_THAT(take(watcher()), IsEmpty());
}

TEST_F(Sync, EachChangeIsThere) {
  watch();
  for (int number = 0; number < few(VIGIL_CYCLES / 10); ++number) {
    const std::string name = std::to_string(number);
    make_directory(path(name));
    make_directory(path(name + "/d"));
    EXPECT_THAT(told_shape(), ElementsAre("created directory " + name, "created directory " + name + "/d"));
  }
}

// A half without the other would wait for it; nobody waits for time at a sync.
TEST_F(Sync, HalvesOfMoves) {
  watch();
  for (int number = 0; number < few(100); ++number) {
    write_file(path("f"), "");
    catch_up(watcher());
    move(path("f"), outside("f"));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(told_shape(), ElementsAre("removed file f"));
    if (std::chrono::steady_clock::now() - begin > 9ms) ++number;  // then time may have decided it
    move(outside("f"), path("f"));
    EXPECT_THAT(told_shape(), ElementsAre("created file f"));
    remove(path("f"));
    catch_up(watcher());
  }
}

TEST_F(Sync, EndsANetBatch) {
  open({.settle = 1h, .max_latency = 1h});
  watch();
  write_file(path("f"));
  EXPECT_THAT(take(watcher()), IsEmpty());
  EXPECT_THAT(told(), ElementsAre("created file f"));
}

// Writers that never pause must not keep it from ending, and what was done before it is there all the same.
TEST_F(Sync, WhileOthersWrite) {
  make_directory(path("mine"));
  make_directory(path("theirs"));
  for (int writer = 0; writer < 2; ++writer) make_directory(outside(std::to_string(writer)));
  watch();
  std::atomic<bool> done = false;
  std::vector<std::thread> writers;
  for (unsigned writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      RandomWork work(writer, path("theirs"), outside(std::to_string(writer)));
      while (!done) work.run(10);
    });
  }
  for (int number = 0; number < 50; ++number) {
    const std::string mine = path("mine/" + std::to_string(number));
    make_directory(mine + "/d");
    write_file(mine + "/d/f", "");
    const Status synced = watcher().sync(10s);
    EXPECT_TRUE(synced) << "number " << number << ": " << synced.error().message();
    if (!synced) break;
    const std::vector<Told> all = take(watcher());
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Told& told) {
      return told.kind == Kind::created && told.path == mine + "/d/f";
    })) << number;
  }
  done = true;
  for (std::thread& writer : writers) writer.join();
}

TEST_F(Sync, WhileOthersMakeFilesAsFastAsTheyCan) {
  watch();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::size_t number = 0; !done; ++number) write_file(path("f" + std::to_string(number % 20'000)), "");
  });
  for (int number = 0; number < 20; ++number) {
    const std::string mine = path("mine" + std::to_string(number));
    write_file(mine, "");
    const Status synced = watcher().sync(10s);
    EXPECT_TRUE(synced) << synced.error().message();
    const std::vector<Told> all = take(watcher());
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Told& told) { return told.path == mine; })) << number;
  }
  done = true;
  writer.join();
}

TEST_F(Sync, FromSeveralThreads) {
  watch();
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < VIGIL_CYCLES / 100; ++round) expect_done(watcher().sync(kPatience));
    });
  }
  for (int number = 0; number < few(500); ++number) write_file(path(std::to_string(number)), "");
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(std::size_t{few(500)}, told_shape().size());
}

TEST_F(Sync, WhileAConsumerSleeps) {
  watch();
  std::atomic<std::size_t> events = 0;
  std::thread consumer([&] {
    while (const std::optional<Batch> batch = watcher().wait()) events += batch->size();
  });
  constexpr int kRounds = few(200);
  for (int number = 0; number < kRounds; ++number) {
    write_file(path("f"), "");
    expect_done(watcher().sync(kPatience));
  }
  // Synced is what lies ready; the consumer may still be on its way to it.
  while (watcher().stats().queued_events != 0) std::this_thread::yield();
  watcher().stop();
  consumer.join();
  EXPECT_GE(events, std::size_t{kRounds} + 1);
}

TEST_F(Sync, TimesOut) {
  watch();
  EXPECT_EQ(ErrorCode::invalid_argument, code_of(watcher().sync(-1ns)));
  // A consumer that is there, but does not come back from its callback.
  std::promise<void> leave;
  const std::shared_future<void> may_leave = leave.get_future().share();
  Watcher pushing = open_watcher({.callback = [&](const Batch&) { may_leave.wait(); }});
  expect_done(pushing.add(root()));
  EXPECT_EQ(ErrorCode::timed_out, code_of(pushing.sync(0ns)));
  EXPECT_EQ(ErrorCode::timed_out, code_of(pushing.sync(10ms)));
  leave.set_value();
  expect_done(pushing.sync(kPatience));
}

// Nothing can be decided before the callback comes back, for there is no room; and nobody looks again and again.
TEST_F(Sync, WaitsAsleep) {
  std::promise<void> leave;
  const std::shared_future<void> may_leave = leave.get_future().share();
  open({.queue_bytes_max = 0, .callback = [&](const Batch&) { may_leave.wait(); }});
  expect_done(watcher().add(root()));
  write_file(path("f"));
  while (watcher().stats().queued_events == 0) std::this_thread::yield();
  const std::uint64_t sleeps_before = sleeps_of_other_threads();
  const std::chrono::nanoseconds time_before = processor_time();
  std::thread syncer([&] { EXPECT_TRUE(watcher().sync(kPatience)); });
  std::this_thread::sleep_for(400ms);  // while which nothing is to happen: there is no event that could tell
  const std::uint64_t sleeps_then = sleeps_of_other_threads();
  const std::chrono::nanoseconds time_then = processor_time();
  leave.set_value();
  syncer.join();
  EXPECT_LT(sleeps_then - sleeps_before, 50u);
  EXPECT_LT(time_then - time_before, 200ms);
}

TEST_F(Sync, ForEver) {
  watch();
  write_file(path("f"), "");
  expect_done(watcher().sync(std::chrono::nanoseconds::max()));
  EXPECT_THAT(texts(only(take(watcher()), kShape), root()), ElementsAre("created file f"));
}

TEST_F(Sync, Stopped) {
  watch();
  watcher().stop();
  EXPECT_EQ(ErrorCode::stopped, code_of(watcher().sync(1s)));
}

TEST_F(Sync, WithoutARoot) {
  open();
  expect_done(watcher().sync(1s));
  expect_done(watcher().add(path("missing"), {.await_missing = true}));
  expect_done(watcher().sync(1s));
}

TEST_F(Sync, LeavesNoTrace) {
  watch();
  expect_done(watcher().sync(1s));
  EXPECT_THAT(listing_of(root()), IsEmpty());
}

// Not a limit to be tested on a machine that does other things; but what is measured is kept in view.
TEST_F(Sync, CostsLittleWhenIdle) {
  watch();
  std::vector<std::chrono::nanoseconds> times;
  for (int round = 0; round < 1001; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    expect_done(watcher().sync(kPatience));
    times.push_back(std::chrono::steady_clock::now() - begin);
  }
  std::nth_element(times.begin(), times.begin() + 500, times.end());
  RecordProperty("median_ns", std::to_string(times[500].count()));
  std::printf("median of an idle sync: %lld ns\n", static_cast<long long>(times[500].count()));
  EXPECT_LT(times[500], 1ms);
}

}  // namespace
}  // namespace vigil::core
