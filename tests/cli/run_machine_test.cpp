// What `vigil run` decides: without processes, without a clock.
#include "cli/run_machine.hpp"

#include "cli/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Writes down what it is asked for.
class World final : public RunWorld {
 public:
  std::optional<int> start(RunId run, const std::string& path, const Batch& changes) override {
    std::string text = "start " + std::to_string(run);
    if (!path.empty()) text += " for " + path;
    for (const Event& event : changes) text.append(" ").append(to_string(event.kind)).append(" ").append(event.path);
    log.push_back(failure ? text + " fails" : text);
    return failure;
  }
  void push(RunId run, Force force) override { log.push_back(name(force) + " " + std::to_string(run)); }
  bool has_leftovers() override { return leftovers; }
  void push_leftovers(Force force) override {
    log.push_back(name(force) + " leftovers");
    if (force == Force::give_up) leftovers = false;
  }
  bool is_foreign(int pid) override { return pid == kForeign; }
  void tell_ended(RunId, const RunEnding&, bool) override {}
  void tell_killing(bool) override { log.emplace_back("tell of killing"); }
  void tell_given_up() override { log.emplace_back("tell of giving up"); }
  void tell_ignored(std::size_t changes) override { log.push_back("ignored " + std::to_string(changes)); }
  void tell_loop(const std::string& path) override { log.push_back("loop by " + path); }

  static constexpr int kForeign = 77;

  std::vector<std::string> log;
  std::optional<int> failure;
  bool leftovers = false;

 private:
  static std::string name(Force force) {
    return force == Force::signal ? "signal" : force == Force::kill ? "kill" : "give up";
  }
};

class Machine {
 public:
  explicit Machine(RunPolicy policy = {}) : machine_(policy, world_) { machine_.begin(now_); }

  // What the world was asked for since the last call.
  std::vector<std::string> did() { return std::exchange(world_.log, {}); }

  void pass(std::chrono::milliseconds time) {
    now_.steady += time;
    now_.wall += time;
    machine_.passed(now_);
  }

  void change(const std::vector<std::string>& paths, Kind kind = Kind::modified, int pid = 0) {
    Batch batch;
    for (const std::string& path : paths) {
      Event event = event_of(kind, EntryType::file, path);
      event.time = now_.wall;
      event.pid = pid;
      event.seq = ++seq_;
      batch.append(event);
    }
    machine_.changed(batch, now_);
  }
  void give(const Batch& batch) { machine_.changed(batch, now_); }
  void end(RunId run, RunEnding ending = {}) { machine_.ended(run, ending, now_); }
  void leftover_ended() { machine_.leftover_ended(now_); }
  void stop(bool asked_already = false, int code = 0) { machine_.stop(code, asked_already, now_); }
  void kill() { machine_.kill(0, now_); }

  std::optional<std::chrono::milliseconds> time_left() const {
    const auto deadline = machine_.deadline();
    if (!deadline) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - now_.steady);
  }

  World& world() { return world_; }
  RunMachine& operator*() { return machine_; }
  RunMoment now() const { return now_; }

 private:
  World world_;
  RunMoment now_{std::chrono::steady_clock::time_point{1h}, Timestamp{1h}};
  std::uint64_t seq_ = 0;
  RunMachine machine_;
};

RunPolicy on_busy(OnBusy choice) {
  RunPolicy policy;
  policy.on_busy = choice;
  return policy;
}

TEST(RunMachine, RunsAtOnceAndAfterEachChange) {
  Machine machine;
  EXPECT_THAT(machine.did(), ElementsAre("start 1"));
  machine.end(1);
  EXPECT_THAT(machine.did(), IsEmpty());
  machine.change({"a", "b"});
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified a modified b"));
  EXPECT_FALSE(machine.time_left()) << "nothing to wake up for";
}

TEST(RunMachine, WithoutInitialNothingRunsBeforeAChange) {
  Machine machine({.initial = false});
  EXPECT_THAT(machine.did(), IsEmpty());
  machine.change({"a"});
  EXPECT_THAT(machine.did(), ElementsAre("start 1 modified a"));
}

