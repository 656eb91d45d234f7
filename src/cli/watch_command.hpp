// `vigil watch`.
#pragma once

#include "cli/event_writer.hpp"
#include "cli/watch_options.hpp"

#include <memory>
#include <string>

namespace vigil::cli {

// Watches and writes until told to stop; returns the exit code. Expects to be called once, before the process has any
// other thread.
int watch(const WatchCommand& command);

// Of what was asked for; paths below `directory` may be shown relative to it.
std::unique_ptr<EventWriter> make_writer(const WatchCommand& command, const std::string& directory);

}  // namespace vigil::cli
