// The engine and a backend over the simulated kernel, with others at work between any two of their calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace vigil::sim {

// Whose way of telling changes is simulated.
enum class System { linux_inotify, windows, polled };

struct Outcome {
  std::string failure;  // empty when the promise was kept
  std::string log;      // what happened, when asked for

  // What the run met, so that a test can tell that it met something.
  std::uint64_t events = 0;
  std::uint64_t losses = 0;
  std::uint64_t degraded = 0;
  std::uint64_t restored = 0;
  std::uint64_t renamed = 0;
  std::size_t listed_ahead = 0;  // directories
};

// What the seed chooses from.
struct Choices {
  System system = System::linux_inotify;
  bool heeds_ignore_files = false;  // the watch does, and they are among what is worked on
};

// Runs `operations` random operations. The seed also chooses the options of the kernel and of the watch, and what goes
// wrong. The same arguments give the same run.
Outcome simulate(std::uint64_t seed, std::size_t operations, const Choices& choices, bool with_log = false);

// About the least number of operations that makes the seed fail, for one that fails with `operations`.
std::size_t shortest_failure(std::uint64_t seed, std::size_t operations, const Choices& choices);

}  // namespace vigil::sim
