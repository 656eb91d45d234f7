#include "support/descriptor.hpp"

#include <windows.h>

namespace vigil::testing {

bool is_readable(Descriptor descriptor, std::chrono::milliseconds timeout) {
  return ::WaitForSingleObject(descriptor, static_cast<DWORD>(timeout.count())) == WAIT_OBJECT_0;
}

}  // namespace vigil::testing
