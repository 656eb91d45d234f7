#include "base/unique_handle.hpp"

#include <windows.h>

namespace vigil::base {

bool UniqueHandle::is_handle(void* handle) { return handle != nullptr && handle != INVALID_HANDLE_VALUE; }

void UniqueHandle::close(void* handle) {
  // Kept because handles are closed on the way out of calls that failed.
  const DWORD kept = GetLastError();
  CloseHandle(handle);
  SetLastError(kept);
}

}  // namespace vigil::base
