// The seam to what is mounted where. Faked in tests.
#pragma once

#include <vigil/descriptor.hpp>

#include "sys/disk.hpp"
#include "sys/mount_table.hpp"
#include "sys/outcome.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vigil::sys {

// One thread at a time, except descriptor().
class Mounts {
 public:
  virtual ~Mounts() = default;

  // Readable when one that was joined to it is, or when something was mounted, unmounted or moved. That thing may be
  // taken note of by whoever looks at the descriptor first, so each look is to be followed by changed().
  virtual Descriptor descriptor() const = 0;

  // From now on descriptor() is readable while that one is, too. The system's error, or 0. On Windows there can be but
  // one, before descriptor() is asked for.
  virtual int join(Descriptor descriptor) = 0;

  // Whether something was mounted, unmounted or moved since the last call. One system call.
  virtual bool changed() = 0;

  // Everything that is mounted, as this process sees it. Fails where the system does not tell.
  virtual Outcome<std::vector<Mount>> read() = 0;

  // The type of the file system of a directory, as far as the directory itself tells, in the words of the table;
  // empty where it does not. On Windows "remote" or "local".
  virtual std::string type_of(const Directory& directory) = 0;
};

// Fails only for want of descriptors; where the system keeps no table, it never changes.
Outcome<std::unique_ptr<Mounts>> open_mounts();

}  // namespace vigil::sys
