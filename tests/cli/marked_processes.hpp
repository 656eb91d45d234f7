// Finds the processes that a test has started, wherever they have gone.
#pragma once

#include "cli/process_list_linux.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace vigil::cli {

// A variable for the environment of a command, by which it and all that it starts are found again.
class Mark {
 public:
  explicit Mark(const std::string& text) : variable_("VIGIL_TEST_MARK=" + text) {}

  const std::string& variable() const { return variable_; }

  // Those that live, but for `except`.
  std::vector<ProcessEntry> processes(pid_t except = 0) const;

  // The same, when there are so many; those there are when kPatience has passed.
  std::vector<ProcessEntry> at_least(std::size_t count, pid_t except) const;

  // Waits until there is none; false when kPatience has passed.
  bool all_end() const;

 private:
  std::string variable_;
};

// Whether any of them lives.
bool any_lives(const std::vector<ProcessEntry>& processes);

}  // namespace vigil::cli
