// `vigil run`.
#pragma once

#include <vigil/options.hpp>

#include "cli/run_machine.hpp"
#include "cli/verbosity.hpp"

#include <string>
#include <vector>

namespace vigil::cli {

// What the command has as its standard input.
enum class CommandInput {
  inherit,  // what vigil has
  null,     // nothing
  json,     // the changes that caused the run, as `vigil watch --format json` tells them
};

// Understood and free of contradictions. The globs are not yet read: Watcher::add() does that.
struct RunCommand {
  std::vector<std::string> paths;  // as written; at least one, none empty
  std::vector<std::string> words;  // the command; at least one
  bool shell = false;              // the words are the text of a program for the shell
  RunPolicy policy;
  Options watcher;
  RootOptions root;
  int signal = 0;  // that asks the command to end, see signal_named()
  CommandInput input = CommandInput::inherit;
  bool clear = false;
  bool why = false;
  Verbosity verbosity = Verbosity::normal;
};

// Runs the command until told to stop; returns the exit code. Expects to be called once, before the process has any
// other thread.
int run(const RunCommand& command);

}  // namespace vigil::cli
