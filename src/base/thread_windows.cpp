#include "base/thread.hpp"

#include <utility>

namespace vigil::base {

// No signal handler runs in another's thread here.
std::thread start_thread(std::function<void()> body) { return std::thread(std::move(body)); }

}  // namespace vigil::base
