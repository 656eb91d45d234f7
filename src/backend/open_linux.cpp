#include "backend/fanotify/backend.hpp"
#include "backend/inotify/backend.hpp"
#include "backend/open.hpp"
#include "backend/poll/backend.hpp"
#include "sys/error_codes.hpp"
#include "sys/fanotify.hpp"
#include "sys/inotify.hpp"

#include <string>
#include <utility>

namespace vigil::backend {

namespace {

Error refuse(int error, const std::string& advice) {
  const bool is_limit = sys::meaning_of(error) == sys::ErrorMeaning::limit;
  return {is_limit ? ErrorCode::limit_reached : ErrorCode::system, advice.empty() ? sys::words_of(error) : advice,
          error};
}

Result<std::unique_ptr<Backend>> open_inotify(Kinds kinds) {
  auto instance = sys::open_inotify();
  // Without one everything is polled, which is told as for any directory that cannot be watched.
  if (sys::meaning_of(instance.error) == sys::ErrorMeaning::limit) instance = sys::open_inotify_later();
  if (!instance) return refuse(instance.error, inotify::explain_limit(instance.error));
  return std::unique_ptr<Backend>(new inotify::InotifyBackend(std::move(instance.value), kinds));
}

Result<std::unique_ptr<Backend>> open_fanotify(Kinds kinds) {
  auto group = sys::open_fanotify();
  if (!group) return refuse(group.error, fanotify::explain_open(group.error));
  return std::unique_ptr<Backend>(new fanotify::FanotifyBackend(std::move(group.value), kinds));
}

}  // namespace

Result<std::unique_ptr<Backend>> open_backend(BackendChoice choice, Kinds kinds) {
  if (choice == BackendChoice::poll) return poll::open_poll();
  if (choice == BackendChoice::fanotify) return open_fanotify(kinds);
  return open_inotify(kinds);
}

}  // namespace vigil::backend
