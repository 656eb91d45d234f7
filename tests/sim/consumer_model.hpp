// A consumer that believes what it is told: rebuilds the listing of a root from its events, and complains of any event
// that does not fit what was told before.
#pragma once

#include <vigil/event.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace vigil::sim {

// One thread at a time.
class ConsumerModel {
 public:
  struct Entry {
    EntryType type = EntryType::unknown;
    std::uint64_t told = 0;  // when its content was last said to be new
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  // A root that is a file is an entry of its own, under the empty path.
  explicit ConsumerModel(std::string root, bool root_is_entry = false)
      : prefix_(std::move(root)), root_is_entry_(root_is_entry) {
    if (prefix_.back() != '/') prefix_ += '/';
  }

  // Whether the event speaks of this root.
  bool concerns(const Event& event) const;

  // `now` counts what happened. Gives what is wrong about the event, or nothing.
  std::string apply(const Event& event, std::uint64_t now);

  // Starts from a listing.
  void start(Entries entries) { entries_ = std::move(entries); }

  const Entries& entries() const { return entries_; }
  bool is_ready() const { return ready_; }
  bool is_lost() const { return lost_; }
  bool is_repairing() const { return repairing_; }

  // Whether it was told that something could not be read.
  bool was_told_of_error() const { return error_; }

 private:
  std::string_view below(std::string_view path) const;
  bool is_root(std::string_view path) const { return path == std::string_view(prefix_).substr(0, prefix_.size() - 1); }
  bool parent_is_there(std::string_view name) const;
  void erase(std::string_view name);
  std::string notice(const Event& event);
  std::string created(const Event& event, std::uint64_t now);
  std::string removed(const Event& event);
  std::string renamed(const Event& event);
  std::string changed(const Event& event, std::uint64_t now);

  std::string prefix_;
  bool root_is_entry_;
  Entries entries_;
  bool ready_ = false;
  bool lost_ = false;
  bool repairing_ = false;
  bool error_ = false;
};

}  // namespace vigil::sim
