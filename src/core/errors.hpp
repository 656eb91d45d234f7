// What a system's error code means for the engine.
#pragma once

#include <cerrno>

namespace vigil::core {

// The path does not lead to what it was thought to lead to.
inline bool is_gone(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

// Something is used up; later there may be some again.
inline bool is_limit(int error) { return error == ENOSPC || error == ENOMEM || error == EMFILE || error == ENFILE; }

inline bool is_denied(int error) { return error == EACCES || error == EPERM; }

}  // namespace vigil::core
