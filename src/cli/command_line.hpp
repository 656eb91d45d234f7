// What the command line asks for.
#pragma once

#include "cli/command_options.hpp"

#include <string>
#include <variant>
#include <vector>

namespace vigil::cli {

// A command line that is answered at once: a text asked for, for the standard output.
struct Answer {
  std::string text;
};

// A command line that makes no sense, and why: for the standard error, with kExitUsage.
struct UsageError {
  std::string message;
};

using CommandLine = std::variant<Action, Answer, UsageError>;

// `arguments` come without the name of the program. Reads the configuration file that they name, or that is found
// upwards from the current directory; what is to be said of it without failing is diagnosed.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace vigil::cli
