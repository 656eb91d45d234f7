// The hash of a file's content: BLAKE2b (RFC 7693), 16 bytes of it, so that nobody makes two files with one hash.
#pragma once

#include "snapshot/format.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vigil::snapshot {

// One content, piece by piece. One thread at a time.
class ContentHasher {
 public:
  ContentHasher();

  void add(std::string_view piece);

  // Of all that was added. The hasher is of no use after that.
  ContentHash finish();

 private:
  static constexpr std::size_t kBlock = 128;

  void compress(bool is_last);

  std::array<std::uint64_t, 8> state_;
  std::array<std::uint8_t, kBlock> block_{};
  std::size_t used_ = 0;     // of the block
  std::uint64_t count_ = 0;  // bytes before it, and, once it is compressed, in it
};

}  // namespace vigil::snapshot
