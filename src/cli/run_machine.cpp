#include "cli/run_machine.hpp"

#include "cli/event_writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace vigil::cli {
namespace {

// Paths without a run that are remembered, so that one that runs over and over is noticed.
constexpr std::size_t kIdleMax = 4096;

constexpr int kKilled = 9;

}  // namespace

void RunMachine::begin(RunMoment now) {
  began_ = true;
  if (stopping_ || !policy_.initial) return;
  Slot& slot = slot_of({});
  slot.wanted = true;
  queue({}, slot);
  start_waiting(now);
}

void RunMachine::changed(const Batch& batch, RunMoment now) {
  if (!began_ || stopping_) return;
  std::size_t ignored = 0;
  signalled_.clear();
  for (const Event& event : batch) {
    if (is_change(event.kind) && !take_in(event, now)) ++ignored;
  }
  if (ignored > 0) world_.tell_ignored(ignored);
  start_waiting(now);
}

RunMachine::Slot& RunMachine::slot_of(const std::string& path) {
  return slots_.try_emplace(path, policy_.on_busy == OnBusy::restart).first->second;
}

// False when the change is without consequence.
bool RunMachine::take_in(const Event& event, RunMoment now) {
  // A directory that was made is no file to run something for, and what is in it is told by itself.
  if (policy_.each && event.type == EntryType::directory) return true;
  if (policy_.ignore_own_writes && is_own(event)) return false;
  const std::string path(policy_.each ? event.path : std::string_view());
  Slot& slot = slot_of(path);
  if (slot.run && policy_.on_busy == OnBusy::ignore) return false;
  if (slot.run && policy_.on_busy == OnBusy::signal) {
    // With a batch comes one signal, however many changes it has.
    if (signalled_.insert(*slot.run).second) world_.push(*slot.run, Force::signal);
    return true;
  }
  const std::size_t before = slot.pending.bytes();
  slot.pending.add(event);
  bytes_ += slot.pending.bytes() - before;
  if (!slot.run) {
    queue(path, slot);
  } else if (policy_.on_busy == OnBusy::restart) {
    push_busy(slot, now);
  }
  return true;
}

bool RunMachine::is_own(const Event& event) {
  return active_ > 0 && event.time >= busy_since_ - LoopGuard::kEarly && !world_.is_foreign(event.pid);
}

void RunMachine::push_busy(Slot& slot, RunMoment now) {
  if (slot.farewell) return;
  slot.farewell = farewell_from(now);
  world_.push(*slot.run, Force::signal);
}

void RunMachine::queue(const std::string& path, Slot& slot) {
  if (std::exchange(slot.waiting, true)) return;
  waiting_.push_back(path);
}

void RunMachine::start_waiting(RunMoment now) {
  while (!stopping_ && active_ < policy_.jobs && !waiting_.empty()) {
    if (active_ == 0 && !leftovers_are_gone(now)) return;
    const std::string path = std::move(waiting_.front());
    waiting_.pop_front();
    start(path, slots_.at(path), now);
  }
  finish_if_over(now);
}

void RunMachine::start(const std::string& path, Slot& slot, RunMoment now) {
  slot.waiting = false;
  bytes_ -= slot.pending.bytes();
  const Batch changes = slot.pending.take();
  if (changes.empty() && !slot.wanted) return forget_if_idle(path);  // what came is gone again
  slot.wanted = false;
  const std::optional<std::string> culprit = slot.guard.started(changes, now.wall);
  if (culprit) world_.tell_loop(*culprit);
  const RunId run = ++last_run_;
  const std::optional<int> failure = world_.start(run, path, changes);
  if (!failure) {
    started_one_ = true;
    if (active_ == 0) busy_since_ = now.wall;
    ++active_;
    slot.run = run;
    paths_.emplace(run, path);
    return;
  }
  // A command that has run before may be there again after the next change: it is being built, perhaps.
  if (!started_one_ || policy_.once) stopping_ = *failure;
  forget_if_idle(path);
}

// What the guards know is kept as long as there are few.
void RunMachine::forget_if_idle(const std::string& path) {
  const auto slot = slots_.find(path);
  if (slots_.size() > kIdleMax && !slot->second.run && !slot->second.waiting) slots_.erase(slot);
}

