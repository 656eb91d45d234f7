// What changed while nobody watched, told since a snapshot: by a watch that goes on with records, and by one that
// polls.
#include "fake/operations.hpp"
#include "fake/seeds.hpp"
#include "sim/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using Told = Sessions::Told;

// Of the first watch, and of the second.
class CatchUp : public ::testing::TestWithParam<std::tuple<Ways, Ways>> {
 protected:
  Ways first() const { return std::get<0>(GetParam()); }
  Ways second() const { return std::get<1>(GetParam()); }

  // Watches once, makes a snapshot when all is quiet, and ends.
  Sessions::Saved save_once() {
    sessions_.begin(first());
    sessions_.settle();
    sessions_.pass(1s);
    Sessions::Saved saved = sessions_.save();
    sessions_.end();
    sessions_.pass(1s);
    return saved;
  }

  // What is told since, between `ready` and `live`.
  Told since(const Sessions::Saved& saved) {
    sessions_.pass(1s);
    Told told = sessions_.begin(second(), &saved);
    for (std::string& text : sessions_.settle()) told.push_back(std::move(text));
    EXPECT_EQ("", sessions_.differences());
    if (told.empty() || told.front() != "ready /r") {
      ADD_FAILURE() << "it does not begin with ready";
      return told;
    }
    told.erase(told.begin());
    EXPECT_THAT(told, Contains("live /r"));
    std::erase(told, "live /r");
    return told;
  }

  fake::Kernel& kernel() { return sessions_.kernel(); }

  Sessions sessions_;
};

