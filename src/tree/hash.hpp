// Hashes for tables in memory: quick, the same in every run, no defence against names chosen to collide.
#pragma once

#include <cstdint>
#include <string_view>

namespace vigil::tree {

// One round; no two values have the same result. High bits reach the low ones in the next round.
inline std::uint64_t mix(std::uint64_t value) { return (value ^ value >> 32) * 0xd6e8feb86659fd93; }

// Spreads the bits of `value` over all bits of the result.
inline std::uint32_t spread(std::uint64_t value) {
  value = mix(mix(value));
  return static_cast<std::uint32_t>(value ^ value >> 32);
}

// Of text of any length, at any address.
std::uint32_t hash_bytes(std::string_view text);

}  // namespace vigil::tree
