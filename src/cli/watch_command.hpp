// `vigil watch`.
#pragma once

#include "cli/watch_options.hpp"

namespace vigil::cli {

// Watches and writes until told to stop; returns the exit code. Expects to be called once, before the process has any
// other thread.
int watch(const WatchCommand& command);

}  // namespace vigil::cli
