// The helper processes of this test program.
#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

namespace vigil::isolation {

struct Child {
  pid_t pid = 0;
  char state =
      '?';  // as in /proc/PID/stat: 'Z' has ended and was not collected, 'D' hangs in the system, 'T' is stopped
};

// The children of this process that are helpers, and those that were one.
std::vector<Child> helpers();

// The same once those that were killed are gone, which a busy machine takes its time for.
std::vector<Child> helpers_left();

// Fails the test unless there is one.
pid_t only_helper();

// How many signals, records and the like it has woken up for so far.
std::size_t sleeps_of(pid_t pid);

}  // namespace vigil::isolation
