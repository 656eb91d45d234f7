#include "backend/inotify/backend.hpp"
#include "backend/open.hpp"
#include "sys/error_codes.hpp"
#include "sys/inotify.hpp"

#include <string>
#include <utility>

namespace vigil::backend {

Result<std::unique_ptr<Backend>> open_backend(BackendChoice /*choice*/, Kinds kinds) {
  auto instance = sys::open_inotify();
  if (instance) return std::unique_ptr<Backend>(new inotify::InotifyBackend(std::move(instance.value), kinds));
  const std::string advice = inotify::explain_limit(instance.error);
  const bool is_limit = sys::meaning_of(instance.error) == sys::ErrorMeaning::limit;
  return Error(is_limit ? ErrorCode::limit_reached : ErrorCode::system,
               advice.empty() ? sys::words_of(instance.error) : advice, instance.error);
}

}  // namespace vigil::backend
