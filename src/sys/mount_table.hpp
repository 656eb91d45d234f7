// The text of /proc/self/mountinfo. Pure and portable: compiled, tested and fuzzed on every platform.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::sys {

// A file system at a place in the tree of names.
struct Mount {
  std::uint64_t id = 0;      // while it is mounted; used again
  std::uint64_t device = 0;  // as FileStatus::device; that of a Btrfs subvolume may be another
  std::string point;         // absolute, as this process sees it
  std::string type;          // "ext4", "fuse.sshfs", ...

  bool operator==(const Mount&) const = default;
};

// In the order of the table: of two with the same mount point the later hides the earlier. A line that is none of a
// mount table is passed over.
std::vector<Mount> parse_mount_table(std::string_view text);

}  // namespace vigil::sys
