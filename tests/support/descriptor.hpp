// Waiting at a watcher's descriptor, as a program's own event loop does.
#pragma once

#include <vigil/descriptor.hpp>

#include <chrono>

namespace vigil::testing {

// Sleeps until it is readable, at most so long.
bool is_readable(Descriptor descriptor, std::chrono::milliseconds timeout);

}  // namespace vigil::testing
