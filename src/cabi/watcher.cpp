// The C functions around a Watcher.
#include <vigil/vigil.h>
#include <vigil/watcher.hpp>

#include "cabi/batch.hpp"
#include "cabi/errors.hpp"
#include "cabi/forks.hpp"
#include "cabi/handles.hpp"
#include "cabi/options.hpp"
#include "cabi/snapshot.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace vigil::cabi {

namespace {

struct HeldWatcher {
  Watcher watcher;
  bool pushes;  // to a callback
};

// Never destroyed: other threads may still wait while the program ends.
Handles<HeldWatcher, vigil_watcher>& watchers() {
  static auto* const handles = new Handles<HeldWatcher, vigil_watcher>();
  return *handles;
}

// Calls with the watcher of a handle.
template <typename Call>
int with(const vigil_watcher* watcher, Call&& call) {
  return guarded([&]() -> int {
    if (watcher == nullptr) return fail_for_null("the watcher");
    const std::shared_ptr<HeldWatcher> held = watchers().find(watcher);
    if (!held) return fail(ErrorCode::bad_handle, "the watcher was freed, or is none");
    return call(*held);
  });
}

template <typename Call>
int with_path(const vigil_watcher* watcher, const char* path, std::size_t size, Call&& call) {
  return with(watcher, [&](HeldWatcher& held) -> int {
    if (path == nullptr) return fail_for_null("the path");
    if (size > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max())) {
      return fail(ErrorCode::invalid_argument, "the size of the path is no size");
    }
    return call(held.watcher, std::string_view(path, size));
  });
}

std::function<void(const Batch&)> callback_of(vigil_callback callback, void* user) {
  return [=](const Batch& batch) {
    const EventArray array(batch);
    callback(user, array.events().data(), array.events().size(), sizeof(vigil_event));
  };
}

int open(const vigil_options* given, vigil_watcher** watcher) {
  if (watcher == nullptr) return fail_for_null("where the watcher goes");
  Result<Options> options = options_of(given);
  if (!options) return fail(std::move(options).error());
  if (given != nullptr) {
    const vigil_options read = *whole(given);
    if (read.callback != nullptr) options->callback = callback_of(read.callback, read.user);
  }
  expect_forks();
  const bool pushes = options->callback != nullptr;
  Result<Watcher> opened = Watcher::open(std::move(*options));
  if (!opened) return fail(std::move(opened).error());
  *watcher = watchers().give(std::make_shared<HeldWatcher>(HeldWatcher{std::move(*opened), pushes}));
  return VIGIL_OK;
}

int wait(HeldWatcher& held, std::int64_t timeout, vigil_batch** batch) {
  if (batch == nullptr) return fail_for_null("where the batch goes");
  if (held.pushes) return fail(ErrorCode::invalid_argument, "the watcher's events go to its callback");
  std::optional<Batch> taken = timeout < 0 ? held.watcher.wait() : held.watcher.wait(std::chrono::nanoseconds(timeout));
  if (!taken) return fail(ErrorCode::stopped, "the watcher was stopped");
  *batch = give_batch(*std::move(taken));
  return VIGIL_OK;
}

// Of a descriptor, whichever it is here.
[[maybe_unused]] std::intptr_t number_of(int descriptor) { return descriptor; }
[[maybe_unused]] std::intptr_t number_of(void* handle) { return reinterpret_cast<std::intptr_t>(handle); }

vigil_stats stats_of(const Stats& stats) {
  vigil_stats result{};
  result.events = stats.events;
  result.records = stats.records;
  result.losses = stats.losses;
  result.repairs = stats.repairs;
  result.entries = stats.entries;
  result.watches = stats.watches;
  result.queued_events = stats.queued_events;
  result.queued_bytes = stats.queued_bytes;
  result.tree_bytes = stats.tree_bytes;
  result.roots = stats.roots;
  result.directories_pending = stats.directories_pending;
  return result;
}

}  // namespace

