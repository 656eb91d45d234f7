// How editors save a file.
#pragma once

#include <vigil/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vigil::conformance {

// Saves `path`, which exists, in one of these styles:
//   in-place    written over
//   truncate    emptied, then written by a second opening
//   vim         moved to a backup, written anew under its name, backup removed
//   vim-backup  the same, and the backup stays
//   emacs       a lock beside it, moved to a backup that stays, written anew
//   atomic      a new file is written beside it and moved over it
Status save_like_editor(const std::string& path, std::string_view style);

// Every other name a style may use beside `path`.
std::vector<std::string> names_used_by_editors(const std::string& path);

}  // namespace vigil::conformance
