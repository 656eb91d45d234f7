// A hash table of 32-bit ids. What an id stands for, its key, stays with the table's owner.
#pragma once

#include "base/pages.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace vigil::tree {

// Spreads the bits of `value` over all 32 bits of the result.
inline std::uint32_t spread(std::uint64_t value) {
  value *= 0x9e3779b97f4a7c15;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93;
  return static_cast<std::uint32_t>(value >> 32);
}

// Open addressing with linear probing. Takes 5 to 7.5 bytes an id while it grows, and gives room back as it empties.
//
// Ids are never 0. A hash is to be spread over all of its bits. `hash_of(id)` gives, for any id in the table, the hash
// it was inserted with. One thread at a time.
class IdTable {
 public:
  IdTable() : IdTable(kCapacityMin) {}

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return slots_.size(); }

  // The id with this hash for which matches(id) holds; 0 where there is none. Ids with other hashes may be asked about.
  template <typename Matches>
  std::uint32_t find(std::uint32_t hash, const Matches& matches) const {
    std::uint32_t slot = home(hash);
    while (at(slot) != 0 && !matches(at(slot))) slot = after(slot);
    return at(slot);
  }

  // `id` is not in the table.
  template <typename HashOf>
  void insert(std::uint32_t hash, std::uint32_t id, const HashOf& hash_of) {
    if ((size_ + 1) * 5 > std::size_t{capacity_} * 4) resize(capacity_ + capacity_ / 2, hash_of);
    place(hash, id);
    ++size_;
  }

  // `id` is in the table.
  template <typename HashOf>
  void erase(std::uint32_t hash, std::uint32_t id, const HashOf& hash_of) {
    std::uint32_t hole = home(hash);
    while (at(hole) != id) {
      assert(at(hole) != 0);
      hole = after(hole);
    }
    // A search ends at the first empty slot: whatever is looked for by way of the hole moves into it.
    for (std::uint32_t slot = after(hole); at(slot) != 0; slot = after(slot)) {
      if (distance(home(hash_of(at(slot))), slot) < distance(hole, slot)) continue;
      at(hole) = at(slot);
      hole = slot;
    }
    at(hole) = 0;
    --size_;
    if (capacity_ > kCapacityMin && size_ * 5 < capacity_) resize(capacity_ / 2, hash_of);
  }

 private:
  static constexpr std::uint32_t kCapacityMin = 1024;  // one page

  explicit IdTable(std::uint32_t capacity) : slots_(capacity * sizeof(std::uint32_t)), capacity_(capacity) {}

  // A proportion, not a remainder: so the capacity can be any number, and growing by half wastes less than doubling.
  std::uint32_t home(std::uint32_t hash) const {
    return static_cast<std::uint32_t>((std::uint64_t{hash} * capacity_) >> 32);
  }
  std::uint32_t after(std::uint32_t slot) const { return slot + 1 == capacity_ ? 0 : slot + 1; }
  std::uint32_t distance(std::uint32_t from, std::uint32_t to) const {
    return to >= from ? to - from : to + (capacity_ - from);
  }
  std::uint32_t& at(std::uint32_t slot) const { return static_cast<std::uint32_t*>(slots_.data())[slot]; }

  void place(std::uint32_t hash, std::uint32_t id) {
    std::uint32_t slot = home(hash);
    while (at(slot) != 0) slot = after(slot);
    at(slot) = id;
  }

  template <typename HashOf>
  void resize(std::uint32_t capacity, const HashOf& hash_of) {
    IdTable resized(capacity < kCapacityMin ? kCapacityMin : capacity);
    for (std::uint32_t slot = 0; slot < capacity_; ++slot) {
      if (const std::uint32_t id = at(slot); id != 0) resized.place(hash_of(id), id);
    }
    std::swap(slots_, resized.slots_);
    std::swap(capacity_, resized.capacity_);
  }

  base::Pages slots_;
  std::uint32_t capacity_;
  std::size_t size_ = 0;
};

}  // namespace vigil::tree