TEST(RunMachine, QueuesOneMoreRunWithAllThatChanged) {
  Machine machine;
  machine.change({"a"});
  machine.change({"b"});
  machine.change({"a"});
  EXPECT_THAT(machine.did(), ElementsAre("start 1"));
  machine.end(1);
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified b modified a"));
  machine.end(2);
  EXPECT_THAT(machine.did(), IsEmpty());
}

TEST(RunMachine, WhatCameAndWentWhileBusyCausesNoRun) {
  Machine machine;
  machine.change({"temporary"}, Kind::created);
  machine.change({"temporary"}, Kind::removed);
  machine.end(1);
  EXPECT_THAT(machine.did(), ElementsAre("start 1"));
  machine.change({"a"});
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified a"));
}

TEST(RunMachine, ANoticeIsNoChange) {
  Machine machine({.initial = false});
  machine.change({"top"}, Kind::rescan);
  machine.change({"top"}, Kind::live);
  EXPECT_THAT(machine.did(), IsEmpty());
}

TEST(RunMachine, RestartsAsSoonAsTheOldRunHasEnded) {
  Machine machine(on_busy(OnBusy::restart));
  machine.change({"a"});
  machine.change({"b"});
  EXPECT_THAT(machine.did(), ElementsAre("start 1", "signal 1")) << "asked once";
  machine.end(1, {.code = 0, .signal = 15});
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified a modified b"));
}

TEST(RunMachine, AServerThatEndsByItselfIsStartedByTheNextChange) {
  Machine machine(on_busy(OnBusy::restart));
  machine.end(1, {.code = 1, .signal = 0});
  EXPECT_THAT(machine.did(), ElementsAre("start 1"));
  machine.change({"a"});
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified a"));
}

TEST(RunMachine, WhatDoesNotEndIsKilled) {
  Machine machine(on_busy(OnBusy::restart));
  machine.change({"a"});
  machine.did();
  EXPECT_EQ(machine.time_left(), 5s);
  machine.pass(4999ms);
  EXPECT_THAT(machine.did(), IsEmpty());
  machine.pass(1ms);
  EXPECT_THAT(machine.did(), ElementsAre("tell of killing", "kill 1"));
  machine.end(1, {.code = 0, .signal = 9});
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified a"));
  EXPECT_FALSE(machine.time_left());
}

TEST(RunMachine, WhatCannotBeKilledIsGivenUp) {
  Machine machine(on_busy(OnBusy::restart));
  machine.change({"a"});
  machine.pass(5s);
  machine.did();
  EXPECT_EQ(machine.time_left(), RunMachine::kKillTime);
  machine.pass(2s);
  EXPECT_THAT(machine.did(), ElementsAre("give up 1", "tell of giving up", "start 2 modified a"));
  machine.end(1);
  EXPECT_THAT(machine.did(), IsEmpty()) << "late, and of no interest";
  EXPECT_FALSE(machine.time_left());
}

TEST(RunMachine, LeftoversAreEndedBeforeTheNextRun) {
  Machine machine;
  machine.world().leftovers = true;
  machine.end(1);
  EXPECT_THAT(machine.did(), ElementsAre("start 1")) << "they may go on until then";
  machine.change({"a"});
  EXPECT_THAT(machine.did(), ElementsAre("signal leftovers"));
  machine.leftover_ended();
  EXPECT_THAT(machine.did(), IsEmpty()) << "that was one of them";
  machine.change({"b"});
  EXPECT_THAT(machine.did(), IsEmpty());
  machine.world().leftovers = false;
  machine.leftover_ended();
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified a modified b"));
  EXPECT_FALSE(machine.time_left());
}

