// Who uses the watches and instances of inotify, and the marks and groups of fanotify, that a user may have.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace vigil::backend::inotify {

struct Usage {
  struct Process {
    int id = 0;
    std::string name;
    std::size_t watches = 0;
    std::size_t instances = 0;
    std::size_t fanotify_marks = 0;
    std::size_t fanotify_groups = 0;
  };
  std::vector<Process> processes;  // that have instances or groups, in no order
  bool complete = true;            // all of the user's were looked at
};

// Looks into the processes of this process's user, for so long at most: thousands of watches take the kernel a
// millisecond to tell. `proc` is where proc(5) is mounted.
Usage look_at_usage(const std::string& proc = "/proc",
                    std::chrono::milliseconds time_max = std::chrono::milliseconds(50));

// "of which 65012 are in use: code (process 12) 60000, node (process 34) 5000, web (process 5) 9, others 3"; empty
// where nobody uses any.
std::string describe_usage(const Usage& usage, std::size_t Usage::Process::*count);

}  // namespace vigil::backend::inotify
