// A watcher without any notifications: what a poll tells, and what it is not misled by.
#include "backend/poll/backend.hpp"
#include "fake/fake_kernel.hpp"
#include "sim/by_hand.hpp"
#include "sys/sleeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <string>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using fake::Call;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class AllPolled : public ByHand {
 protected:
  explicit AllPolled(const fake::KernelOptions& options = {})
      : ByHand(options, [](fake::Kernel&) {
          return std::make_unique<backend::poll::PollBackend>(std::move(sys::open_silence().value));
        }) {}

  // And lets it pass until times prove everything.
  void watch(const RootOptions& options = {}) {
    ByHand::watch(options);
    for (int pass = 0; pass < 3; ++pass) (void)poll();
  }

  // What one pass tells, and what it left to be looked at once more.
  Told poll() {
    pass(3s);
    Told told = work();
    pass(200ms);
    for (std::string& text : work()) told.push_back(std::move(text));
    return told;
  }

  // What sync() tells.
  Told synchronise() {
    const backend::Mark mark = engine_.mark();
    bool prove = true;
    Told told;
    for (bool settled = false; !settled; pass(1ms)) {
      for (std::string& text : work()) told.push_back(std::move(text));
      Batch batch;
      settled = engine_.settle(mark, prove, now_, batch);
      for (std::string& text : take(batch)) told.push_back(std::move(text));
    }
    return told;
  }

  std::size_t listings(const std::function<void()>& action) {
    std::size_t count = 0;
    kernel_.hook = [&](Call call) { count += call == Call::list ? 1 : 0; };
    action();
    kernel_.hook = nullptr;
    return count;
  }
};

TEST_F(AllPolled, IsReadyWithoutBeingDegraded) {
  kernel_.make_directory("/r/d");
  Batch batch;
  ASSERT_TRUE(engine_.add("/r", {}, now_, batch));
  while (engine_.busy()) engine_.step(now_, batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].kind, Kind::ready);
  EXPECT_EQ(batch[0].backend, "poll");
}

TEST_F(AllPolled, TellsWhatComesAndGoesAndChanges) {
  kernel_.make_directory("/r/d");
  write("/r/d/f");
  write("/r/g");
  watch();
  write("/r/d/f");
  kernel_.remove("/r/g");
  kernel_.make_directory("/r/e");
  write("/r/e/h");
  EXPECT_THAT(poll(), UnorderedElementsAre("modified /r/d/f", "removed /r/g", "created /r/e", "created /r/e/h"));
  EXPECT_THAT(poll(), IsEmpty());
}

TEST_F(AllPolled, ListsNothingThatItsTimesProveUnchanged) {
  for (int number = 0; number < 50; ++number) kernel_.make_directory("/r/" + std::to_string(number));
  watch();
  EXPECT_LE(listings([&] { (void)poll(); }), 20u);  // those whose turn it is all the same, each in two blocks
  for (int number = 0; number < 50; ++number) write("/r/" + std::to_string(number) + "/f");
  EXPECT_GE(listings([&] { (void)poll(); }), 100u);
}

// Within one tick of the clock that stamps changes.
TEST_F(AllPolled, TellsWhatCameInTheTickOfTheListing) {
  watch();
  write("/r/a");
  pass(1s);
  work();
  write("/r/b");
  (void)poll();
  EXPECT_EQ("", differences());
}

// All that could show it is the same: the directory's times, and the name, type and number in its listing.
TEST_F(AllPolled, TellsWhatVanishedFromTheListingAndIsBackInOneTick) {
  watch();
  write("/r/a");
  pass(1s);
  bool listed = false;
  kernel_.hook = [&](Call call) {
    if (call == Call::status && listed) {
      kernel_.remove("/r/b");
      kernel_.hook = nullptr;
    }
    listed = listed || call == Call::list;
  };
  write("/r/b");
  work();
  write("/r/b");
  (void)poll();
  (void)poll();
  EXPECT_EQ("", differences());
}

TEST_F(AllPolled, TellsBothWritesOfOneTick) {
  write("/r/f");
  watch();
  pass(1s);
  write("/r/f");
  work();
  write("/r/f");
  (void)poll();
  EXPECT_EQ("", differences());
}

TEST_F(AllPolled, AMoveIsOneEvent) {
  kernel_.make_directory("/r/d");
  kernel_.make_directory("/r/d/e");
  write("/r/d/e/f");
  pass(1ms);
  write("/r/g");
  watch();
  kernel_.rename("/r/d", "/r/moved");
  kernel_.rename("/r/g", "/r/moved/e/g");
  const Told told = poll();
  EXPECT_EQ(times(told, "renamed /r/moved"), 1u);
  EXPECT_EQ(times(told, "renamed /r/moved/e/g"), 1u);
  EXPECT_THAT(told, Not(Contains(StartsWith("created"))));
  EXPECT_THAT(told, Not(Contains(StartsWith("removed"))));
  EXPECT_EQ("", differences());
}

