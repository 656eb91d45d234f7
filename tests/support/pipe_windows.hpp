// The output of a program that a test starts.
#pragma once

#include "base/unique_handle.hpp"

#include <windows.h>

namespace vigil::testing {

struct Pipe {
  base::UniqueHandle read;
  base::UniqueHandle write;  // which the program inherits
};

// Both empty where the system has none.
inline Pipe make_pipe() {
  SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  if (::CreatePipe(&read, &write, &inherited, 0) == 0) return {};
  ::SetHandleInformation(read, HANDLE_FLAG_INHERIT, 0);
  return {base::UniqueHandle(read), base::UniqueHandle(write)};
}

}  // namespace vigil::testing