void RunMachine::ended(RunId run, const RunEnding& ending, RunMoment now) {
  const auto entry = paths_.find(run);
  if (entry == paths_.end()) return;
  const std::string path = std::move(entry->second);
  paths_.erase(entry);
  Slot& slot = slots_.at(path);
  --active_;
  slot.run.reset();
  slot.guard.ended(now.wall);
  // All processes were pushed with it, if it was the only run: there is no reason to grant them more time.
  if (slot.farewell && policy_.jobs == 1) leftovers_ = slot.farewell;
  world_.tell_ended(run, ending, slot.farewell.has_value());
  slot.farewell.reset();
  if (policy_.once && !stopping_) stopping_ = exit_code_of(ending);
  if (!slot.pending.empty()) queue(path, slot);
  forget_if_idle(path);
  start_waiting(now);
}

void RunMachine::leftover_ended(RunMoment now) {
  if (leftovers_) start_waiting(now);
}

// Starts to end them where there are any.
bool RunMachine::leftovers_are_gone(RunMoment now) {
  if (!world_.has_leftovers()) {
    leftovers_.reset();
    return true;
  }
  if (!leftovers_) {
    leftovers_ = farewell_from(now);
    world_.push_leftovers(Force::signal);
  } else if (leftovers_->force == Force::kill) {
    world_.push_leftovers(Force::kill);  // those that were started while the others were killed
  }
  return false;
}

void RunMachine::stop(int exit_code, bool asked_already, RunMoment now) {
  if (asked_to_stop_) {
    if (now.steady >= *asked_to_stop_ + kSameRequest) kill(exit_code, now);
    return;
  }
  asked_to_stop_ = now.steady;
  if (!stopping_) stopping_ = exit_code;
  for (const auto& [run, path] : paths_) {
    Slot& slot = slots_.at(path);
    if (slot.farewell) continue;
    slot.farewell = farewell_from(now);
    if (!asked_already) world_.push(run, Force::signal);
  }
  finish_if_over(now);
}

void RunMachine::kill(int exit_code, RunMoment now) {
  if (!stopping_) stopping_ = exit_code;
  const Farewell killed{now.steady + kKillTime, Force::kill};
  for (const auto& [run, path] : paths_) {
    slots_.at(path).farewell = killed;
    world_.push(run, Force::kill);
  }
  if (active_ == 0 && world_.has_leftovers()) {
    leftovers_ = killed;
    world_.push_leftovers(Force::kill);
  }
  finish_if_over(now);
}

void RunMachine::finish_if_over(RunMoment now) {
  if (!stopping_ || exit_code_ || active_ > 0) return;
  if (leftovers_are_gone(now)) exit_code_ = stopping_;
}

// The next force, when the time for the last is up.
bool RunMachine::escalate(Farewell& farewell, RunMoment now) {
  if (now.steady < farewell.deadline || farewell.force == Force::give_up) return false;
  farewell.force = farewell.force == Force::signal ? Force::kill : Force::give_up;
  farewell.deadline = now.steady + kKillTime;
  return true;
}

void RunMachine::passed(RunMoment now) {
  std::vector<RunId> given_up;
  for (const auto& [run, path] : paths_) {
    std::optional<Farewell>& farewell = slots_.at(path).farewell;
    if (!farewell || !escalate(*farewell, now)) continue;
    if (farewell->force == Force::kill) world_.tell_killing(false);
    world_.push(run, farewell->force);
    if (farewell->force == Force::give_up) given_up.push_back(run);
  }
  if (leftovers_ && escalate(*leftovers_, now)) {
    if (leftovers_->force == Force::kill) world_.tell_killing(true);
    if (leftovers_->force == Force::give_up) world_.tell_given_up();
    world_.push_leftovers(leftovers_->force);
    start_waiting(now);
  }
  if (!given_up.empty()) world_.tell_given_up();
  for (const RunId run : given_up) ended(run, {.code = 0, .signal = kKilled}, now);
}

std::optional<std::chrono::steady_clock::time_point> RunMachine::deadline() const {
  std::optional<Time> next;
  const auto consider = [&next](const std::optional<Farewell>& farewell) {
    if (!farewell || farewell->force == Force::give_up) return;
    next = next ? std::min(*next, farewell->deadline) : farewell->deadline;
  };
  consider(leftovers_);
  for (const auto& [run, path] : paths_) consider(slots_.at(path).farewell);
  return next;
}

}  // namespace vigil::cli