TEST_F(AllPolled, WhatChangedInAMovedDirectoryIsToldInTheSamePass) {
  kernel_.make_directory("/r/d");
  kernel_.make_directory("/r/d/e");
  write("/r/d/e/f");
  watch();
  kernel_.rename("/r/d", "/r/moved");
  write("/r/moved/e/f");
  write("/r/moved/e/g");
  EXPECT_THAT(poll(), UnorderedElementsAre("renamed /r/moved", "modified /r/moved/e/f", "created /r/moved/e/g"));
}

// Inode numbers are used again at once.
TEST_F(AllPolled, AnotherFileOfThatInodeNumberDidNotMove) {
  write("/r/a");
  watch();
  const std::uint64_t inode = kernel_.snapshot("/r")["a"].inode;
  kernel_.remove("/r/a");
  write("/r/b");
  ASSERT_EQ(kernel_.snapshot("/r")["b"].inode, inode);
  EXPECT_THAT(poll(), UnorderedElementsAre("removed /r/a", "created /r/b"));
}

TEST_F(AllPolled, AHardLinkDidNotMove) {
  write("/r/a");
  watch();
  kernel_.make_hard_link("/r/a", "/r/b");
  const Told told = poll();
  EXPECT_THAT(told, Contains("created /r/b"));
  EXPECT_THAT(told, Not(Contains(StartsWith("renamed"))));
}

TEST_F(AllPolled, AReplacedFileIsModified) {
  write("/r/a");
  write("/o/a");
  kernel_.set_times("/r/a", 1000s, true);
  kernel_.set_times("/o/a", 1000s, true);
  watch();
  kernel_.rename("/o/a", "/r/a");  // of the same size, content time and mode
  EXPECT_THAT(poll(), Contains("modified /r/a"));
}

TEST_F(AllPolled, ContentWhoseTimeWasRestoredIsModified) {
  write("/r/a");
  kernel_.set_times("/r/a", 1000s, true);
  watch();
  write("/r/a");
  kernel_.set_times("/r/a", 1000s, true);
  EXPECT_THAT(poll(), UnorderedElementsAre("modified /r/a", "attributes /r/a"));
}

TEST_F(AllPolled, ATimeThatWasSetBackIsTold) {
  write("/r/a");
  watch();
  kernel_.set_times("/r/a", 1000s, true);
  EXPECT_THAT(poll(), Contains("attributes /r/a"));
}

TEST_F(AllPolled, TheClockMayBeSetBack) {
  kernel_.make_directory("/r/d");
  write("/r/d/f");
  write("/r/g");
  watch();
  kernel_.advance(-1h);
  write("/r/d/f");
  write("/r/d/new");
  kernel_.change_mode("/r/g", 0600);
  const Told told = poll();
  EXPECT_THAT(told, Contains("modified /r/d/f"));
  EXPECT_THAT(told, Contains("created /r/d/new"));
  EXPECT_THAT(told, Contains("attributes /r/g"));
  EXPECT_THAT(poll(), IsEmpty());
}

TEST_F(AllPolled, AttributesOfADirectoryAreTold) {
  kernel_.make_directory("/r/d");
  watch();
  kernel_.change_mode("/r/d", 0700);
  EXPECT_THAT(poll(), UnorderedElementsAre("attributes /r/d"));
  write("/r/d/f");
  EXPECT_THAT(poll(), UnorderedElementsAre("created /r/d/f"));
}

// ---- what fails ----

TEST_F(AllPolled, ADirectoryThatCannotBeReadIsAnErrorOnceAndTriedAgain) {
  kernel_.make_directory("/r/d");
  write("/r/d/f");
  write("/r/g");
  watch();
  int error = EIO;
  write("/r/d/new");
  write("/r/g");
  kernel_.fault = [&](Call call) { return call == Call::list ? error : 0; };
  const Told told = poll();
  EXPECT_EQ(times(told, "error /r/d"), 1u);
  EXPECT_EQ(times(told, "modified /r/g"), 1u);
  error = ENXIO;
  EXPECT_EQ(times(poll(), "error /r/d"), 0u);
  kernel_.fault = nullptr;
  EXPECT_THAT(poll(), UnorderedElementsAre("created /r/d/new"));
}

