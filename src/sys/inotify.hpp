// The seam to inotify(7). Faked in tests.
#pragma once

#include "sys/disk.hpp"
#include "sys/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace vigil::sys {

// One inotify instance. Non-blocking, close-on-exec. One thread at a time, but any may add(), and poll descriptor().
class Inotify {
 public:
  virtual ~Inotify() = default;

  // inotify_add_watch on exactly this open directory: no path is walked, so none can be swapped meanwhile.
  virtual Outcome<int> add(const Directory& directory, std::uint32_t mask) = 0;

  // inotify_rm_watch; the kernel queues IN_IGNORED. Returns errno or 0.
  virtual int remove(int watch) = 0;

  // Whole records, as many as are queued and fit. EAGAIN when there is none.
  virtual Outcome<std::size_t> read(std::span<std::byte> buffer) = 0;

  // FIONREAD: bytes queued.
  virtual Outcome<std::size_t> pending() = 0;

  virtual Descriptor descriptor() const = 0;
};

// Fails with EMFILE when the user's number of instances is exhausted. `descriptor_links` is where the process's
// descriptors appear as links; it may be missing (a bare chroot), and adding is dearer then.
Outcome<std::unique_ptr<Inotify>> open_inotify(std::string_view descriptor_links = "/proc/self/fd/");

// For when no instance is to be had: each add() tries for one, and fails as open_inotify() does until there is.
Outcome<std::unique_ptr<Inotify>> open_inotify_later();

}  // namespace vigil::sys
