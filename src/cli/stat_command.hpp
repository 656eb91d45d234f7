// `vigil stat`: how much changes, of what kind, where.
#pragma once

#include <vigil/options.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// Understood and free of contradictions.
struct StatCommand {
  std::vector<std::string> paths;                 // as written; at least one, none empty
  std::optional<std::chrono::milliseconds> time;  // to count for; nothing: until a signal
  std::size_t top = 10;                           // lines of each table
  bool json = false;
  Options watcher;
  RootOptions root;
};

// Counts, then tells; returns the exit code. Expects to be called once, before the process has any other thread.
int run(const StatCommand& command);

}  // namespace vigil::cli