TEST(RunMachine, LeftoversAreKilledAndThoseThatTheyStartMeanwhile) {
  Machine machine;
  machine.world().leftovers = true;
  machine.end(1);
  machine.change({"a"});
  machine.pass(5s);
  EXPECT_THAT(machine.did(),
              ElementsAre("start 1", "signal leftovers", "tell of killing", "kill leftovers", "kill leftovers"));
  machine.leftover_ended();
  EXPECT_THAT(machine.did(), ElementsAre("kill leftovers")) << "whose parent was killed a moment ago";
  machine.pass(2s);
  EXPECT_THAT(machine.did(), ElementsAre("tell of giving up", "give up leftovers", "start 2 modified a"));
}

TEST(RunMachine, LeftoversOfARunThatWasPushedGetNoMoreTime) {
  Machine machine(on_busy(OnBusy::restart));
  machine.world().leftovers = true;
  machine.change({"a"});
  machine.pass(3s);
  machine.end(1);
  EXPECT_EQ(machine.time_left(), 2s);
  EXPECT_THAT(machine.did(), ElementsAre("start 1", "signal 1")) << "they got the signal with it";
}

TEST(RunMachine, SignalsOnceForABatch) {
  Machine machine(on_busy(OnBusy::signal));
  machine.change({"a", "b", "c"});
  machine.change({"d"});
  EXPECT_THAT(machine.did(), ElementsAre("start 1", "signal 1", "signal 1"));
  EXPECT_FALSE(machine.time_left()) << "it was not asked to end";
  machine.end(1);
  EXPECT_THAT(machine.did(), IsEmpty()) << "the signal told it";
}

TEST(RunMachine, IgnoresWhatChangesWhileItRuns) {
  Machine machine(on_busy(OnBusy::ignore));
  machine.change({"a", "b"});
  machine.end(1);
  EXPECT_THAT(machine.did(), ElementsAre("start 1", "ignored 2"));
  machine.change({"c"});
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified c"));
}

TEST(RunMachine, OwnWritesAreThoseDuringTheRunOfNobodyKnownToBeAnother) {
  RunPolicy policy;
  policy.ignore_own_writes = true;
  Machine machine(policy);
  machine.did();
  Batch earlier;
  Event event = event_of(Kind::modified, EntryType::file, "saved-before-the-start");
  event.time = machine.now().wall - 30ms;
  earlier.append(event);
  machine.change({"own"});
  machine.change({"edited"}, Kind::modified, World::kForeign);
  machine.give(earlier);
  machine.change({"own2"}, Kind::modified, 5);
  EXPECT_THAT(machine.did(), ElementsAre("ignored 1", "ignored 1"));
  machine.end(1);
  EXPECT_THAT(machine.did(), ElementsAre("start 2 modified saved-before-the-start modified edited"));
  machine.end(2);
  machine.change({"later"});
  EXPECT_THAT(machine.did(), ElementsAre("start 3 modified later"));
}

TEST(RunMachine, StopAsksThenWaitsThenKills) {
  Machine machine;
  machine.stop();
  EXPECT_THAT(machine.did(), ElementsAre("start 1", "signal 1"));
  EXPECT_FALSE((*machine).exit_code());
  machine.change({"a"});
  machine.pass(5s);
  EXPECT_THAT(machine.did(), ElementsAre("tell of killing", "kill 1"));
  machine.end(1);
  EXPECT_EQ((*machine).exit_code(), 0);
  EXPECT_THAT(machine.did(), IsEmpty()) << "no new run";
}

TEST(RunMachine, StopDoesNotRepeatWhatTheTerminalHasSaid) {
  Machine machine;
  machine.did();
  machine.stop(true);
  EXPECT_THAT(machine.did(), IsEmpty());
  machine.world().leftovers = true;
  machine.end(1, {.code = 0, .signal = 2});
  EXPECT_THAT(machine.did(), IsEmpty()) << "they had it too, and have the time of the one that has ended";
  machine.pass(5s);
  EXPECT_THAT(machine.did(), ElementsAre("tell of killing", "kill leftovers", "kill leftovers"));
  machine.world().leftovers = false;
  machine.leftover_ended();
  EXPECT_EQ((*machine).exit_code(), 0);
}

