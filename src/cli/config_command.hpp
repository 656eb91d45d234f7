// `vigil config`: which options are in force, and where each comes from.
#pragma once

#include "cli/config_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// Prints the options of the commands; `file` is what they would be read from. The exit code.
int show_config(const std::vector<std::string>& commands, const std::optional<ConfigFile>& file, bool json);

}  // namespace vigil::cli
