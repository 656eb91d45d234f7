// What this process holds and uses, as the kernel sees it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vigil::testing {

std::size_t open_descriptors();
std::size_t threads();

// How often a thread of this process but the calling one went to sleep of its own accord.
std::uint64_t sleeps_of_other_threads();

// What all its threads have computed.
std::chrono::nanoseconds processor_time();

// What was allocated with new or malloc() and is not freed yet.
std::size_t allocated_bytes();

// Memory that belongs to this process alone.
std::size_t private_bytes();

}  // namespace vigil::testing
