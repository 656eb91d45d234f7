// `vigil watch --probe`: whether what is done below a path is told.
#pragma once

#include <vigil/watcher.hpp>

#include "cli/stop_thread.hpp"
#include "cli/watch_options.hpp"

#include <string>
#include <vector>

namespace vigil::cli {

// Writes a file into each directory, waits for it to be told, removes it and waits for that. Says on the standard
// output by what and after how long each was told. The exit code: kExitDone where all was, kExitFailed where something
// was not, or a file could not be written. `paths` are absolute and not yet watched.
int probe(const WatchCommand& command, Watcher& watcher, const std::vector<std::string>& paths, const StopThread& stop);

}  // namespace vigil::cli
