// Which file systems the directories of a watcher are on, and how each is to be watched.
#pragma once

#include <vigil/options.hpp>

#include "core/coverage.hpp"
#include "sys/disk.hpp"
#include "sys/mounts.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vigil::core {

// Remembers what it found out about a device until something is mounted or unmounted. One thread at a time.
class FileSystems {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // How soon the table is read again at most: mounting goes in bursts, and the table may be long.
  static constexpr std::chrono::milliseconds kPause{20};

  // Without `mounts`, or where the caller has chosen one way for everything, every file system is as good as the best.
  FileSystems(sys::Mounts* mounts, BackendChoice choice);

  // Has to be called before anything else: what changes from now on is told.
  void begin();

  struct Kind {
    Coverage coverage = Coverage::complete;
    std::string type;
  };

  // Of the file system with that device, which the directory, at that absolute path, is on. Valid until the next call
  // of a member that is not const.
  const Kind& kind_of(std::uint64_t device, const std::string& path, const sys::Directory& directory);

  // Whether what is changed there is changed by this system alone, as the table has it, whatever the caller chose: so
  // that what the file system keeps can be believed after a while in which nobody looked.
  bool is_local(std::uint64_t device, std::string_view path) const;

  // The mount point that the path is below, or at; empty where nobody knows.
  std::string point_above(std::string_view path) const;
  bool is_point(std::string_view path) const;

  // What is mounted below a path, as is to be seen.
  std::vector<sys::Mount> mounts_below(std::string_view path) const;

  // The mount points where something was mounted or unmounted since the last call, those above before those below.
  // Looks at the table only if it changed, and not again within kPause, unless it has to be known `at_once`.
  std::vector<std::string> changed_points(Moment now, bool at_once);

  // When there is something to look at for changed_points() that came too soon.
  std::optional<Moment> next_look() const { return not_before_; }

 private:
  bool read();

  sys::Mounts* mounts_;
  bool decides_;
  std::vector<sys::Mount> table_;
  bool was_read_ = false;                          // not before there is something to watch
  std::unordered_map<std::uint64_t, Kind> kinds_;  // by device
  std::optional<Moment> not_before_;
  Moment looked_{};
};

// Whether `path` is `directory` or below it; both absolute, "/" at the end of neither ("/" itself may be "" or "/").
bool is_at_or_below(std::string_view path, std::string_view directory);

}  // namespace vigil::core
