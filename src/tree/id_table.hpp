// A hash table of 32-bit ids. What an id stands for, its key, stays with the table's owner.
#pragma once

#include "base/pages.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace vigil::tree {

// Open addressing with linear probing. Takes 5 to 10 bytes an id while it grows, and gives room back as it empties.
//
// Ids are never 0. A hash is to be spread over all of its bits. `hash_of(id)` gives, for any id in the table, the hash
// it was inserted with. One thread at a time.
class IdTable {
 public:
  IdTable() : IdTable(kCapacityMin, 16) {}

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return slots_.size(); }

  // The id with this hash for which matches(id) holds; 0 where there is none. Ids with other hashes may be asked about.
  template <typename Matches>
  std::uint32_t find(std::uint32_t hash, const Matches& matches) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::uint32_t slot = home(hash); at(slot) != 0; slot = after(slot)) {
      // Looking at what an id stands for costs a cache miss, which the tag spares where the hashes differ.
      if ((at(slot) & ~id_mask_) == tag && matches(id_at(slot))) return id_at(slot);
    }
    return 0;
  }

  // `id` is not in the table.
  template <typename HashOf>
  void insert(std::uint32_t hash, std::uint32_t id, const HashOf& hash_of) {
    const bool full = (size_ + 1) * 5 > std::size_t{capacity_} * 4;
    if (full || (id & ~id_mask_) != 0) {
      // Ids are used again: the newest may be the smallest.
      resize(full ? capacity_ * 2 : capacity_, std::max(id_bits_, id_bits_for(id)), hash_of);
    }
    place(hash, id);
    ++size_;
  }

  // `id` is in the table.
  template <typename HashOf>
  void erase(std::uint32_t hash, std::uint32_t id, const HashOf& hash_of) {
    std::uint32_t hole = home(hash);
    while (id_at(hole) != id) {
      assert(at(hole) != 0);
      hole = after(hole);
    }
    // A search ends at the first empty slot: whatever is looked for by way of the hole moves into it.
    for (std::uint32_t slot = after(hole); at(slot) != 0; slot = after(slot)) {
      if (distance(home(hash_of(id_at(slot))), slot) < distance(hole, slot)) continue;
      at(hole) = at(slot);
      hole = slot;
    }
    at(hole) = 0;
    --size_;
    if (capacity_ > kCapacityMin && size_ * 5 < capacity_) resize(capacity_ / 2, id_bits_, hash_of);
  }

 private:
  static constexpr std::uint32_t kCapacityMin = 1024;  // one page

  IdTable(std::uint32_t capacity, int id_bits)
      : slots_(capacity * sizeof(std::uint32_t)),
        capacity_(capacity),
        id_bits_(id_bits),
        id_mask_(static_cast<std::uint32_t>((std::uint64_t{1} << id_bits) - 1)) {}

  // A slot is empty, 0, or holds an id and, in the high bits that ids do not need, the low bits of its hash, a tag.
  std::uint32_t& at(std::uint32_t slot) const { return static_cast<std::uint32_t*>(slots_.data())[slot]; }
  std::uint32_t id_at(std::uint32_t slot) const { return at(slot) & id_mask_; }
  std::uint32_t tag_of(std::uint32_t hash) const { return static_cast<std::uint32_t>(std::uint64_t{hash} << id_bits_); }

  // Leaves room for ids to grow fourfold.
  static int id_bits_for(std::uint32_t id) { return std::min(static_cast<int>(std::bit_width(id)) + 2, 32); }

  // Capacities are powers of two. The high bits of the hash say where, so that ids keep their order when it changes.
  std::uint32_t home(std::uint32_t hash) const {
    return static_cast<std::uint32_t>((std::uint64_t{hash} * capacity_) >> 32);
  }
  std::uint32_t after(std::uint32_t slot) const { return (slot + 1) & (capacity_ - 1); }
  std::uint32_t distance(std::uint32_t from, std::uint32_t to) const { return (to - from) & (capacity_ - 1); }

  void place(std::uint32_t hash, std::uint32_t id) {
    std::uint32_t slot = home(hash);
    while (at(slot) != 0) slot = after(slot);
    at(slot) = tag_of(hash) | id;
  }

  template <typename HashOf>
  void resize(std::uint32_t capacity, int id_bits, const HashOf& hash_of) {
    IdTable resized(capacity, id_bits);
    for (std::uint32_t slot = 0; slot < capacity_; ++slot) {
      if (at(slot) != 0) resized.place(hash_of(id_at(slot)), id_at(slot));
    }
    resized.size_ = size_;
    std::swap(*this, resized);
  }

  base::Pages slots_;
  std::uint32_t capacity_;
  int id_bits_;
  std::uint32_t id_mask_;
  std::size_t size_ = 0;
};

}  // namespace vigil::tree
