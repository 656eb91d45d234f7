// One root of a watcher.
#pragma once

#include <vigil/options.hpp>

#include "core/ignoring.hpp"
#include "event/filter.hpp"
#include "tree/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vigil::core {

struct Root {
  enum class State {
    listing,    // not ready yet: the tree is filled
    watched,    // told as it happens
    repairing,  // told as it happens, while the tree is compared with the disk
    waiting,    // the root is not there; a sentinel looks out for it
  };

  // Constant once added.
  std::string shown;   // as the caller wrote it
  std::string prefix;  // what the paths of a directory's events begin with
  std::string wanted;  // absolute, links and all: where the root is looked for
  RootOptions options;
  event::Filter filter;
  std::unique_ptr<RootRules> rules{};  // null where no ignore files are heeded

  std::string path;                   // of the directory, absolute, without links and without a "/" at the end
  std::string only;                   // a single file: its name in the directory; empty for a directory
  tree::NodeId node = tree::kNoNode;  // of the directory; kNoNode before it was first seen
  // The directories above, each a tree of its own, in which the fate of one name is watched, the nearest first: a root
  // does not tell of its own removal while anybody uses it, nor of a move of what is above it. While waiting: of those
  // that exist.
  struct Sentinel {
    tree::NodeId node;
    std::string name;
  };
  std::vector<Sentinel> sentinels;
  bool unguarded = false;    // one of them could not be watched, for want of watches
  Timestamp seen_at{};       // unguarded: by the file systems' clock, when the root was last known to be at its path
  bool is_unseen = false;    // nothing tells for sure of what happens in the nearest of them
  bool is_closed = false;    // something below could not be read, for its path may not be walked
  bool turned = false;       // a single file's name is a directory's now
  std::uint64_t device = 0;  // of the directory, when it was last listed
  bool is_native = false;    // something in it was ever watched by the kernel
  bool short_of_watches = false;                   // and this was told
  bool watched_otherwise = false;                  // some directory is, than what was asked for, and this was told
  std::string polled_because;                      // the first reason why something is polled; empty where nothing is
  std::set<std::string, std::less<>> told_mounts;  // mount points of which was told that they are not watched as others
  int wait_error = 0;                              // waiting: why no ancestor could be watched, once told
  State state = State::listing;
  bool keeps = false;  // what its entries looked like when they were told of, for snapshots

  // Of a root that is polled: the difference to a snapshot is told by a pass.
  enum class CatchUp { no, wanted, under_way, compared };
  CatchUp catch_up = CatchUp::no;

  std::size_t scans = 0;                      // directories of this root that wait to be listed
  bool ready_early = false;                   // listing: it was ready before (early.cpp)
  std::set<std::uint64_t> early_devices{};    // of such a root: what is done in them was told from `ready` on
  std::vector<std::string> names_at_ready{};  // of such a root: what may have been in it then
  bool base_unknown = false;                  // of such a root: what was in it at `ready` cannot be known
  std::optional<std::uint64_t> settled_at{};  // of such a root: when all is read up to here, the listing is complete
  bool is_told_anew = false;                  // of one whose tree then cannot be known: these names are removed first
  bool lost_early = false;                    // listing: some of what is told already may have changed unseen
  Timestamp suspect_since{};  // repairing, or lost early: what changed since then may not have been told
  Batch early;                // notices that arose before `ready`, which comes first

  // With RootOptions::initial the listing itself is told, so that nothing is silent.
  bool tells() const { return state != State::listing || options.initial; }
  bool is_file() const { return !only.empty(); }
};

}  // namespace vigil::core
