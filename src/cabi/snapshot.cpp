// The C functions around a Snapshot.
#include <vigil/vigil.h>
#include <vigil/snapshot.hpp>

#include "cabi/batch.hpp"
#include "cabi/errors.hpp"
#include "cabi/forks.hpp"
#include "cabi/handles.hpp"
#include "cabi/options.hpp"
#include "cabi/snapshot.hpp"

#include <limits>
#include <memory>
#include <string_view>
#include <utility>

namespace vigil::cabi {

namespace {

// Never destroyed, as those of the watchers.
Handles<const Snapshot, vigil_snapshot>& snapshots() {
  static auto* const handles = new Handles<const Snapshot, vigil_snapshot>();
  return *handles;
}

template <typename Call>
int with(const vigil_snapshot* snapshot, Call&& call) {
  return guarded([&]() -> int {
    const std::shared_ptr<const Snapshot> held = find_snapshot(snapshot);
    if (held) return call(*held);
    if (snapshot == nullptr) return fail_for_null("the snapshot");
    return fail(ErrorCode::bad_handle, "the snapshot was freed, or is none");
  });
}

template <typename Call>
int with_text(const char* text, std::size_t size, std::string_view what, Call&& call) {
  return guarded([&]() -> int {
    if (text == nullptr) return fail_for_null(what);
    if (size > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max())) {
      return fail(ErrorCode::invalid_argument, "the size of a text is no size");
    }
    return call(std::string_view(text, size));
  });
}

// All of it in one batch.
int tell_changes(const Snapshot& since, vigil_batch** changes, vigil_snapshot** now) {
  if (changes == nullptr) return fail_for_null("where the changes go");
  if (now == nullptr) return fail_for_null("where the snapshot goes");
  expect_forks();
  Batch all;
  Result<Snapshot> after = since.tell_changes([&](const Batch& batch) {
    for (const Event& event : batch) {
      if (event.kind != Kind::ready && event.kind != Kind::live) all.append(event);
    }
  });
  if (!after) return fail(std::move(after).error());
  vigil_snapshot* const given = give_snapshot(*std::move(after));
  *changes = give_batch(std::move(all));
  *now = given;
  return VIGIL_OK;
}

}  // namespace

std::shared_ptr<const Snapshot> find_snapshot(const vigil_snapshot* snapshot) { return snapshots().find(snapshot); }

vigil_snapshot* give_snapshot(Snapshot&& snapshot) {
  return snapshots().give(std::make_shared<const Snapshot>(std::move(snapshot)));
}

void lock_snapshots() { snapshots().lock(); }
void unlock_snapshots() { snapshots().unlock(); }

}  // namespace vigil::cabi

using vigil::Snapshot;
using vigil::cabi::fail;
using vigil::cabi::fail_for_null;
using vigil::cabi::give_snapshot;
using vigil::cabi::guarded;

extern "C" {

int vigil_snapshot_take(const char* path, size_t path_size, const vigil_root_options* options, int hash,
                        vigil_snapshot** snapshot) {
  return vigil::cabi::with_text(path, path_size, "the path", [&](std::string_view text) -> int {
    if (snapshot == nullptr) return fail_for_null("where the snapshot goes");
    const vigil::Result<vigil::RootOptions> read = vigil::cabi::root_options_of(options);
    if (!read) return fail(vigil::Error(read.error()));
    vigil::cabi::expect_forks();
    vigil::Result<Snapshot> taken = Snapshot::take(text, *read, hash != 0);
    if (!taken) return fail(std::move(taken).error());
    *snapshot = give_snapshot(*std::move(taken));
    return VIGIL_OK;
  });
}

int vigil_snapshot_load(const char* file, size_t file_size, vigil_snapshot** snapshot) {
  return vigil::cabi::with_text(file, file_size, "the file", [&](std::string_view text) -> int {
    if (snapshot == nullptr) return fail_for_null("where the snapshot goes");
    vigil::Result<Snapshot> loaded = Snapshot::load(text);
    if (!loaded) return fail(std::move(loaded).error());
    *snapshot = give_snapshot(*std::move(loaded));
    return VIGIL_OK;
  });
}

int vigil_snapshot_save(const vigil_snapshot* snapshot, const char* file, size_t file_size) {
  return vigil::cabi::with_text(file, file_size, "the file", [&](std::string_view text) {
    return vigil::cabi::with(snapshot, [&](const Snapshot& held) -> int { return vigil::cabi::done(held.save(text)); });
  });
}

int vigil_snapshot_changes(const vigil_snapshot* snapshot, vigil_batch** changes, vigil_snapshot** now) {
  return vigil::cabi::with(snapshot,
                           [&](const Snapshot& held) -> int { return vigil::cabi::tell_changes(held, changes, now); });
}

int vigil_snapshot_describe(const vigil_snapshot* snapshot, vigil_text* path, uint64_t* entries, int64_t* taken) {
  return vigil::cabi::with(snapshot, [&](const Snapshot& held) -> int {
    if (path != nullptr) *path = {held.path().c_str(), held.path().size()};
    if (entries != nullptr) *entries = held.entries();
    if (taken != nullptr) *taken = held.taken().time_since_epoch().count();
    return VIGIL_OK;
  });
}

void vigil_snapshot_free(vigil_snapshot* snapshot) { vigil::cabi::snapshots().take_back(snapshot); }

}  // extern "C"
