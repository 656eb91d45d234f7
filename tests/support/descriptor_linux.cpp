#include "support/descriptor.hpp"

#include <poll.h>

namespace vigil::testing {

bool is_readable(Descriptor descriptor, std::chrono::milliseconds timeout) {
  pollfd polled{descriptor, POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(timeout.count())) == 1;
}

}  // namespace vigil::testing
