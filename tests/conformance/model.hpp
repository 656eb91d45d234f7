// What a consumer believes who applies a watcher's events to the listing it began with.
#pragma once

#include "conformance/observation.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace vigil::conformance {

// The replay of docs/events.md. One thread at a time.
class Model {
 public:
  enum class Manner {
    // As vigil promises: each event fits what was told before, and what does not fit is a complaint.
    exact,
    // As a well-meaning consumer of any watcher: a path that is said to be written exists, one said to be removed
    // does not, and nothing is complained about.
    kind,
  };

  explicit Model(Manner manner) : manner_(manner) {}

  // Begins with the listing of a root, or adds that of one more. A root that is a directory is not itself part of it.
  void add(const std::string& root, const Listing& listing) {
    roots_.insert(root);
    paths_.insert(listing.begin(), listing.end());
  }

  // Forgets a root that is no longer watched.
  void forget(const std::string& root) {
    roots_.erase(root);
    erase(root);
  }

  void apply(const Observation& event);

  const Listing& paths() const { return paths_; }

  // Roots that are gone, as the watcher told: until they are back nothing is said about what was below.
  const std::set<std::string>& lost() const { return lost_; }

  // What did not fit, a sentence each.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void create(const Observation& event);
  void remove(const Observation& event);
  void rename(const Observation& event);
  void mention(const Observation& event);
  void expect_parent(const std::string& path);
  void complain(std::string text);
  bool holds(const std::string& path) const { return paths_.count(path) != 0; }
  void erase(const std::string& path);

  Manner manner_;
  std::set<std::string> roots_;
  std::set<std::string> lost_;
  Listing paths_;
  std::set<std::string> removed_;  // kind: said to be removed and not to have come back
  std::uint64_t last_seq_ = 0;
  std::vector<std::string> complaints_;
};

// Where a model and the disk differ.
struct Differences {
  std::vector<std::string> missing;     // on disk, not told
  std::vector<std::string> extra;       // told, not on disk
  std::vector<std::string> wrong_type;  // told as something else
};

Differences compare(const Listing& told, const Listing& disk);

}  // namespace vigil::conformance
