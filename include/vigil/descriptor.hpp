// What a program waits on in its own event loop.
#pragma once

namespace vigil {

// A file descriptor for poll(2) and its like; on Windows the HANDLE of an event for WaitForMultipleObjects() and its
// like, which is signalled where a descriptor would be readable. (HANDLE is void*, and <windows.h> is not needed here.)
#ifdef _WIN32
using Descriptor = void*;
#else
using Descriptor = int;
#endif

}  // namespace vigil
