// The processes of the command: started, waited for, and ended with all that they have started themselves.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/result.hpp>

#include "cli/run_command.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vigil::cli {

// A run about to be started.
struct StartPlan {
  std::vector<std::string> words;      // the program and its arguments; with `shell` the text of a program first
  bool shell = false;                  // further words are its positional parameters, where the shell has any
  std::vector<std::string> variables;  // "NAME=VALUE", in place of those of vigil's own that have the same name
  CommandInput input = CommandInput::inherit;
  std::string input_text{};  // with CommandInput::json
  int signal = 0;            // that the command gets should vigil be killed, where the system can do that
};

// Why a run did not start.
struct StartFailure {
  enum class Cause { not_found, not_executable, too_large, system };
  Cause cause = Cause::system;
  int code = 0;         // the system's
  std::string message;  // a sentence without the name of the command
};

// What happened while sleep() slept, or before.
struct RunEnded {
  RunId run;
  RunEnding ending;
};
struct LeftoverEnded {};
struct Interrupted {
  int signal = 0;
  bool reached_command = false;  // the terminal sent it to the processes of the command as well
  bool at_once = false;          // everything is to be killed
  bool is_insistent = true;      // when it is the second, everything is to be killed
};
struct Woken {};
using Occurrence = std::variant<RunEnded, LeftoverEnded, Interrupted, Woken>;

// All processes of all runs, and the signals that vigil itself gets. There is one of these at a time.
//
// On Linux this process becomes the one that orphans below it are given to, so none is lost from sight, whatever group
// or session it has gone to. On a terminal the command stays in vigil's own process group: it can read from it, and
// Ctrl-C and Ctrl-Z reach both. Elsewhere each run has a group of its own. On Windows each run is a job.
//
// One thread at a time, but wake() from any.
class ProcessTrees {
 public:
  // To be called before the process has any other thread, which would get the signals.
  static Result<std::unique_ptr<ProcessTrees>> open();

  virtual ~ProcessTrees() = default;

  // Never waits for the new process, but until it is known that it could be executed.
  virtual std::optional<StartFailure> start(RunId run, const StartPlan& plan) = 0;

  // Sends the signal to all processes of the run, or of what ended runs have left behind. Force::give_up forgets them.
  virtual void push(RunId run, Force force, int signal) = 0;
  virtual bool has_leftovers() = 0;
  virtual void push_leftovers(Force force, int signal) = 0;

  // Whether the process lives and is none of those above.
  virtual bool is_foreign(int pid) = 0;

  // Sleeps until something has occurred, the descriptor is readable or the time has come.
  virtual void sleep(std::optional<Descriptor> descriptor,
                     std::optional<std::chrono::steady_clock::time_point> until) = 0;
  virtual std::optional<Occurrence> next() = 0;

  // Ends the sleep under way, or the next one, with Woken. Any thread.
  virtual void wake() = 0;

  // Puts the terminal back into the state it was in before the runs that have ended.
  virtual void restore_terminal() = 0;
};

// What one list of paths in the environment may take: so much that a system has room for four of them.
std::size_t environment_list_bytes_max();

// "TERM", "SIGTERM", or where signals have numbers "15".
std::optional<int> signal_named(std::string_view name);

// "SIGTERM".
std::string name_of_signal(int signal);

// The signal that asks a program to end.
int default_stop_signal();

}  // namespace vigil::cli
