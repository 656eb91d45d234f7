// The seam to fanotify(7). Faked in tests.
#pragma once

#include "sys/disk.hpp"
#include "sys/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace vigil::sys {

// One fanotify group whose records name entries by the identity of their directory and a name, and tell of the entry's
// own identity (FAN_REPORT_DFID_NAME_TARGET, Linux 5.17). Non-blocking, close-on-exec. One thread at a time, but any
// may identify(), and poll descriptor().
class Fanotify {
 public:
  virtual ~Fanotify() = default;

  // The identity of an open directory, byte for byte as records have it. EOPNOTSUPP where its file system has no file
  // handles.
  virtual Outcome<std::string> identify(const Directory& directory) = 0;

  // Has all told that happens on the directory's file system. Marking it once more changes nothing. errno or 0: EXDEV,
  // ENODEV, EOPNOTSUPP where the file system cannot be marked.
  virtual int mark_file_system(const Directory& directory, std::uint64_t mask) = 0;

  // Has told what happens to the names in one directory, until the group ends: to take the mark away the directory
  // would have to be kept open, and its file system could not be unmounted meanwhile. errno or 0.
  virtual int mark_directory(const Directory& directory, std::uint64_t mask) = 0;

  // Ends all marks of file systems.
  virtual void unmark_file_systems() = 0;

  // Whole records, as many as are queued and fit. EAGAIN when there is none.
  virtual Outcome<std::size_t> read(std::span<std::byte> buffer) = 0;

  // How many records are queued.
  virtual Outcome<std::size_t> pending() = 0;

  virtual Descriptor descriptor() const = 0;
};

// EPERM without CAP_SYS_ADMIN, EINVAL before Linux 5.17, ENOSYS where the kernel was built without, EMFILE when the
// user's number of groups (fs.fanotify.max_user_groups) is exhausted.
Outcome<std::unique_ptr<Fanotify>> open_fanotify();

}  // namespace vigil::sys
