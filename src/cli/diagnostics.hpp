// What the command has to say besides the stream of events: on the standard error, one line a message.
#pragma once

#include <string_view>

namespace vigil::cli {

// Prints "vigil: MESSAGE" in one piece, made visible (visible.hpp). Thread-safe.
void diagnose(std::string_view message);

}  // namespace vigil::cli
