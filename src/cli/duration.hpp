// Stretches of time on the command line.
#pragma once

#include <vigil/result.hpp>

#include <chrono>
#include <string_view>

namespace vigil::cli {

// Reads "50ms", "1.5s", "2m" or "1h"; a number alone counts in `unit`. Parts of a millisecond are rounded up. Fails for
// anything else, and beyond a year.
Result<std::chrono::milliseconds> parse_duration(std::string_view text, std::chrono::milliseconds unit);

}  // namespace vigil::cli