TEST(RunMachine, TheSecondStopKills) {
  Machine machine;
  machine.stop();
  machine.did();
  machine.pass(99ms);
  machine.stop();
  EXPECT_THAT(machine.did(), IsEmpty()) << "the same request, sent to vigil and to its group";
  machine.pass(1ms);
  machine.stop();
  EXPECT_THAT(machine.did(), ElementsAre("kill 1"));
  machine.end(1);
  EXPECT_EQ((*machine).exit_code(), 0);
}

TEST(RunMachine, KillIsAtOnce) {
  Machine machine;
  machine.did();
  machine.kill();
  EXPECT_THAT(machine.did(), ElementsAre("kill 1"));
  machine.end(1);
  EXPECT_EQ((*machine).exit_code(), 0);
}

TEST(RunMachine, StopWithoutARunIsOverAtOnce) {
  Machine machine({.initial = false});
  machine.stop();
  EXPECT_EQ((*machine).exit_code(), 0);
}

TEST(RunMachine, StopEndsWhatIsLeft) {
  Machine machine;
  machine.world().leftovers = true;
  machine.end(1);
  machine.did();
  machine.stop();
  EXPECT_THAT(machine.did(), ElementsAre("signal leftovers"));
  machine.pass(100ms);
  machine.stop();
  EXPECT_EQ(machine.did().front(), "kill leftovers");
  machine.world().leftovers = false;
  machine.leftover_ended();
  EXPECT_EQ((*machine).exit_code(), 0);
}

TEST(RunMachine, StopWhileARestartIsUnderWayStartsNothing) {
  Machine machine(on_busy(OnBusy::restart));
  machine.change({"a"});
  machine.stop();
  machine.did();
  machine.end(1);
  EXPECT_THAT(machine.did(), IsEmpty());
  EXPECT_EQ((*machine).exit_code(), 0);
}

TEST(RunMachine, OnceEndsAsTheCommandDoes) {
  for (const auto& [ending, code] : std::map<int, int>{{0, 0}, {7, 7}}) {
    Machine machine({.initial = false, .once = true});
    machine.change({"a"});
    machine.end(1, {.code = ending, .signal = 0});
    EXPECT_EQ((*machine).exit_code(), code);
  }
  Machine machine({.initial = false, .once = true});
  machine.change({"a"});
  machine.end(1, {.code = 0, .signal = 11});
  EXPECT_EQ((*machine).exit_code(), 139);
}

TEST(RunMachine, OnceIsNotDoneWhenItIsStopped) {
  Machine machine({.initial = false, .once = true});
  machine.change({"a"});
  machine.stop(false, 130);
  machine.end(1);
  EXPECT_EQ((*machine).exit_code(), 130);
}

TEST(RunMachine, ACommandThatNeverStartedEndsIt) {
  Machine machine({.initial = false});
  machine.world().failure = 127;
  machine.change({"a"});
  EXPECT_EQ((*machine).exit_code(), 127);
}

TEST(RunMachine, ACommandThatStartedOnceIsTriedAgain) {
  Machine machine;
  machine.end(1);
  machine.world().failure = 127;
  machine.change({"a"});
  EXPECT_FALSE((*machine).exit_code());
  machine.world().failure.reset();
  machine.change({"b"});
  EXPECT_THAT(machine.did(), ElementsAre("start 1", "start 2 modified a fails", "start 3 modified b"));
}

RunPolicy each(std::size_t jobs, OnBusy choice = OnBusy::queue) {
  RunPolicy policy;
  policy.initial = false;
  policy.each = true;
  policy.jobs = jobs;
  policy.on_busy = choice;
  return policy;
}

