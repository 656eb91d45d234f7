// A consumer's copy of the tree, kept by the rules of the replay (docs/events.md).
#pragma once

#include "support/told.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::testing {

// The type of each path below a directory, the directory itself left out.
using Listing = std::map<std::string, EntryType, std::less<>>;

Listing listing_of(const std::string& directory);

// One line for each path that differs, "- " and the type in `one`, "+ " and the type in `other`.
std::string differences(const Listing& one, const Listing& other);

// Built from created, removed and renamed alone, and stern with every event: created of a name that exists, removed or
// renamed of one that does not, anything below what is no directory, a seq that does not rise, are violations. One
// thread at a time.
class Model {
 public:
  // Paths in events begin with `root`; those below it are the model's.
  explicit Model(std::string root, Listing base = {}) : root_(std::move(root)), listing_(std::move(base)) {}

  void apply(const Told& told);

  const Listing& listing() const { return listing_; }
  std::uint64_t count(Kind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

  // What was wrong, each with the events before it; empty if nothing was.
  const std::string& violations() const { return violations_; }

  // The last events, for whoever has to find out what went wrong.
  std::string history() const;

 private:
  static constexpr std::size_t kHistoryMax = 60;
  static constexpr int kViolationsMax = 3;

  void create(const Told& told, const std::string& path);
  void remove(const Told& told, const std::string& path);
  void rename(const Told& told, const std::string& path);
  void check_parent(const Told& told, const std::string& path);
  void violation(const Told& told, std::string_view what);
  void forget(const std::string& path);

  std::string root_;
  Listing listing_;
  std::uint64_t seq_ = 0;
  std::uint64_t counts_[kKindCount] = {};
  std::deque<std::string> history_;
  std::string violations_;
  int violation_count_ = 0;
};

}  // namespace vigil::testing
