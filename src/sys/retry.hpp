// System calls that a signal must not end.
#pragma once

#include <cerrno>

namespace vigil::sys {

// Makes the call again for as long as a signal interrupts it.
template <typename Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace vigil::sys
