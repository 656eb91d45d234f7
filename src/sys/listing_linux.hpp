// Blocks of getdents64(2) to directory entries. Makes no system call, so that every case of it can be tested.
#pragma once

#include "sys/disk.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace vigil::sys {

EntryType type_of_mode(unsigned mode);           // the S_IFMT part of st_mode
EntryType type_of_dirent(unsigned char d_type);  // unknown for DT_UNKNOWN

// The room one directory needs while it is read, used again for the next directory. One thread at a time.
class Listing {
 public:
  // Where getdents64 is to write.
  std::span<std::byte> block() { return block_; }

  // The entries in the first `size` bytes of the block, without "." and "..". Those whose type the file system does
  // not tell are unknown. Valid until the next call.
  std::span<DirectoryEntry> parse(std::size_t size);

 private:
  // Large directories come in few system calls, and the block still fits the first-level cache.
  alignas(8) std::array<std::byte, 32 * 1024> block_;
  std::vector<DirectoryEntry> entries_;
};

}  // namespace vigil::sys
