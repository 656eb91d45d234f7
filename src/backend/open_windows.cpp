#include "backend/open.hpp"
#include "sys/error_codes.hpp"

namespace vigil::backend {

// TODO(now) the backend of ReadDirectoryChangesW.
Result<std::unique_ptr<Backend>> open_backend(Kinds) {
  return Error(ErrorCode::system, "watching is not supported on Windows yet", sys::kNotWatchable);
}

}  // namespace vigil::backend
