// The help, made from the definition of the options.
#pragma once

#include "cli/command_options.hpp"

#include <string>

namespace vigil::cli {

std::string help_of_commands();
std::string help_of(const CommandOptions& command);

// The options of the command under each heading, in the order of both. For whatever else is made from the definition.
struct OptionGroup {
  std::string title;
  std::vector<const CLI::Option*> options;
};
std::vector<OptionGroup> option_groups(const CommandOptions& command);

// "-e, --extension EXT,...".
std::string option_signature(const CLI::Option& option);

// The description, and what the option is unless given.
std::string option_description(const CLI::Option& option);

}  // namespace vigil::cli
