// What happened. docs/events.md is the specification; this page is the type.
#pragma once

#include <vigil/export.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigil {

// Wall-clock time in nanoseconds since 1970, UTC.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

// Append only: the numbers are part of the ABI.
enum class Kind : std::uint8_t {
  created = 0,     // the name appeared; moved in from outside included
  removed = 1,     // the name vanished, moved out included; a removed directory takes its subtree with it
  renamed = 2,     // moved inside the watch, from `from` to `path`; a directory takes its subtree with it
  modified = 3,    // content written, or replaced in place
  attributes = 4,  // mode, owner, times or extended attributes; reading a file is not a change
  closed = 5,      // closed after it was open for writing: the file is complete
  opened = 6,      // only when asked for; never for directories, which vigil itself opens
  accessed = 7,    // as opened
  rescan = 8,      // changes below `path` were lost and are being repaired; `reason` says why
  live = 9,        // the repair (or the initial listing) of the root `path` is complete
  ready = 10,      // the root is watched from now on: the base of the replay; `backend` says how
  degraded = 11,   // part of the watch is covered less well; `reason` names the part, the limit and the remedy
  lost = 12,       // the root went away; vigil waits for it
  restored = 13,   // the root is back; the difference follows
  error = 14,      // anything else that went wrong; `reason` and `code`
};

inline constexpr int kKindCount = 15;

enum class EntryType : std::uint8_t { unknown = 0, file = 1, directory = 2, symlink = 3, other = 4 };

// The names used in every output: "created", "file", ...
VIGIL_EXPORT std::string_view to_string(Kind kind);
VIGIL_EXPORT std::string_view to_string(EntryType type);

// One change. The views belong to the Batch that holds the event and live as long as it.
//
// Paths begin with the root as the caller wrote it. On Linux they are the bytes the system uses, which need not be
// UTF-8. On Windows they are UTF-8, in which a surrogate without its other half is written as the three bytes of its
// value (WTF-8), and "\\" separates the names below the root.
struct Event {
  Kind kind = Kind::error;
  EntryType type = EntryType::unknown;
  bool synthetic = false;  // found by reading the tree, not told by a kernel record
  bool replaced = false;   // renamed: `path` existed before and is gone
  int code = 0;            // error, lost, degraded: the system's error code; 0 where there is none
  int pid = 0;             // who did it, where the backend knows; 0 where it does not
  std::uint64_t seq = 0;   // rises by one or more from event to event of a watcher, never falls
  Timestamp time{};        // when vigil learnt of it
  std::string_view path;
  std::string_view from;     // renamed: the path before
  std::string_view reason;   // rescan, degraded, lost, error, perhaps ready and live: a sentence for a person
  std::string_view backend;  // ready: "inotify", ...
};

// Events in the order they are to be applied, with the memory their views point into. Movable, not copyable; one
// thread at a time.
class VIGIL_EXPORT Batch {
 public:
  Batch();
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;

  bool empty() const { return events_.empty(); }
  std::size_t size() const { return events_.size(); }
  const Event* begin() const { return events_.data(); }
  const Event* end() const { return events_.data() + events_.size(); }
  const Event& operator[](std::size_t index) const { return events_[index]; }

  // Bytes held, for whoever bounds a queue of batches.
  std::size_t memory_bytes() const;

  // Appends a copy of `event`, its texts included. For tests and for programs that build batches of their own.
  void append(const Event& event);

  // Copies text into the batch; the view lives as long as the batch.
  std::string_view store(std::string_view text);

  // Room for `size` bytes that live as long as the batch, to be filled by the caller.
  char* allocate(std::size_t size) {
    if (size > free_size_) return allocate_in_new_chunk(size);
    char* const text = free_;
    free_ += size;
    free_size_ -= size;
    return text;
  }

  // Appends an event whose views point into this batch already, or at text that outlives it.
  Event& append_unowned(const Event& event) { return events_.emplace_back(event); }

 private:
  char* allocate_in_new_chunk(std::size_t size);

  std::vector<Event> events_;
  std::unique_ptr<char[]> first_chunk_;  // apart from the others: a small batch needs no list of chunks
  std::vector<std::unique_ptr<char[]>> more_chunks_;
  std::size_t chunk_bytes_ = 0;
  char* free_ = nullptr;  // the unused end of the chunk in use
  std::size_t free_size_ = 0;
};

}  // namespace vigil