TEST(RunMachine, EachPathHasItsRunInOrderAndSoManyAtATime) {
  Machine machine(each(2));
  machine.change({"c", "a", "b"});
  EXPECT_THAT(machine.did(), ElementsAre("start 1 for c modified c", "start 2 for a modified a"));
  machine.change({"c"});
  machine.change({"c"});
  EXPECT_THAT(machine.did(), IsEmpty());
  machine.end(2);
  EXPECT_THAT(machine.did(), ElementsAre("start 3 for b modified b"));
  machine.end(1);
  EXPECT_THAT(machine.did(), ElementsAre("start 4 for c modified c"));
  machine.end(3);
  machine.end(4);
  EXPECT_THAT(machine.did(), IsEmpty());
}

TEST(RunMachine, EachRestartsTheRunOfThatPathOnly) {
  Machine machine(each(2, OnBusy::restart));
  machine.change({"a", "b"});
  machine.did();
  machine.change({"b"});
  EXPECT_THAT(machine.did(), ElementsAre("signal 2"));
  machine.end(2);
  EXPECT_THAT(machine.did(), ElementsAre("start 3 for b modified b"));
}

TEST(RunMachine, EachLeavesDirectoriesOut) {
  Machine machine(each(1));
  Batch batch;
  batch.append(event_of(Kind::created, EntryType::directory, "d"));
  batch.append(event_of(Kind::created, EntryType::file, "d/f"));
  machine.give(batch);
  EXPECT_THAT(machine.did(), ElementsAre("start 1 for d/f created d/f"));
}

TEST(RunMachine, EachRunIsStopped) {
  Machine machine(each(3));
  machine.change({"a", "b", "c", "d"});
  machine.did();
  machine.stop();
  EXPECT_THAT(machine.did(), ElementsAre("signal 1", "signal 2", "signal 3"));
  machine.end(3);
  machine.end(1);
  EXPECT_FALSE((*machine).exit_code());
  machine.pass(5s);
  EXPECT_THAT(machine.did(), ElementsAre("tell of killing", "kill 2"));
  machine.end(2);
  EXPECT_EQ((*machine).exit_code(), 0);
  EXPECT_THAT(machine.did(), IsEmpty());
}

TEST(RunMachine, SeveralThatCannotBeKilledAreAllGivenUp) {
  Machine machine(each(2));
  machine.change({"a", "b"});
  machine.stop();
  machine.pass(5s);
  machine.pass(2s);
  EXPECT_EQ((*machine).exit_code(), 0);
}

TEST(RunMachine, WhatWaitsIsBounded) {
  Machine machine;
  const std::string name(1000, 'x');
  for (int index = 0; (*machine).has_room(); ++index) {
    ASSERT_LT(index, 100'000);
    machine.change({name + std::to_string(index)});
  }
  machine.end(1);
  EXPECT_TRUE((*machine).has_room());
}

TEST(RunMachine, ALoopIsNamed) {
  Machine machine;
  for (int run = 1; run <= 5; ++run) {
    machine.change({"other" + std::to_string(run), "log"});
    machine.pass(10ms);
    machine.did();
    machine.end(run);
  }
  EXPECT_EQ(machine.did().front(), "loop by log");
  machine.change({"log"});
  machine.end(6);
  EXPECT_EQ(machine.did().size(), 1U) << "once is enough";
}

TEST(RunMachine, APersonWhoSavesBetweenTheRunsIsNoLoop) {
  Machine machine;
  for (int run = 1; run <= 10; ++run) {
    machine.end(run);
    machine.pass(60ms);
    machine.change({"source"});
    EXPECT_THAT(machine.did().size(), run == 1 ? 2U : 1U) << run;
  }
}

TEST(RunMachine, ServersThatAreRestartedOftenAreNoLoopUnlessAtOnce) {
  for (const auto pause : {3000ms, 500ms}) {
    Machine machine(on_busy(OnBusy::restart));
    std::string all;
    for (int run = 1; run <= 6; ++run) {
      machine.pass(pause);
      machine.change({"source"});
      machine.end(run);
      for (const std::string& each : machine.did()) all += each + "\n";
    }
    EXPECT_EQ(all.find("loop") != std::string::npos, pause == 500ms) << all;
  }
}

}  // namespace
}  // namespace vigil::cli