std::string name_of(const ::testing::TestParamInfo<std::tuple<Ways, Ways>>& info) {
  const auto name = [](Ways ways) { return ways == Ways::records ? "Records" : "Polls"; };
  return std::string(name(std::get<0>(info.param))) + "Then" + name(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(, CatchUp,
                         ::testing::Combine(::testing::Values(Ways::records, Ways::polls),
                                            ::testing::Values(Ways::records, Ways::polls)),
                         name_of);

TEST_P(CatchUp, NothingChangedNothingTold) {
  kernel().make_directory("/r/d");
  kernel().make_directory("/r/d/e");
  sessions_.write("/r/d/f");
  kernel().make_fifo("/r/p");
  kernel().make_link("d", "/r/l");
  EXPECT_THAT(since(save_once()), IsEmpty());
}

TEST_P(CatchUp, TellsWhatComesAndGoesAndChanges) {
  kernel().make_directory("/r/d");
  for (const char* const name : {"/r/d/gone", "/r/d/written", "/r/d/moved", "/r/d/mode", "/r/d/same"}) {
    sessions_.write(name);
  }
  const Sessions::Saved saved = save_once();
  kernel().remove("/r/d/gone");
  sessions_.write("/r/d/written");
  kernel().rename("/r/d/moved", "/r/there");
  kernel().change_mode("/r/d/mode", 0600);
  kernel().make_directory("/r/new");
  sessions_.write("/r/new/f");
  EXPECT_THAT(since(saved),
              UnorderedElementsAre("removed /r/d/gone", "modified /r/d/written", "renamed /r/d/moved -> /r/there",
                                   "modified /r/d/mode", "attributes /r/d/mode", "created /r/new", "created /r/new/f"));
}

TEST_P(CatchUp, DirectoriesMoveWithAllBelow) {
  kernel().make_directory("/r/d");
  kernel().make_directory("/r/d/e");
  sessions_.write("/r/d/e/f");
  kernel().make_directory("/r/x");
  const Sessions::Saved saved = save_once();
  kernel().rename("/r/d", "/r/x/d");
  sessions_.write("/r/x/d/e/f");
  const Told told = since(saved);
  EXPECT_THAT(told, Contains("renamed /r/d -> /r/x/d"));
  EXPECT_THAT(told, Contains("modified /r/x/d/e/f"));
  EXPECT_THAT(told, Not(Contains(StartsWith("created"))));
  EXPECT_THAT(told, Not(Contains(StartsWith("removed"))));
}

// Two that change places have to be told one after the other.
TEST_P(CatchUp, WhatChangedPlacesEndsRight) {
  kernel().make_directory("/r/a");
  sessions_.write("/r/a/f");
  kernel().make_directory("/r/b");
  sessions_.write("/r/b/g");
  const Sessions::Saved saved = save_once();
  kernel().exchange("/r/a", "/r/b");
  (void)since(saved);
}

TEST_P(CatchUp, ADirectoryMovedIntoItsOwnChild) {
  kernel().make_directory("/r/a");
  kernel().make_directory("/r/a/b");
  sessions_.write("/r/a/b/f");
  const Sessions::Saved saved = save_once();
  kernel().rename("/r/a/b", "/r/b");
  kernel().rename("/r/a", "/r/b/a");
  (void)since(saved);
}

// The change time is the trace.
TEST_P(CatchUp, ContentTimeSetBack) {
  sessions_.write("/r/f");
  kernel().set_times("/r/f", 1000s, true);
  const Sessions::Saved saved = save_once();
  sessions_.write("/r/f");
  kernel().set_times("/r/f", 1000s, true);
  EXPECT_THAT(since(saved), Contains("modified /r/f"));
}

TEST_P(CatchUp, ReplacedByAnotherOfTheSameNumber) {
  sessions_.write("/r/f");
  const Sessions::Saved saved = save_once();
  kernel().remove("/r/f");
  sessions_.write("/r/f");
  const Told told = since(saved);
  EXPECT_THAT(told, Not(Contains(StartsWith("renamed"))));
  EXPECT_THAT(told, Contains("modified /r/f"));
}

// A number that is used again elsewhere is no move.
TEST_P(CatchUp, NumbersUsedAgainAreNoMoves) {
  sessions_.write("/r/f");
  const Sessions::Saved saved = save_once();
  kernel().remove("/r/f");
  sessions_.write("/r/g");
  EXPECT_THAT(since(saved), UnorderedElementsAre("removed /r/f", "created /r/g"));
}

TEST_P(CatchUp, TheClockIsSetBack) {
  sessions_.write("/r/written");
  sessions_.write("/r/same");
  kernel().make_directory("/r/d");
  const Sessions::Saved saved = save_once();
  kernel().advance(-24h);
  sessions_.write("/r/written");
  sessions_.write("/r/d/new");
  EXPECT_THAT(since(saved), UnorderedElementsAre("modified /r/written", "created /r/d/new"));
}

TEST_P(CatchUp, TheClockWasAheadBefore) {
  kernel().advance(24h);
  sessions_.write("/r/written");
  kernel().make_directory("/r/d");
  kernel().advance(-24h);
  const Sessions::Saved saved = save_once();
  sessions_.write("/r/written");
  sessions_.write("/r/d/new");
  const Told told = since(saved);
  EXPECT_THAT(told, Contains("modified /r/written"));
  EXPECT_THAT(told, Contains("created /r/d/new"));
}

// What is written in the tick of the snapshot looks the same afterwards.
TEST_P(CatchUp, WrittenWithinTheTickOfTheSnapshot) {
  sessions_.begin(first());
  sessions_.settle();
  sessions_.pass(1s);
  sessions_.write("/r/f");
  sessions_.work();
  Sessions::Saved saved = sessions_.save();
  sessions_.end();
  sessions_.write("/r/f");
  sessions_.pass(1s);
  const Told told = since(saved);
  EXPECT_THAT(told, Contains("modified /r/f"));
}

// The clock of FAT ticks every two seconds.
class CatchUpOnFat : public CatchUp {
 protected:
  CatchUpOnFat() { coarse_.pass(1s); }
  Sessions coarse_{{.tick = 2s}};
};
INSTANTIATE_TEST_SUITE_P(, CatchUpOnFat,
                         ::testing::Combine(::testing::Values(Ways::records, Ways::polls),
                                            ::testing::Values(Ways::records, Ways::polls)),
                         name_of);

TEST_P(CatchUpOnFat, WrittenWithinTheTickOfTheSnapshot) {
  coarse_.begin(first());
  coarse_.settle();
  coarse_.write("/r/f");
  coarse_.kernel().make_directory("/r/d");
  coarse_.settle();
  coarse_.write("/r/f");
  coarse_.work();
  const Sessions::Saved saved = coarse_.save();
  coarse_.end();
  coarse_.write("/r/f");
  coarse_.write("/r/d/new");
  coarse_.begin(second(), &saved);
  coarse_.settle();
  EXPECT_EQ("", coarse_.differences());
}

// What was given by the engine and not taken comes again, and first.
TEST_P(CatchUp, WhatWasNotDeliveredIsTold) {
  sessions_.write("/r/a");
  kernel().make_directory("/r/d");
  sessions_.begin(Ways::records);
  sessions_.settle();
  kernel().rename("/r/a", "/r/b");
  sessions_.write("/r/d/f");
  kernel().remove("/r/b");
  kernel().make_directory("/r/b");
  Batch untaken;
  do {
    sessions_.step_untaken(untaken);
  } while (sessions_.engine().busy() || kernel().queued() > 0);
  ASSERT_FALSE(untaken.empty());
  const Sessions::Saved saved = sessions_.save(&untaken);
  sessions_.end();
  kernel().remove("/r/d/f");
  sessions_.pass(1s);
  const Told told = since(saved);
  EXPECT_THAT(told, Contains("created /r/d/f"));
  EXPECT_THAT(told, Contains("removed /r/d/f"));
}

// Snapshot after snapshot of a watch with records: only what was told of is asked for.
TEST_P(CatchUp, AsksOnlyForWhatChanged) {
  for (int number = 0; number < 50; ++number) sessions_.write("/r/" + std::to_string(number));
  sessions_.begin(Ways::records);
  sessions_.settle();
  sessions_.pass(1s);
  (void)sessions_.save();
  sessions_.write("/r/7");
  sessions_.settle();
  sessions_.pass(1s);
  int calls = 0;
  kernel().hook = [&](fake::Call call) { calls += call == fake::Call::status || call == fake::Call::list ? 1 : 0; };
  const Sessions::Saved saved = sessions_.save();
  kernel().hook = nullptr;
  EXPECT_LE(calls, 5);
  sessions_.end();
  sessions_.write("/r/7");
  EXPECT_THAT(since(saved), ElementsAre("modified /r/7"));
}

TEST_P(CatchUp, GoesOnLive) {
  const Sessions::Saved saved = save_once();
  kernel().make_directory("/r/d");
  (void)since(saved);
  sessions_.write("/r/d/f");
  EXPECT_THAT(sessions_.settle(), Contains("created /r/d/f"));
  EXPECT_EQ("", sessions_.differences());
}

TEST_P(CatchUp, AnotherDirectoryIsAtTheRoot) {
  sessions_.write("/r/f");
  kernel().make_directory("/r/d");
  sessions_.write("/r/d/g");
  const Sessions::Saved saved = save_once();
  kernel().rename("/r", "/o/r");
  kernel().make_directory("/r");
  sessions_.write("/r/f");
  kernel().make_directory("/r/d");
  (void)since(saved);
}

TEST_P(CatchUp, TheRootIsGoneAndComesBack) {
  sessions_.write("/r/f");
  const Sessions::Saved saved = save_once();
  kernel().rename("/r", "/o/r");
  Told told = sessions_.begin(second(), &saved, {.await_missing = true});
  EXPECT_THAT(told, ElementsAre("ready /r", "lost /r"));
  kernel().rename("/o/r", "/r");
  sessions_.write("/r/g");
  told = sessions_.settle();
  EXPECT_THAT(told, Contains("restored /r"));
  EXPECT_THAT(told, Contains("created /r/g"));
  EXPECT_THAT(told, Contains("live /r"));
  EXPECT_EQ("", sessions_.differences());
}

TEST_P(CatchUp, FiltersAreThoseOfTheSnapshot) {
  kernel().make_directory("/r/x");
  sessions_.write("/r/x/f");
  sessions_.begin(first(), nullptr, {.exclude = {"x"}});
  sessions_.settle();
  sessions_.pass(1s);
  const Sessions::Saved saved = sessions_.save();
  sessions_.end();
  sessions_.write("/r/x/g");
  sessions_.write("/r/h");
  sessions_.pass(1s);
  EXPECT_THAT(sessions_.begin(second(), &saved), ElementsAre("ready /r", "created /r/h", "live /r"));
}

TEST_P(CatchUp, OtherFiltersAreADifference) {
  kernel().make_directory("/r/x");
  sessions_.write("/r/x/f");
  kernel().make_directory("/r/y");
  sessions_.write("/r/y/f");
  sessions_.begin(first(), nullptr, {.exclude = {"x"}});
  sessions_.settle();
  sessions_.pass(1s);
  const Sessions::Saved saved = sessions_.save();
  sessions_.end();
  sessions_.pass(1s);
  Told told = sessions_.begin(second(), &saved, {.exclude = {"y"}});
  for (std::string& text : sessions_.settle()) told.push_back(std::move(text));
  EXPECT_THAT(told, UnorderedElementsAre("ready /r", "removed /r/y", "created /r/x", "created /r/x/f", "live /r"));
}

TEST_P(CatchUp, OptionsThatContradictAreRefused) {
  const Sessions::Saved saved = save_once();
  sessions_.begin(second());
  RootOptions options;
  options.since.emplace(saved.image);
  Batch batch;
  options.initial = true;
  EXPECT_FALSE(sessions_.engine().add("/r/.", options, core::Moment(), batch));
  options.initial = false;
  options.recursive = false;
  EXPECT_FALSE(sessions_.engine().add("/r/.", options, core::Moment(), batch));
}

// A file system that makes up its inode numbers has others after it was mounted anew.
TEST_P(CatchUp, OtherInodeNumbers) {
  kernel().make_directory("/r/d");
  sessions_.write("/r/d/f");
  sessions_.write("/r/g");
  const Sessions::Saved saved = save_once();
  kernel().renumber();
  sessions_.write("/r/d/f");
  (void)since(saved);
}

// Only where both are polled.
class CatchUpPolled : public CatchUp {};
INSTANTIATE_TEST_SUITE_P(, CatchUpPolled,
                         ::testing::Combine(::testing::Values(Ways::polls), ::testing::Values(Ways::polls)), name_of);

// Directories that are as they were are not listed.
TEST_P(CatchUpPolled, ListsOnlyWhatChanged) {
  for (int number = 0; number < 30; ++number) {
    kernel().make_directory("/r/" + std::to_string(number));
    sessions_.write("/r/" + std::to_string(number) + "/f");
  }
  sessions_.pass(1min);
  sessions_.begin(first());
  for (int passes = 0; passes < 4; ++passes) {
    sessions_.settle();
    sessions_.pass(10s);
  }
  const Sessions::Saved saved = sessions_.save();
  sessions_.end();
  sessions_.write("/r/3/new");
  std::size_t listings = 0;
  kernel().hook = [&](fake::Call call) { listings += call == fake::Call::list ? 1 : 0; };
  EXPECT_THAT(sessions_.begin(second(), &saved), ElementsAre("ready /r", "created /r/3/new", "live /r"));
  kernel().hook = nullptr;
  EXPECT_LE(listings, 8u);
}

// Random work before, during and after, by random ways; the consumer goes on from what it knew at any earlier snapshot.
void run_seed(std::uint64_t seed) {
  std::mt19937_64 random(seed * 104729);
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  fake::KernelOptions kernel;
  kernel.seed = seed;
  kernel.keeps_birth_time = !one_in(4);
  if (one_in(3)) kernel.queue_max = 8 + random() % 60;
  if (one_in(5)) kernel.tick = 2s;
  Sessions sessions(kernel);
  fake::WorkOptions options;
  options.tops = {"/r", "/r", "/r", "/o"};
  options.exchanges = one_in(2);
  fake::Work work(seed, options);
  fake::Worker worker(sessions.kernel());
  const auto act = [&](std::size_t count) {
    for (std::size_t left = random() % (count + 1); left > 0; --left) {
      (void)worker.run(work.next());
      if (one_in(4)) sessions.pass(std::chrono::microseconds(random() % 20000));
    }
  };
  act(60);
  std::vector<Sessions::Saved> saved;
  for (int session = 0; session < 4 && !::testing::Test::HasFailure(); ++session) {
    const Ways ways = one_in(2) ? Ways::records : Ways::polls;
    const std::size_t lister_worth = one_in(2) ? 1000 : 1 + random() % 4;
    if (one_in(3)) {
      sessions.kernel().hook = [&](fake::Call) {
        if (random() % 8 == 0) (void)worker.run(work.next());
      };
    }
    sessions.begin(ways, saved.empty() ? nullptr : &saved.back(), {}, seed, lister_worth);
    sessions.kernel().hook = nullptr;
    for (std::size_t rounds = random() % 3; rounds > 0; --rounds) {
      act(30);
      one_in(2) ? sessions.work() : sessions.settle();
    }
    if (one_in(2)) {
      act(10);
      sessions.settle();
      ASSERT_EQ("", sessions.differences()) << "session " << session;
    }
    act(10);
    if (one_in(3)) sessions.step();
    // What was given and not taken.
    Batch untaken;
    if (one_in(3)) sessions.step_untaken(untaken);
    saved.push_back(sessions.save(&untaken));
    (void)sessions.take(untaken);
    act(20);
    if (one_in(2)) sessions.step();
    sessions.end();
    if (one_in(5)) sessions.kernel().advance(-1h);
    act(60);
  }
  sessions.begin(one_in(2) ? Ways::records : Ways::polls, &saved.back());
  sessions.settle();
  ASSERT_EQ("", sessions.differences()) << "at the end";
}

TEST(CatchUpOfRandomWork, EndsRight) {
  for (const std::uint64_t seed : fake::seeds(VIGIL_SIM_SEEDS)) {
    run_seed(seed);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "to run this again: VIGIL_SEED=" << seed;
  }
}

}  // namespace
}  // namespace vigil::sim
