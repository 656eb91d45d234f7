// Files that the command itself writes into a tree that it watches.
#pragma once

#include <vigil/options.hpp>

#include <string>
#include <string_view>

namespace vigil::cli {

// Behind the name of a snapshot that a watch keeps current: what was told since it was saved.
inline constexpr std::string_view kTold = ".told";

// Leaves a snapshot's file out of the root, with those that are written beside it, where it is below it. Both paths are
// absolute. Each glob is added once.
void exclude_snapshot_file(const std::string& file, const std::string& root, RootOptions& options);

}  // namespace vigil::cli
