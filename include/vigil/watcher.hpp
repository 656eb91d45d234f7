// The watcher: add roots, wait for events.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/event.hpp>
#include <vigil/options.hpp>
#include <vigil/result.hpp>
#include <vigil/snapshot.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace vigil {

// Counters of a watcher since it was opened. A snapshot.
struct Stats {
  std::uint64_t events = 0;       // events produced, delivered or waiting
  std::uint64_t records = 0;      // kernel records decoded
  std::uint64_t losses = 0;       // times changes were lost (an overflow of the kernel's queue or of vigil's)
  std::uint64_t repairs = 0;      // repairs completed after a loss
  std::size_t entries = 0;        // entries in the tree now
  std::size_t watches = 0;        // kernel watches held now
  std::size_t queued_events = 0;  // produced, not yet delivered
  std::size_t queued_bytes = 0;
  std::size_t tree_bytes = 0;  // memory of the tree
  std::size_t roots = 0;
  std::size_t directories_pending = 0;  // directories still to be listed (progress of a crawl or repair)
};

// Watches any number of directories and files and tells exactly what changes in them.
//
// All members may be called from any thread, callbacks included. Destroying a watcher stops it; no other call may be
// under way or follow. A forked child must not use its parent's watchers.
class VIGIL_EXPORT Watcher {
 public:
  // Fails with limit_reached when the user's number of inotify instances is exhausted, invalid_argument for options
  // that make no sense.
  static Result<Watcher> open(Options options = {});

  ~Watcher();
  Watcher(Watcher&&) noexcept;
  Watcher& operator=(Watcher&&) noexcept;

  // Watches `path`: a directory, or one file, which is watched by name and survives being replaced or removed. Returns
  // when the watch is established, which for a large tree takes as long as listing it; events of other roots go on.
  // `ready` for this root then comes before all its events. A relative path is taken from the working directory of
  // this moment; events carry the path as given here.
  Status add(std::string_view path, RootOptions options = {});

  // Ends the watch of a path given to add(). Its events not yet pulled are still delivered.
  Status remove(std::string_view path);

  // The next events: waits until there are some, `timeout` has passed (an empty batch) or the watcher is stopped
  // (nothing; from then on always). The waiting thread itself reads the kernel's queue, so nothing lies between the
  // kernel and the caller; when nobody waits, a thread of the watcher's own takes over. Not with Options::callback.
  std::optional<Batch> wait(std::chrono::nanoseconds timeout);
  std::optional<Batch> wait();  // for ever

  // A descriptor (on Linux an epoll instance, on Windows an event) that becomes readable when wait({}) may have
  // something to give, for any event loop. It can be readable without events: wait({}) then returns an empty batch.
  // Owned by the watcher.
  Descriptor descriptor() const;

  // Returns once every change made before the call has been delivered: given to the callback, which has returned, or
  // ready for wait({}) to give at once. Ends a net batch early. Touches no file. Fails with timed_out; with
  // would_deadlock when called from the callback; with stopped; with limit_reached when the queue is full and nobody
  // takes from it: take with wait({}), then call again.
  Status sync(std::chrono::nanoseconds timeout);

  // What the consumer knows of a root: what was told of it and delivered, and what was not delivered yet, so that a
  // later watch that begins `since` this snapshot tells the rest. Delivered is what wait() has given; with a callback,
  // what that has returned from, or was called for when this is called from it. Asks the disk about what changed since
  // the last snapshot of the root, the first time about each entry; lists nothing. Ends a net batch early. Fails with
  // not_watched, stopped, limit_reached (as sync()), invalid_argument with Isolation::process.
  Result<Snapshot> snapshot(std::string_view path);

  // The same, saved to a file (Snapshot::save). A file below the root should be excluded from it, with ".new" behind
  // its name as well.
  Status save(std::string_view path, std::string_view file);

  // Ends everything: wait() returns nothing, no callback starts after stop() has returned. A callback that is running
  // is waited for, unless this call comes from it. Idempotent.
  void stop();

  Stats stats() const;

 private:
  class Impl;
  explicit Watcher(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace vigil
