// `vigil since`.
#pragma once

#include "cli/snapshot_options.hpp"

namespace vigil::cli {

// Writes what changed, and returns the exit code.
int since(const SinceCommand& command);

}  // namespace vigil::cli
