// Interned names: each distinct name is stored once, counted, and its room used again when the last use is gone.
#pragma once

#include "base/pages.hpp"
#include "tree/id_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vigil::tree {

using NameId = std::uint32_t;
inline constexpr NameId kNoName = 0;

// A name takes its bytes and six more, and 5 to 10 in the index. At most 4 GiB in all (std::bad_alloc beyond), each
// name at most 2^31 - 1 times in use. Memory follows the content down: the index shrinks, and while more than half of
// the room is free, free pieces are joined to larger ones now and then, and what is free as a whole chunk of 128 KiB
// goes back to the system.
//
// One thread at a time.
class Names {
 public:
  // The id of the name, with one more use. At most 65,535 bytes a name. `name` may be the text of an id.
  NameId acquire(std::string_view name);

  // Without adding a use; kNoName where nobody uses it.
  NameId find(std::string_view name) const;

  // One use less.
  void release(NameId id);

  // Valid until the name's last use is released.
  std::string_view text(NameId id) const;

  std::size_t size() const { return index_.size(); }  // distinct names

  // What was touched of the memory held.
  std::size_t memory_bytes() const;

 private:
  // Room comes in chunks and is handed out in pieces, counted in units of two bytes; the id of a name is the number of
  // its piece's first unit. A chunk's first unit is left out: so no name has the id 0, and no piece more units than
  // 16 bits can tell.
  static constexpr unsigned kChunkShift = 16;
  static constexpr std::uint32_t kChunkUnits = std::uint32_t{1} << kChunkShift;
  static constexpr std::uint32_t kListedUnits = 512;

  char* at(std::uint32_t unit) const;
  NameId find(std::uint32_t hash, std::string_view name) const;
  std::uint32_t take(std::uint32_t units);
  void give_back(std::uint32_t piece, std::uint32_t units);
  void add_free(std::uint32_t piece, std::uint32_t units);
  void set_fresh(std::uint32_t piece, std::uint32_t units);
  void renew_fresh(std::uint32_t units);
  void add_chunk();
  void join_free();
  void join_free(std::uint32_t chunk);
  std::size_t units_held() const;

  IdTable index_;
  std::vector<base::Pages> chunks_;           // empty where a chunk went back to the system
  std::vector<std::uint32_t> absent_chunks_;  // numbers of those

  // Free pieces, a list for each number of units up to kListedUnits; the list of that number holds larger ones too.
  std::array<std::uint32_t, kListedUnits + 1> free_{};
  std::size_t free_units_ = 0;
  std::size_t units_given_back_ = 0;  // since free pieces were last joined

  // New pieces are cut from here when no free one has their size.
  std::uint32_t fresh_ = 0;
  std::uint32_t fresh_units_ = 0;
};

}  // namespace vigil::tree
