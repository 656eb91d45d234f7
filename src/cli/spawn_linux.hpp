// Starts a program, as posix_spawn() would, with what that cannot do.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace vigil::cli {

struct Spawn {
  std::vector<std::string> words;      // the program, looked for in PATH unless it holds a '/', and its arguments
  std::vector<std::string> variables;  // the whole environment
  int input = -1;                      // becomes the standard input; -1: as it is
  bool own_group = false;
  int parent_death_signal = 0;  // sent when the thread that calls spawn() ends; 0: none
  sigset_t signal_mask{};
};

struct Spawned {
  pid_t pid = -1;
  int error = 0;  // why there is none: what execve() or vfork() says
};

// Returns when the program is executed, or cannot be. Whatever the size of this process, none of its memory is copied.
Spawned spawn(const Spawn& plan);

}  // namespace vigil::cli
