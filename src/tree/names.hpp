// Interned names: each distinct name is stored once, counted, and its room used again when the last use is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace vigil::tree {

using NameId = std::uint32_t;
inline constexpr NameId kNoName = 0;

// One thread at a time.
class Names {
 public:
  Names();
  ~Names();
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // The id of the name, with one more use. At most 65,535 bytes a name.
  NameId acquire(std::string_view name);

  // Without adding a use; kNoName where nobody uses it.
  NameId find(std::string_view name) const;

  // One use less.
  void release(NameId id);

  // Valid until the name's last use is released.
  std::string_view text(NameId id) const;

  std::size_t size() const;
  std::size_t memory_bytes() const;
};

}  // namespace vigil::tree
