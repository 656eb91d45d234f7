// Everything that can be chosen about a watcher and about each of its roots.
#pragma once

#include <vigil/event.hpp>
#include <vigil/snapshot.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace vigil {

// A set of event kinds.
class Kinds {
 public:
  constexpr Kinds() = default;
  constexpr Kinds(std::initializer_list<Kind> kinds) {
    for (const Kind kind : kinds) bits_ |= bit(kind);
  }

  constexpr bool contains(Kind kind) const { return (bits_ & bit(kind)) != 0; }
  constexpr Kinds& insert(Kind kind) {
    bits_ |= bit(kind);
    return *this;
  }
  constexpr Kinds& erase(Kind kind) {
    bits_ &= ~bit(kind);
    return *this;
  }
  constexpr bool operator==(const Kinds&) const = default;

 private:
  static constexpr std::uint32_t bit(Kind kind) { return std::uint32_t{1} << static_cast<unsigned>(kind); }
  std::uint32_t bits_ = 0;
};

// What is delivered unless something else is asked for: every change, but neither `opened` nor `accessed`.
inline constexpr Kinds kDefaultKinds{Kind::created,  Kind::removed,    Kind::renamed,
                                     Kind::modified, Kind::attributes, Kind::closed};

// Where the directories are read.
enum class Isolation : std::uint8_t {
  none = 0,     // in this process
  process = 1,  // in a helper process for each root, which can be killed
};

// What tells of changes. The choice of a watcher holds for all its roots; where a directory's file system, a limit or
// the privilege does not allow it, the next best is taken, down to polling, and `ready` or `degraded` says so.
enum class BackendChoice : std::uint8_t {
  automatic = 0,  // Linux: inotify; with CAP_SYS_ADMIN fanotify for what is beyond its limits
  inotify = 1,    // Linux: a watch for each directory
  fanotify = 2,   // Linux, with CAP_SYS_ADMIN since 5.17: one mark for each file system, else inotify
  poll = 3,       // no notifications: directories are compared with what was told, every so often
};

// Options of one watcher.
struct Options {
  // Kinds of change to deliver. Kinds left out cost no kernel record where the kernel can be told. The kinds that
  // speak of the watch itself (ready, rescan, live, degraded, lost, restored, error) are always delivered.
  Kinds kinds = kDefaultKinds;

  // Where it is automatic the environment variable VIGIL_BACKEND decides, if set: "auto", "inotify", "fanotify" or
  // "poll". Windows has one way of its own besides "poll"; there the other two are refused.
  BackendChoice backend = BackendChoice::automatic;

  // The kernel's watches that this watcher takes at most; what is done about the directories beyond is the same as
  // where the system's own limit is met. 0: no limit but that.
  std::size_t max_watches = 0;

  // Empty: raw delivery, every event in the kernel's order, as soon as it is read. A record that comes alone is read at
  // once; those of a burst gather for some 0.1 ms at a time. Set: net delivery, in batches that end
  // after `settle` without a change; each path comes at most once with its net effect.
  std::optional<std::chrono::milliseconds> settle{};

  // Net delivery: a batch ends this long after its first change, however busy the tree is.
  std::chrono::milliseconds max_latency{1000};

  // Bytes of undelivered events held for a slow consumer. At the bound events collapse to their net effect; if that
  // is not enough, the rest is left to the kernel's own bounded queue, and what that loses is repaired (`rescan`).
  std::size_t queue_bytes_max = std::size_t{32} << 20;

  // Set: events are pushed to this function from a thread of the watcher's own, one batch at a time, instead of
  // being pulled with wait(). It may call any member of the watcher. What it throws becomes an `error` event.
  std::function<void(const Batch&)> callback{};

  // With Isolation::process this process touches no file system that it watches: a network share, a driver or a FUSE
  // mount that hangs can only hang a helper. That is then `lost`; another takes its place, and when the file system
  // answers again the root is `restored`, the difference is told, and `live` follows (docs/isolation.md).
  Isolation isolation = Isolation::none;

  // The helper: the command `vigil`, or a program that does as it does with the one argument "__helper". Empty: the
  // `vigil` beside the running program, or else the first in PATH.
  std::string helper{};

  // A helper that owes an answer for so long without any sign of life, or whose file system takes so long for one call,
  // is taken to hang.
  std::chrono::milliseconds hang_timeout{5000};
};

// Whether rules of ignore files tell upper and lower case apart.
enum class RuleCase : std::uint8_t {
  automatic = 0,  // as the repository's core.ignoreCase says; outside of a repository as names on the system are
  sensitive = 1,
  insensitive = 2,  // of ASCII
};

// Files of ignore rules that a root heeds (docs/ignore.md). What they ignore is as good as absent, like what is
// excluded. They are read again whenever they change, and the difference is told.
struct IgnoreFiles {
  // What git ignores: by every .gitignore, also those above the root up to the top of its repository, by
  // .git/info/exclude and by the file that core.excludesFile names; and by every .ignore, which comes before them. And
  // ".git" itself.
  bool standard = false;

  // More of them, by their paths, with rules as if they stood in the root. The later one is asked first, and each
  // before the root's .ignore. One that does not exist when the root is added is an error.
  std::vector<std::string> more{};

  RuleCase rule_case = RuleCase::automatic;

  bool any() const { return standard || !more.empty(); }
};

// Options of one root.
struct RootOptions {
  // Directories: their whole subtree, or only their direct entries.
  bool recursive = true;

  // Globs on the path relative to the root (docs/events.md, "Filters"). An excluded directory is never opened: its
  // subtree costs nothing. `include` chooses what is reported and never stops recursion.
  std::vector<std::string> exclude{};
  std::vector<std::string> include{};

  // The same by regular expressions, which need match only a part of that path (docs/events.md, "Regular
  // expressions").
  std::vector<std::string> exclude_regex{};
  std::vector<std::string> include_regex{};

  // Ignore files. None are read unless it is asked for.
  IgnoreFiles ignore{};

  // Deliver each entry that exists already as a synthetic `created` after `ready`, then `live`; with neither a gap
  // nor a repetition at the hand-over to live events.
  bool initial = false;

  // A root that does not exist is waited for (`lost` at once, `restored` when it appears) instead of refused.
  bool await_missing = false;

  // What the consumer knows already: after `ready` comes what is different from the snapshot by now, as synthetic
  // events, then `live`, with neither a gap nor a repetition at the hand-over to live events. Without filters of their
  // own the options are those it was taken with; otherwise what they leave out and the snapshot has is `removed`. Not
  // with `initial` nor with Isolation::process (docs/catch-up.md).
  std::optional<Snapshot> since{};
};

}  // namespace vigil
