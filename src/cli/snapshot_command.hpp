// `vigil snapshot`.
#pragma once

#include "cli/snapshot_options.hpp"

namespace vigil::cli {

// Takes it, saves it, and returns the exit code.
int snapshot(const SnapshotCommand& command);

}  // namespace vigil::cli
