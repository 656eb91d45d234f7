// What happened below the watched paths, counted: by kind, directory, path and process. Pure.
#pragma once

#include <vigil/event.hpp>

#include "cli/busiest.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// Bounded, whatever is watched: see Busiest. Copyable. One thread at a time.
class Activity {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // Counting begins now.
  explicit Activity(Moment now, Busiest::Limits limits = {}) : begin_(now), files_(limits), directories_(limits) {}

  // Paths of events begin with one of these. What happens to a watched directory itself is counted as in itself, and
  // not in the directory above, which is not watched.
  void add_root(std::string path) { roots_.push_back(std::move(path)); }

  // A change counts once for its kind, for its path (a rename: the new one) and for the directory in which that is.
  // `process` is what the process that made it is called; empty where nobody knows. A notice counts for its kind only.
  void add(const Event& event, Moment now, std::string_view process = {});

  // Counts from zero again, from now on.
  void reset(Moment now);

  Moment begin() const { return begin_; }
  std::int64_t second(Moment now) const;

  const ChangeCounts& changes() const { return changes_; }
  std::uint64_t notices(Kind kind) const { return notices_[static_cast<std::size_t>(kind)]; }

  // Changes a second, of a kind or in all, over the last five seconds, or as many as there were.
  double rate(Kind kind, Moment now) const;
  double rate(Moment now) const;
  double rate(const Busiest::Entry& entry, Moment now) const;

  // When the rates will have gone down to zero, if nothing happens until then.
  Moment calm() const;

  // Directories end in a separator.
  const Busiest& files() const { return files_; }
  const Busiest& directories() const { return directories_; }
  const Busiest& processes() const { return processes_; }

 private:
  double per_second(std::uint64_t count, Moment now) const;
  bool is_root(std::string_view path) const;
  std::string_view directory_of(std::string_view path, EntryType type);

  Moment begin_;
  std::int64_t newest_second_ = -1;
  std::vector<std::string> roots_;
  ChangeCounts changes_;
  std::array<Lately, ChangeCounts::kKinds> lately_{};
  std::array<std::uint64_t, kKindCount> notices_{};
  Busiest files_;
  Busiest directories_;
  Busiest processes_{{.entries_max = 1024}};
  std::string name_;
};

}  // namespace vigil::cli
