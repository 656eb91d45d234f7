// File systems that a test makes for itself, as root, in a mount namespace of its own: whatever becomes of the test,
// its mounts and loop devices end with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vigil::filesystems {

// Where one seed's work is done, and where it is watched: the same tree, perhaps by another way.
struct Arena {
  std::string inside;
  std::string outside;  // beside it, on the same file system
  std::string watched;
};

// A file system that is mounted. One thread at a time.
class Ground {
 public:
  virtual ~Ground() = default;

  // Directories of the seed's own, with some entries to begin with.
  virtual Arena arena(std::uint64_t seed) = 0;
};

// "ext4", "xfs", "btrfs", "tmpfs", "overlayfs", "fuse", "fuse_own_inodes", "bind", "bind_twice".
const std::vector<std::string>& ground_names();

// Whether such things may be made here; if not, why. The first call enters the namespace, and is made before any thread
// is started.
std::string why_not();

// Empty where the file system is not to be had; then `why` says what is missing.
std::unique_ptr<Ground> make_ground(const std::string& name, std::string& why);

// A directory in memory in which file systems are mounted; gone with the process.
const std::string& yard();

// A file system in a file, on a loop device. One thread at a time.
class LoopMount {
 public:
  // Makes the file and mounts it at `place`. `format` is ext4, xfs or btrfs.
  LoopMount(const std::string& format, std::string place, std::string& why);
  ~LoopMount();
  LoopMount(const LoopMount&) = delete;
  LoopMount& operator=(const LoopMount&) = delete;

  bool mount_at(const std::string& place);
  bool unmount();  // tries again while somebody is in it, for some seconds

 private:
  std::string image_;
  std::string place_;
};

}  // namespace vigil::filesystems