void lock_watchers() { watchers().lock(); }
void unlock_watchers() { watchers().unlock(); }
void forget_watchers() { watchers().forget_all(); }

}  // namespace vigil::cabi

using vigil::Watcher;
using vigil::cabi::done;
using vigil::cabi::HeldWatcher;
using vigil::cabi::watchers;
using vigil::cabi::with;
using vigil::cabi::with_path;

extern "C" {

int vigil_watcher_open(const vigil_options* options, vigil_watcher** watcher) {
  return vigil::cabi::guarded([&] { return vigil::cabi::open(options, watcher); });
}

void vigil_watcher_free(vigil_watcher* watcher) {
  vigil::cabi::guarded([&]() -> int {
    // Stopped here and not by the destructor, which may have to wait for calls that are under way.
    if (const std::shared_ptr<HeldWatcher> held = watchers().take_back(watcher)) held->watcher.stop();
    return VIGIL_OK;
  });
}

int vigil_watcher_add(vigil_watcher* watcher, const char* path, size_t path_size, const vigil_root_options* options) {
  return with_path(watcher, path, path_size, [&](Watcher& inner, std::string_view text) {
    vigil::Result<vigil::RootOptions> read = vigil::cabi::root_options_of(options);
    if (!read) return vigil::cabi::fail(std::move(read).error());
    return done(inner.add(text, std::move(*read)));
  });
}

int vigil_watcher_remove(vigil_watcher* watcher, const char* path, size_t path_size) {
  return with_path(watcher, path, path_size,
                   [&](Watcher& inner, std::string_view text) { return done(inner.remove(text)); });
}

int vigil_watcher_wait(vigil_watcher* watcher, int64_t timeout, vigil_batch** batch) {
  return with(watcher, [&](HeldWatcher& held) -> int { return vigil::cabi::wait(held, timeout, batch); });
}

int vigil_watcher_sync(vigil_watcher* watcher, int64_t timeout) {
  const std::chrono::nanoseconds limit(timeout < 0 ? std::numeric_limits<int64_t>::max() : timeout);
  return with(watcher, [&](HeldWatcher& held) -> int { return done(held.watcher.sync(limit)); });
}

int vigil_watcher_snapshot(vigil_watcher* watcher, const char* path, size_t path_size, vigil_snapshot** snapshot) {
  return with_path(watcher, path, path_size, [&](Watcher& inner, std::string_view text) -> int {
    if (snapshot == nullptr) return vigil::cabi::fail_for_null("where the snapshot goes");
    vigil::Result<vigil::Snapshot> taken = inner.snapshot(text);
    if (!taken) return vigil::cabi::fail(std::move(taken).error());
    *snapshot = vigil::cabi::give_snapshot(*std::move(taken));
    return VIGIL_OK;
  });
}

int vigil_watcher_stop(vigil_watcher* watcher) {
  return with(watcher, [](HeldWatcher& held) -> int {
    held.watcher.stop();
    return VIGIL_OK;
  });
}

intptr_t vigil_watcher_descriptor(const vigil_watcher* watcher) {
  intptr_t descriptor = -1;
  with(watcher, [&](HeldWatcher& held) -> int {
    descriptor = vigil::cabi::number_of(held.watcher.descriptor());
    return VIGIL_OK;
  });
  return descriptor;
}

int vigil_watcher_stats(const vigil_watcher* watcher, vigil_stats* stats, size_t size) {
  return with(watcher, [&](HeldWatcher& held) -> int {
    if (stats == nullptr) return vigil::cabi::fail_for_null("where the counters go");
    if (size == 0) return VIGIL_OK;  // nothing to disturb a waiting thread for
    const vigil_stats all = vigil::cabi::stats_of(held.watcher.stats());
    std::memcpy(stats, &all, std::min(size, sizeof all));
    if (size > sizeof all) std::memset(reinterpret_cast<char*>(stats) + sizeof all, 0, size - sizeof all);
    return VIGIL_OK;
  });
}

}  // extern "C"
