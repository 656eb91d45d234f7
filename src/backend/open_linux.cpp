#include "backend/combined/backend.hpp"
#include "backend/fanotify/backend.hpp"
#include "backend/inotify/backend.hpp"
#include "backend/inotify/limits.hpp"
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

using Opened = Result<std::unique_ptr<Backend>>;

Opened joined(Opened backend, const Join& join) {
  if (!backend) return backend;
  const int error = join((*backend)->descriptor());
  if (error != 0) return refuse(error, {});
  return backend;
}

Opened open_inotify(Kinds kinds) {
  auto instance = sys::open_inotify();
  // Without one everything is polled, which is told as for any directory that cannot be watched.
  if (sys::meaning_of(instance.error) == sys::ErrorMeaning::limit) instance = sys::open_inotify_later();
  if (!instance) return refuse(instance.error, inotify::explain_limit(instance.error));
  return std::unique_ptr<Backend>(new inotify::InotifyBackend(std::move(instance.value), kinds));
}

Opened open_fanotify(Kinds kinds) {
  auto group = sys::open_fanotify();
  if (!group) return refuse(group.error, fanotify::explain_open(group.error));
  return std::unique_ptr<Backend>(new fanotify::FanotifyBackend(std::move(group.value), kinds));
}

using Open = Opened (*)(Kinds);

// `second` is for what `first` cannot watch; `why` says why `first` is not what was asked for.
Opened combine(Opened first, std::string why, Open second, Kinds kinds, const Join& join) {
  if (!first) return first;
  auto open_second = [=]() -> std::unique_ptr<Backend> {
    Opened opened = joined(second(kinds), join);
    return opened ? std::move(*opened) : nullptr;
  };
  return joined(std::unique_ptr<Backend>(
                    new combined::CombinedBackend(std::move(*first), std::move(why), std::move(open_second))),
                join);
}

}  // namespace

// Inotify first, for it tells each change and its order, and nothing of what others do elsewhere. What is beyond its
// limits has better to be watched by fanotify, which the privilege may allow, than to be polled.
// docs/decisions/0016-inotify-first.md
Result<std::unique_ptr<Backend>> open_backend(BackendChoice choice, Kinds kinds, Join join) {
  if (choice == BackendChoice::poll) return joined(poll::open_poll(), join);
  if (choice == BackendChoice::inotify) return joined(open_inotify(kinds), join);
  if (choice == BackendChoice::automatic) return combine(open_inotify(kinds), {}, open_fanotify, kinds, join);
  Opened fanotify = open_fanotify(kinds);
  if (fanotify) return combine(std::move(fanotify), {}, open_inotify, kinds, join);
  return combine(open_inotify(kinds), fanotify.error().message(), open_fanotify, kinds, join);
}

}  // namespace vigil::backend
