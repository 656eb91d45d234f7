// Snapshots and what changed since, by a watcher of the caller's, who can look at it meanwhile and stop it.
#pragma once

#include <vigil/event.hpp>
#include <vigil/options.hpp>
#include <vigil/result.hpp>
#include <vigil/snapshot.hpp>
#include <vigil/watcher.hpp>

#include <functional>
#include <string_view>

namespace vigil::core {

// Of a watcher that compares once.
Options options_of_comparison();

// The watcher is of no other use. Stopping it ends the call.
Result<Snapshot> take_snapshot(Watcher& watcher, std::string_view path, RootOptions options, bool hash = false);

// Gives `tell` all batches up to `live`; where that gives false, it was the last. Without filters the options are those
// of the snapshot. Where that has hashes, what only looks different is not told as modified.
Status tell_changes(Watcher& watcher, const Snapshot& since, RootOptions options,
                    const std::function<bool(const Batch&)>& tell);

// Then the snapshot that holds all that was told. `reads_all`: every file of which there is a hash is read, and what
// looks the same and is not is told as well.
Result<Snapshot> snapshot_after_changes(Watcher& watcher, const Snapshot& since, bool reads_all,
                                        const std::function<bool(const Batch&)>& tell);

}  // namespace vigil::core
