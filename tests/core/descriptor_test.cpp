// The descriptor for event loops: nothing waits that it does not tell of.
#include "support/descriptor.hpp"
#include "core/watching.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <atomic>
#include <thread>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Descriptor : public Watching {
 protected:
  bool readable(std::chrono::milliseconds timeout = 0ms) { return is_readable(watcher().descriptor(), timeout); }

  // Not readable, or without events: what other programs mount wakes every watcher.
  bool quiet() {
    for (int attempt = 0; attempt < 100 && readable(); ++attempt) {
      if (!take(watcher()).empty()) return false;
    }
    return !readable();
  }

  // As an event loop does it: sleeps at the descriptor, takes what there is. True once an event of the path came.
  bool loop_until(const std::string& path) {
    while (readable(kPatience)) {
      for (const Told& told : take(watcher())) {
        if (told.path == path) return true;
      }
    }
    return false;
  }
};

TEST_F(Descriptor, ReadableWhileThereIsSomething) {
  open();
  take(watcher());
  expect_done(watcher().add(root()));
  EXPECT_TRUE(readable());
  take(watcher());
  EXPECT_TRUE(quiet());
  write_file(path("f"), "");
  EXPECT_TRUE(loop_until(path("f")));
  take(watcher());
  EXPECT_TRUE(quiet());
}

// One batch at a time, and back to sleep: what is left must keep it awake.
TEST_F(Descriptor, ReadableUntilTheLastBatchIsTaken) {
  watch();
  for (int number = 0; number < 2000; ++number) write_file(path(std::to_string(number)), "");
  expect_done(watcher().sync(kPatience));
  std::size_t events = 0;
  while (readable()) {
    const std::optional<Batch> batch = watcher().wait(0ns);
    ASSERT_TRUE(batch);
    events += batch->size();
  }
  EXPECT_EQ(4000u, events);
}

TEST_F(Descriptor, TellsOfWhatWasReadForTheConsumer) {
  watch();
  write_file(path("f"), "");
  // Until the stand-in has read it: from then on the kernel's queue is empty.
  while (watcher().stats().events < 3) std::this_thread::yield();
  EXPECT_TRUE(readable(kPatience));
  EXPECT_THAT(texts(take(watcher()), root()), ElementsAre("created file f", "closed file f"));
  EXPECT_TRUE(quiet());
}

TEST_F(Descriptor, WorksWithEpoll) {
  watch();
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  ASSERT_EQ(0, ::epoll_ctl(epoll, EPOLL_CTL_ADD, watcher().descriptor(), &event));
  for (int number = 0; number < 100; ++number) {
    const std::string file = path(std::to_string(number));
    std::thread writer([&] { write_file(file, ""); });
    bool found = false;
    while (!found && ::epoll_wait(epoll, &event, 1, 30'000) == 1) {
      for (const Told& told : take(watcher())) found = found || told.path == file;
    }
    EXPECT_TRUE(found);
    writer.join();
  }
  ::close(epoll);
}

// A writer and a loop that keeps missing each other by a hair, with the stand-in between them.
TEST_F(Descriptor, NothingIsForgotten) {
  watch();
  const std::string last = path("last");
  for (int round = 0; round < 40; ++round) {
    std::thread writer([&] {
      for (int number = 0; number < 50; ++number) {
        write_file(path(std::to_string(number)));
        if (number % 5 == round % 5) std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
      }
      write_file(last, "");
    });
    bool found = false;
    while (!found) {
      ASSERT_TRUE(readable(kPatience)) << "round " << round;
      // A batch a wake-up, and now and then so long about it that the stand-in comes in.
      const std::optional<Batch> batch = watcher().wait(0ns);
      ASSERT_TRUE(batch);
      for (const Event& event : *batch) found = found || (event.path == last && event.kind == Kind::closed);
      if (batch->size() > 3) std::this_thread::sleep_for(6ms);
    }
    writer.join();
    while (readable()) watcher().wait(0ns);
  }
}

TEST_F(Descriptor, NetBatchIsReadableAtItsDeadline) {
  open({.settle = 20ms});
  watch();
  for (int round = 0; round < 20; ++round) {
    write_file(path("f"), std::to_string(round));
    EXPECT_TRUE(loop_until(path("f"))) << "round " << round;
  }
}

// Nothing but time ends it: neither a call nor another change.
TEST_F(Descriptor, NetBatchIsReadableWithoutAnybodysHelp) {
  open({.settle = 30ms});
  watch();
  write_file(path("f"), "");
  pollfd polled{watcher().descriptor(), POLLIN, 0};
  // The record itself makes it readable; only the stand-in reads it.
  const auto deadline = std::chrono::steady_clock::now() + 2s;
  std::vector<Told> all;
  int wake_ups = 0;
  while (all.empty() && std::chrono::steady_clock::now() < deadline && ::poll(&polled, 1, 2000) == 1) {
    all = take(watcher());
    ++wake_ups;
  }
  EXPECT_THAT(texts(all, root()), ElementsAre("created file f"));
  // Once for the record, once for the batch, perhaps for one that the record was split into, and for whatever other
  // tests mount meanwhile; thousands where it stays readable with nothing to take.
  EXPECT_LE(wake_ups, 50);
}

TEST_F(Descriptor, TellsThatARootIsAwaited) {
  open();
  take(watcher());
  expect_done(watcher().add(path("missing"), {.await_missing = true}));
  EXPECT_TRUE(readable(1s));
  EXPECT_THAT(texts(take(watcher()), root()), ::testing::SizeIs(2));
}

TEST_F(Descriptor, TellsTheInitialListing) {
  write_file(path("f"));
  open();
  expect_done(watcher().add(root(), {.initial = true}));
  EXPECT_TRUE(loop_until(path("f")));
}

TEST_F(Descriptor, TellsThatTheWatcherWasStopped) {
  watch();
  EXPECT_TRUE(quiet());
  std::thread stopper([&] { watcher().stop(); });
  EXPECT_TRUE(readable(kPatience));
  stopper.join();
  EXPECT_TRUE(readable());
  EXPECT_FALSE(watcher().wait(0ns));
}

}  // namespace
}  // namespace vigil::core
