// What the command has to say besides the stream of events: on the standard error, one line a message.
#pragma once

#include <string_view>

namespace vigil::cli {

// Prints "vigil: MESSAGE" in one piece, made visible (visible.hpp). Thread-safe.
void diagnose(std::string_view message);

// Writes all of the text to the standard output and gives the exit code: one that nobody reads any more is done, and
// what else cannot be written is diagnosed.
int print(std::string_view text);

}  // namespace vigil::cli
