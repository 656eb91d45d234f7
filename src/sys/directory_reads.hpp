// The seam to ReadDirectoryChangesW for a watcher: any number of directories, one stream. Faked in tests.
#pragma once

#include <vigil/descriptor.hpp>

#include "sys/disk.hpp"
#include "sys/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vigil::sys {

// What came of the reads.
struct Told {
  enum class What : std::uint8_t {
    records,   // `bytes` are those of a read
    lost,      // more happened in the directory than anybody keeps; it is read on
    ended,     // nothing more is told of it: it was removed, or `error` says what else
    is_there,  // a mark
  };

  What what = What::lost;
  bool extended = false;   // records: in the extended layout
  std::uint32_t read = 0;  // which directory; not of a mark
  int error = 0;           // ended
  std::uint64_t mark = 0;  // is_there
  std::vector<std::byte> bytes{};
};

// Reads the changes of directories, all the time, and keeps what they told until it is taken. What it keeps is bounded;
// beyond, a directory's records are dropped and it is told as lost.
//
// One thread at a time, but descriptor().
class DirectoryReads {
 public:
  virtual ~DirectoryReads() = default;

  struct Scope {
    bool subtree = false;     // what is in the directories below, too
    bool names_only = false;  // which names come and go
  };

  // Reads the changes of exactly this open directory from now on. Gives its number, which is never used again.
  virtual Outcome<std::uint32_t> open(const Directory& directory, Scope scope) = 0;

  // Whether the read is going on, and is of this directory.
  virtual bool reads(std::uint32_t read, const Directory& directory) const = 0;

  // Wine: a directory that was renamed goes on being told of by its old path, until begin_anew(), and until what is
  // below is opened the next time.
  virtual bool tells_old_paths() const { return false; }

  // Drops what was told of a read and not taken, closes the directory and reads it anew. False: it ended.
  virtual bool begin_anew(std::uint32_t /*read*/) { return false; }

  // Ends a read, one that ended included. The directory's handle is closed as soon as the system is done with its
  // buffers. Nothing more is told of it.
  virtual void close(std::uint32_t read) = 0;

  // The oldest that was told and not taken; false when there is nothing.
  virtual bool take(Told& told) = 0;

  // Has `is_there` told behind everything that happened before the call. Gives its number; they rise by one.
  virtual std::uint64_t mark() = 0;

  // Readable, or signalled, while there is something to take.
  virtual Descriptor descriptor() const = 0;

  virtual std::size_t memory_bytes() const = 0;
};

// The real one. `queue_bytes_max` is what it keeps.
Outcome<std::unique_ptr<DirectoryReads>> open_directory_reads(std::size_t queue_bytes_max);

}  // namespace vigil::sys
