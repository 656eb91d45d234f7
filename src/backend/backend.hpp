// The one interface between vigil and a kernel's notifications.
#pragma once

#include <vigil/event.hpp>
#include <vigil/options.hpp>

#include "sys/disk.hpp"
#include "sys/error_codes.hpp"
#include "tree/tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace vigil::backend {

// What a kernel record says, in vigil's terms. A hint may be late, doubled or wrong: the tree and, in doubt, the disk
// decide what it means.
struct Hint {
  enum class What : std::uint8_t {
    appeared,
    vanished,
    moved_from,  // paired with moved_to by `token`
    moved_to,
    moved_away,  // to where nothing is watched
    uncertain,   // the name may be there or not, whatever was told before
    unknown,     // the directory that has the name is none that is watched: one that is watched under it is another
    written,
    altered,     // written or attributes: the kernel does not say which
    attributes,  // without a name: of the directory, told in no other way
    closed,
    opened,
    accessed,
    directory_gone,     // the directory itself was removed; no name
    directory_moved,    // the directory itself was moved; no name
    directory_changed,  // attributes of the directory itself; no name
    unmounted,          // the file system of the directory was unmounted; no name
    watch_ended,        // the kernel ended the watch of the directory; no name
    everything,         // records were lost: all is in doubt; neither directory nor name
  };

  What what = What::everything;
  bool is_directory = false;    // what the name names
  bool type_known = true;       // or else the kernel does not say, and `is_directory` means nothing
  bool may_have_moved = false;  // vanished: perhaps to another directory, where it appears next
  bool is_path = false;         // the name is a path from the directory on, its names separated by '/'
  bool was_open = false;        // appeared: the next record tells that it was open, so it is no link
  bool doubtful = false;        // may tell of a time before the directory was last listed
  std::uint32_t token = 0;      // moved_from, moved_to; never 0 there
  int pid = 0;                  // of the process that did it; 0 where the kernel does not say
  tree::NodeId directory = tree::kNoNode;
  std::string_view name{};  // valid during the call
};

class HintSink {
 public:
  virtual void on_hint(const Hint& hint) = 0;

 protected:
  ~HintSink() = default;
};

// A place in the stream of records.
using Mark = std::uint64_t;

