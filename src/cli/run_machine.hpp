// What `vigil run` does when something changes, a run of the command ends, somebody wants it to stop, or time passes.
#pragma once

#include <vigil/event.hpp>

#include "cli/loop_guard.hpp"
#include "cli/run_changes.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace vigil::cli {

// What a change does while the command is running.
enum class OnBusy {
  queue,    // the command runs once more when it has ended
  restart,  // it is ended, and runs anew
  signal,   // it is sent the signal
  ignore,   // nothing
};

using RunId = int;  // from 1 on, in the order of the starts

// How a run ended.
struct RunEnding {
  int code = 0;    // what the command exited with
  int signal = 0;  // or what ended it; 0 where nothing did
};

// What a shell's $? would be.
constexpr int exit_code_of(const RunEnding& ending) { return ending.signal != 0 ? 128 + ending.signal : ending.code; }

// The moment of an input: the steady clock for deadlines, the time of events to compare them with.
struct RunMoment {
  std::chrono::steady_clock::time_point steady;
  Timestamp wall;
};

// How hard processes are pushed to end.
enum class Force {
  signal,   // the signal of --signal
  kill,     // what cannot be refused
  give_up,  // even that was to no avail: they are left alone from now on
};

// The processes, as the machine sees them, and whom it tells. Faked in tests.
class RunWorld {
 public:
  virtual ~RunWorld() = default;

  // Starts a run; `path` is that of --each, or empty. Fails with the exit code that says why, when it was told.
  virtual std::optional<int> start(RunId run, const std::string& path, const Batch& changes) = 0;

  // Pushes all processes of a run. Its end is told to the machine by ended().
  virtual void push(RunId run, Force force) = 0;

  // Whether processes are left of runs that have ended. Asked only while nothing runs.
  virtual bool has_leftovers() = 0;
  virtual void push_leftovers(Force force) = 0;

  // Whether that process is known to be none of the command's; false where nobody knows.
  virtual bool is_foreign(int pid) = 0;

  // What a person may want to know.
  virtual void tell_ended(RunId run, const RunEnding& ending, bool was_asked) = 0;
  virtual void tell_killing(bool leftovers) = 0;
  virtual void tell_given_up() = 0;
  virtual void tell_ignored(std::size_t changes) = 0;
  virtual void tell_loop(const std::string& path) = 0;
};

struct RunPolicy {
  OnBusy on_busy = OnBusy::queue;
  std::chrono::milliseconds stop_timeout{5000};
  bool initial = true;
  bool once = false;  // ends with the first run
  bool each = false;  // a run for each changed path
  std::size_t jobs = 1;
  bool ignore_own_writes = false;
};

// Decides; the world does. Everything is kept apart by path with `each`; otherwise there is one path, the empty one.
//
// A run is its whole tree of processes. It has ended when the command's own process has; what that leaves behind goes
// on until the next run is to start, or vigil to end: then it is pushed, waited for, and killed.
//
// Pure: its only clock is the moment passed in. One thread at a time.
class RunMachine {
 public:
  // Changes held back at most, in bytes. Beyond, has_room() is false.
  static constexpr std::size_t kBytesMax = std::size_t{32} << 20;

  static constexpr std::chrono::milliseconds kSameRequest{100};

  // How long what was killed is waited for.
  static constexpr std::chrono::seconds kKillTime{2};

  RunMachine(const RunPolicy& policy, RunWorld& world) : policy_(policy), world_(world) {}

  // The watch is established. Changes before that are of no interest: the first run sees their result.
  void begin(RunMoment now);

  void changed(const Batch& batch, RunMoment now);
  void ended(RunId run, const RunEnding& ending, RunMoment now);

  // Some process has ended that is no run's own.
  void leftover_ended(RunMoment now);

  // Somebody wants vigil to end, with this code: at first by asking the command to. `asked_already`: the terminal sent
  // the same signal to the command. At the next call everything is killed; but one that follows at once is the same
  // request once more, as from somebody who signals vigil and its process group.
  void stop(int exit_code, bool asked_already, RunMoment now);
  void kill(int exit_code, RunMoment now);

  bool is_stopping() const { return stopping_.has_value(); }

  void passed(RunMoment now);

  // When passed() is to be called.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;

  // Whether changes should be fetched. What is not fetched stays with the watcher, which loses nothing.
  bool has_room() const { return bytes_ < kBytesMax; }

  bool is_busy() const { return active_ > 0; }

  // Set when all is over.
  std::optional<int> exit_code() const { return exit_code_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  // Processes on their way out.
  struct Farewell {
    Time deadline;
    Force force = Force::signal;
  };

  struct Slot {
    explicit Slot(bool restarts) : guard(restarts) {}

    RunChanges pending;
    bool wanted = false;  // a run without changes: the first
    bool waiting = false;
    std::optional<RunId> run;
    std::optional<Farewell> farewell;
    LoopGuard guard;
  };

  using Slots = std::map<std::string, Slot>;

  Slot& slot_of(const std::string& path);
  bool take_in(const Event& event, RunMoment now);
  bool is_own(const Event& event);
  void push_busy(Slot& slot, RunMoment now);
  void queue(const std::string& path, Slot& slot);
  void start_waiting(RunMoment now);
  void start(const std::string& path, Slot& slot, RunMoment now);
  void forget_if_idle(const std::string& path);
  bool leftovers_are_gone(RunMoment now);
  void finish_if_over(RunMoment now);
  bool escalate(Farewell& farewell, RunMoment now);
  Farewell farewell_from(RunMoment now) const { return {now.steady + policy_.stop_timeout, Force::signal}; }

  const RunPolicy policy_;
  RunWorld& world_;
  Slots slots_;
  std::deque<std::string> waiting_;  // paths, in the order of their changes
  std::map<RunId, std::string> paths_;
  std::size_t active_ = 0;
  std::size_t bytes_ = 0;  // of all pending changes
  RunId last_run_ = 0;
  bool started_one_ = false;
  bool began_ = false;
  Timestamp busy_since_{};
  std::set<RunId> signalled_;  // because of the batch at hand
  std::optional<Farewell> leftovers_;
  std::optional<int> stopping_;  // with what exit code
  std::optional<Time> asked_to_stop_;
  std::optional<int> exit_code_;
};

}  // namespace vigil::cli
