// Whether what is done in a directory is told, found out by doing something.
#pragma once

#include <vigil/watcher.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// How one change was told.
struct Told {
  std::chrono::nanoseconds after{};
  bool was_compared = false;  // found by comparing, not by a record of the kernel
};

struct ProbeResult {
  std::string backend;               // as `ready` told it
  std::vector<std::string> reasons;  // of notices, each once
  std::optional<Told> created;
  std::optional<Told> removed;
  std::string failure;      // why one of these is missing, in words
  bool could_write = true;  // false: the directory cannot be tried, and that may be all that is wrong
  bool told() const { return created && removed; }
};

// Writes a file into the directory, waits for it to be told, removes it, and waits for that, each for so long at most.
// `path` has been added to the watcher just before, and nothing else is watched by it.
ProbeResult probe_directory(Watcher& watcher, const std::string& path, std::chrono::steady_clock::duration timeout);

// Without touching anything: what the watch itself tells.
ProbeResult look_at_watch(Watcher& watcher);

}  // namespace vigil::cli
