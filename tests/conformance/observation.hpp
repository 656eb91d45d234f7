// What a watcher said, in the one form that every watcher can be brought to.
#pragma once

#include <vigil/event.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace vigil::conformance {

// One statement of a watcher. Paths are absolute; a field the watcher has no word for keeps its default.
struct Observation {
  Kind kind = Kind::error;
  EntryType type = EntryType::unknown;
  bool synthetic = false;
  bool replaced = false;
  int code = 0;
  std::uint64_t seq = 0;
  std::string path;
  std::string from;
  std::string reason;
};

// What is on disk, or what a watcher makes one believe: absolute path to type. A type of `unknown` is one nobody told.
using Listing = std::map<std::string, EntryType>;

// Whether `path` is `directory` or lies below it.
inline bool is_within(const std::string& path, const std::string& directory) {
  return path.compare(0, directory.size(), directory) == 0 &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace vigil::conformance