TEST_F(AllPolled, ATreeThatVanishesUnderThePassIsGone) {
  kernel_.make_directory("/r/d");
  kernel_.make_directory("/r/d/e");
  write("/r/d/e/f");
  watch();
  write("/r/d/e/f");
  pass(3s);
  before(Call::status, 3, [&] {
    kernel_.remove("/r/d/e/f");
    kernel_.remove_directory("/r/d/e");
    kernel_.remove_directory("/r/d");
  });
  (void)work();
  (void)poll();
  EXPECT_EQ("", differences());
}

TEST_F(AllPolled, ARootThatGoesIsLostAndRestored) {
  write("/r/f");
  watch();
  kernel_.rename("/r", "/o/r");
  EXPECT_THAT(poll(), UnorderedElementsAre("lost /r"));
  write("/o/r/f");
  kernel_.rename("/o/r", "/r");
  EXPECT_THAT(poll(), UnorderedElementsAre("restored /r", "modified /r/f", "live /r"));
}

TEST_F(AllPolled, WhatIsAwaitedIsFound) {
  Batch batch;
  ASSERT_TRUE(engine_.add("/o/late", {.initial = true, .await_missing = true}, now_, batch));
  for (const Event& event : batch) EXPECT_NE(event.kind, Kind::error);
  kernel_.make_directory("/o/late");
  batch = Batch();
  now_ += 2s;
  engine_.step(now_, batch);
  ASSERT_FALSE(batch.empty());
  EXPECT_EQ(batch[0].kind, Kind::restored);
}

// ---- file systems that mislead ----

struct NoDirectoryTimes : AllPolled {
  NoDirectoryTimes() : AllPolled({.keeps_directory_times = false}) {}
};

// It takes a while to find out; from then on nothing is believed.
TEST_F(NoDirectoryTimes, AreFoundOut) {
  kernel_.make_directory("/r/d");
  watch();
  write("/r/d/f");
  Told told;
  for (int passes = 0; passes < 40 && told.empty(); ++passes) told = poll();
  EXPECT_THAT(told, UnorderedElementsAre("created /r/d/f"));
  write("/r/d/g");
  EXPECT_THAT(poll(), UnorderedElementsAre("created /r/d/g"));
}

TEST_F(AllPolled, InodeNumbersThatChangeAreNotBelieved) {
  kernel_.make_directory("/r/d");
  write("/r/d/f");
  write("/r/g");
  watch();
  for (int time = 0; time < 3; ++time) {
    kernel_.renumber();
    EXPECT_THAT(poll(), IsEmpty());
  }
  kernel_.rename("/r/g", "/r/h");
  write("/r/d/f");
  EXPECT_THAT(poll(), UnorderedElementsAre("removed /r/g", "created /r/h", "modified /r/d/f"));
  kernel_.renumber();
  EXPECT_THAT(poll(), IsEmpty());
}

// As FAT stamps contents.
struct EvenSeconds : AllPolled {
  EvenSeconds() : AllPolled({.tick = 2s}) {}
};

// sync() does not wait for the next of them.
TEST_F(EvenSeconds, WhatSyncToldMayBeWrittenAgain) {
  watch();
  write("/r/f");
  pass(500ms);
  EXPECT_THAT(work(), Contains("created /r/f"));
  EXPECT_THAT(synchronise(), Contains("modified /r/f"));
  write("/r/f");
  (void)poll();
  EXPECT_EQ("", differences());
  pass(3s);
  (void)work();
  EXPECT_THAT(poll(), IsEmpty());
}

// All that could show it is the same: the directory's times, and the name, type and number in its listing.
TEST_F(EvenSeconds, TellWhatWasToldAsGoneAndIsBack) {
  write("/r/a");
  watch();
  const Timestamp before = kernel_.disk().now();
  while (kernel_.disk().now() == before) pass(10ms);
  write("/r/b");
  EXPECT_THAT(synchronise(), Contains("created /r/b"));
  const std::uint64_t inode = kernel_.snapshot("/r")["b"].inode;
  kernel_.remove("/r/b");
  EXPECT_THAT(synchronise(), Contains("removed /r/b"));
  write("/r/b");
  ASSERT_EQ(kernel_.snapshot("/r")["b"].inode, inode);
  pass(1ms);
  ASSERT_EQ(kernel_.disk().now(), before + 2s);
  (void)poll();
  (void)poll();
  EXPECT_EQ("", differences());
}

struct NoBirthTimes : AllPolled {
  NoBirthTimes() : AllPolled({.keeps_birth_time = false}) {}
};

TEST_F(NoBirthTimes, NothingIsTakenForMoved) {
  write("/r/a");
  watch();
  kernel_.rename("/r/a", "/r/b");
  EXPECT_THAT(poll(), UnorderedElementsAre("removed /r/a", "created /r/b"));
}

}  // namespace
}  // namespace vigil::sim
