// The commands there are.
#pragma once

#include "cli/command_options.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace vigil::cli {

struct CommandEntry {
  std::string_view name;
  std::string_view summary;  // half a line, as the list of commands has it
  std::unique_ptr<CommandOptions> (*options)();
};

// In the order the help lists them.
std::span<const CommandEntry> commands();

// Nothing where none has the name.
const CommandEntry* find_command(std::string_view name);

}  // namespace vigil::cli