// Turns the records of one kernel interface into hints. One thread at a time, except descriptor().
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string_view name() const = 0;

  // What watches that directory, where it is not always the same.
  virtual std::string_view name_of(std::int32_t /*watch*/) const { return name(); }

  // Why that directory is watched by something else than what was asked for, for a person; empty where it is not.
  virtual std::string why(std::int32_t /*watch*/) const { return {}; }

  // What is to be told of a directory.
  enum class Interest : std::uint8_t {
    everything,
    names,     // which names come and go, and what becomes of the directory itself
    contents,  // that, and which files are written
    subtree,   // everything, in the directories below as well; only of a backend that is recursive()
  };

  // Has `everything` tell of what is written from now on, whatever kinds of change are to be given: for directories
  // that are watched from now on.
  virtual void include_writes() {}

  // Watches nothing: all is to be polled, and that is no failure.
  virtual bool polls() const { return false; }

  // One watch of a directory tells of all below it, in hints that are paths.
  virtual bool recursive() const { return false; }

  // A directory below one that is watched as a subtree is about to be listed: hints in it are doubtful until listed().
  // It shares the watch, which unwatch() ends for it.
  virtual void cover(std::int32_t /*watch*/, tree::NodeId /*directory*/) {}

  // Of the hint that is being given, which is a path: whether it is doubtful in that directory.
  virtual bool doubtful_in(tree::NodeId /*directory*/) const { return false; }

  // Watches a directory under the name of `node` from now on. A directory that is watched already, under this or
  // another node (bind mounts, overlapping roots, a move not yet told), shares the watch: its hints come once for
  // each node, and tell at least what each asked for. Hints until the directory's next listing is over, as the engine
  // says with listed(), are doubtful.
  virtual sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory& directory, Interest interest) = 0;

  // As watch(), by a way that takes none of the limited_watches(). kNoSpace where there is none.
  virtual sys::Outcome<std::int32_t> watch_without_limit(tree::NodeId /*node*/, const sys::Directory& /*directory*/,
                                                         Interest /*interest*/) {
    return sys::Outcome<std::int32_t>::failure(sys::kNoSpace);
  }

  // Asks the kernel to watch a directory that is yet to be adopted. Any thread, while another uses the backend, but
  // only between expect(true) and expect(false). What is told of it before it is adopted is passed over.
  virtual sys::Outcome<std::int32_t> watch_ahead(const sys::Directory& directory) = 0;

  // Watches are begun ahead from now on, or none is under way any more.
  virtual void expect(bool watches_ahead) = 0;

  // Gives a watch that was begun ahead its node; everything is told of it from now on, and is doubtful until listed().
  // Gives the number that it has from now on. kNoWatch: something may have been passed over, or the watch was given up
  // for another; then it is given up for good.
  virtual std::int32_t adopt(std::int32_t watch, tree::NodeId node) = 0;

  // Gives up a watch that was begun ahead and not adopted.
  virtual void abandon(std::int32_t watch) = 0;

  // The directory was listed completely: hints of what happens from now on are certain.
  virtual void listed(std::int32_t watch, tree::NodeId node) = 0;

  // Whether a whole tree is watched from the moment on in which its root is: then a root can be ready before it was
  // listed (src/core/early.cpp). For that records are held: read, so that the kernel's queue does not overflow, but
  // their hints are given from release() on only. They are certain then where the tree was taken back to what it was
  // when hold() was called; where not, all is in doubt once they are given.
  virtual bool watches_ahead_of_listing() const { return false; }
  virtual bool watched_before_listing(std::int32_t /*watch*/) const { return watches_ahead_of_listing(); }
  virtual void hold() {}
  virtual void release(bool /*tree_is_from_before*/) {}

  // Instead: what is held is not to be told, for all of it happened before everything is listed once more.
  virtual void drop_held() { release(false); }

  // What a held record says about whether a name was there before.
  struct Touch {
    tree::NodeId directory = tree::kNoNode;
    std::string_view name{};  // valid during the call
    bool existed = false;
    bool is_directory = false;
    bool came_and_went = false;  // or the other way round
    bool is_move = false;
    tree::NodeId moved_to = tree::kNoNode;  // from where it was: the directory in which it is, if that is watched
    std::string_view new_name{};
  };
  class TouchSink {
   public:
    virtual void on_touch(const Touch& touch) = 0;

   protected:
    ~TouchSink() = default;
  };

  // Gives the touches of what is held in their order, up to where records were lost. Whether none were.
  virtual bool held(TouchSink& /*sink*/) { return true; }

  // The place behind the last record that was read, held or not.
  virtual Mark read_position() const { return position(); }

  // Why records are not all that happens, for a person; empty where they are. Then all is compared with the disk every
  // so often, and for sync().
  virtual std::string_view weakness() const { return {}; }

  // A record may call an entry by another of the names that the system knows it by: in other case, or by a short name.
  virtual bool uses_other_names() const { return false; }

  // A directory was moved from one place to another below the watched one. True: what is below that one is in doubt
  // now.
  virtual bool moved_below(std::int32_t /*watch*/) { return false; }

  // Ends one node's share in a watch, and the watch with the last of them.
  virtual void unwatch(std::int32_t watch, tree::NodeId node) = 0;

  struct Drained {
    bool any = false;    // records were read
    bool empty = false;  // and then the kernel had no more
    int error = 0;       // the kernel's queue cannot be read: the backend is dead
  };

  // Reads a bounded number of records and gives their hints to the sink. Never blocks.
  virtual Drained drain(HintSink& sink) = 0;

  // The place behind everything that happened before the call.
  virtual Mark mark() = 0;

  // The place behind the last record whose hint was given.
  virtual Mark position() const = 0;

  // What stopped watch(), for a person: the limit, its value and the remedy. Empty where there is nothing to add to
  // the system's own words.
  virtual std::string explain(int error) const = 0;

  // Readable when drain() has something to do.
  virtual Descriptor descriptor() const = 0;

  virtual std::size_t watches() const = 0;

  // Of those: of which the kernel has a limited number.
  virtual std::size_t limited_watches() const { return watches(); }
  virtual std::uint64_t records() const = 0;

  // Of those: of what is not watched, but had to be read.
  virtual std::uint64_t foreign_records() const { return 0; }
  virtual std::size_t memory_bytes() const = 0;
};

}  // namespace vigil::backend
