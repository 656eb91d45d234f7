// One piece of a poll: what some directories and the entries in them are known to look like, and which do not any more.
#pragma once

#include "core/signature.hpp"
#include "sys/disk.hpp"
#include "tree/tree.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::core {

// Asks the disk and compares; knows neither the tree nor what is to be told. What it finds is a hint: who sent it looks
// again before anything is told, so it may be out of date when it comes back.
//
// One thread at a time.
class Patrol {
 public:
  struct Entry {
    tree::NodeId node = tree::kNoNode;
    Signature signature = kUnsigned;
    std::uint64_t inode = 0;
  };

  // A directory that is asked about, and what came of it.
  struct Stop {
    tree::NodeId directory = tree::kNoNode;
    Signature signature = kUnsigned;
    std::uint64_t inode = 0;
    std::uint64_t times = 0;
    ListingSum sum;
    bool lists = false;  // whatever its times say

    // Answers.
    int error = 0;               // it could not be asked, or listed
    bool is_other = false;       // other attributes, or another directory
    bool is_renumbered = false;  // the same in everything but the inode number
    bool other_times = false;
    bool other_names = false;  // as far as it was listed
    bool other_inodes = false;
    std::uint64_t device = 0;
    std::chrono::milliseconds tick{};

   private:
    friend class Patrol;
    std::size_t path = 0, names = 0, end = 0;  // where its path and names begin in the text, and end
    std::size_t first = 0, last = 0;           // of the entries
  };

  // Before it is sent: a directory by its path; and then what is known in it.
  void add(const Stop& stop, std::string_view path);
  void add(const Entry& entry, std::string_view name);
  std::size_t size() const { return stops_.size() + entries_.size(); }
  bool empty() const { return stops_.empty(); }
  void clear();

  void run(sys::Disk& disk);

  // After it ran.
  const std::vector<Stop>& stops() const { return stops_; }
  const std::vector<tree::NodeId>& suspects() const {
    return suspects_;
  }  // entries that look different, or are not known
  const std::vector<tree::NodeId>& absent() const { return absent_; }

  // For who sent it.
  std::chrono::steady_clock::time_point began{};
  std::chrono::nanoseconds cost{};

 private:
  void visit(Stop& stop, sys::Disk& disk);
  void list(Stop& stop, sys::Disk& disk);

  std::string text_;  // paths and names, each with a NUL
  std::vector<Stop> stops_;
  std::vector<Entry> entries_;
  std::vector<tree::NodeId> suspects_;
  std::vector<tree::NodeId> absent_;
  std::string path_;
  std::vector<sys::Outcome<sys::FileStatus>> statuses_;
};

}  // namespace vigil::core
