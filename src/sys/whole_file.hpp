// Files that are read and written as a whole.
#pragma once

#include "sys/outcome.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace vigil::sys {

// All of a regular file, by a path as the user writes it. kNotWatchable for what is no regular file, kNoMemory for one
// that is larger than `size_max`.
Outcome<std::string> read_whole_file(const std::string& path, std::size_t size_max);

// The same in pieces, of a file that is no link, however large. Gives 0 or the system's error.
int read_in_pieces(const std::string& path, const std::function<void(std::string_view)>& take);

// Puts a file of these bytes at the path, or leaves what was there: whatever happens meanwhile, the one or the other is
// there, and after success the new one is on the disk. It is written beside the path, with kUnfinished after its name;
// what an earlier process left of that is written over. A link at the path stays, and what it leads to is replaced. The
// file can be read by its owner alone, or, where there was one, by whoever could read that. kBusy while another process
// does the same. Gives 0 or the system's error.
int replace_whole_file(const std::string& path, std::string_view bytes);

inline constexpr std::string_view kUnfinished = ".new";

extern const int kBusy;  // EBUSY; ERROR_SHARING_VIOLATION

}  // namespace vigil::sys
