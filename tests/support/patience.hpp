// How long anything may take before a test gives up on it.
#pragma once

#include <chrono>
#include <filesystem>

namespace vigil::testing {

// Long enough for a machine that does other things as well. Under Wine a look at a file is a dozen questions to another
// process, and before each of them both may have to wait for a processor.
inline constexpr std::chrono::seconds kPatience{std::filesystem::path::preferred_separator == '/' ? 30 : 100};

}  // namespace vigil::testing
