// Threads of vigil's own.
#pragma once

#include <functional>
#include <thread>

namespace vigil::base {

// Starts a thread in which no signal handler of the program runs: all signals are blocked there.
std::thread start_thread(std::function<void()> body);

}  // namespace vigil::base
