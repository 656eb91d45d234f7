// The blocking primitive: open a directory, read its changes, end the read from any thread.
#pragma once

#include <vigil/export.h>
#include <vigil/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace vigil {

// A registry of open directories, each known by a number. For programs that want one directory's changes as the system
// call gives them, and a read that can be ended; whoever wants to know what exactly became of a tree uses Watcher.
//
// What a read gives are records in the layout that Windows calls FILE_NOTIFY_INFORMATION, on every platform: each at a
// multiple of four bytes, made of three 32-bit numbers (bytes from this record to the next, 0 in the last; the action;
// the length of the name in bytes) and the name in UTF-16, relative to the directory, not terminated. The actions are
// 1 added, 2 removed, 3 modified, 4 renamed (the old name), 5 renamed (the new name, in the record after the old one).
// A move to another directory is 2 and 1. On Windows names are separated by '\', elsewhere by '/'. A byte of a name
// that is not part of valid UTF-8, which Linux permits, is given as the unit 0xDC00 plus the byte.
//
// Changes are kept between two reads. On Windows that begins with the first read, whose buffer also decides how much
// is kept: choose 64 KiB. Elsewhere it begins with get_directory_handle().
//
// All members may be called from any thread. Destroying a registry closes all its handles; no other call than waiting
// reads may be under way.
class VIGIL_EXPORT DirectoryReader {
 public:
  // Never used again, by any registry of the process; 0 is none.
  using Handle = std::uint64_t;

  struct Changes {
    std::size_t bytes = 0;  // filled with records
    bool lost = false;      // more happened than fits: `bytes` is 0, and the directory is to be listed anew
  };

  DirectoryReader();
  ~DirectoryReader();
  DirectoryReader(DirectoryReader&&) noexcept;
  DirectoryReader& operator=(DirectoryReader&&) noexcept;

  // Opens a directory, with all below it if `recursive`: chosen here and not with each read because Windows lets the
  // first read decide for all. On Windows the directory can still be renamed and removed, but its name is free again
  // only once the handle is closed. Fails with not_found, not_watchable for what is no directory, permission_denied,
  // limit_reached, invalid_argument for an empty path, one with a NUL or, on Windows, one that is not UTF-8 (or WTF-8).
  Result<Handle> get_directory_handle(std::string_view path, bool recursive = true);

  // Waits until something changed and fills `buffer` with it. Of several reads that wait on one handle each change
  // goes to one, the first that came. The buffer is at least one byte, at an address that is a multiple of four; the
  // system writes to it only during the call. Fails with
  //   cancelled         the handle was closed, or its reads cancelled, while this one waited
  //   timed_out         `timeout` passed; below zero or none is for ever, zero takes what is there
  //   bad_handle        the number is of no open handle of this registry
  //   invalid_argument  the buffer
  //   not_found         the directory is gone; the handle is of no more use, but is still to be closed
  // or with what else the system says.
  Result<Changes> read_directory_changes(Handle handle, std::span<std::byte> buffer,
                                         std::optional<std::chrono::nanoseconds> timeout = {});

  // Ends the reads that wait now, each with `cancelled`, and leaves the handle open. A read that begins later is not
  // concerned: to end one that may be about to begin, close the handle. Fails with bad_handle.
  Status cancel(Handle handle);

  // Ends the reads that wait, each with `cancelled`, and closes the directory. When it returns the system touches no
  // buffer any more and the directory's name is free. A handle that is being closed by another thread is waited for; of
  // one that was closed before, bad_handle says so and nothing else happens.
  Status close_directory_handle(Handle handle);

  // Handles open now, and reads that wait now.
  std::size_t open_handles() const;
  std::size_t waiting_reads() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vigil
