// The texts of --help. docs/cli.md says the same at greater length.
#pragma once

#include <string_view>

namespace vigil::cli {

extern const std::string_view kHelp;
extern const std::string_view kWatchHelp;

}  // namespace vigil::cli
