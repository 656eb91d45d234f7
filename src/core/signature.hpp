// What an entry looks like to who asks every so often, in few bits: equality is all that matters, no clock is asked.
#pragma once

#include "sys/disk.hpp"

#include <cstdint>
#include <string_view>

namespace vigil::core {

// Of a status: four hashes side by side, so that what changed can be told, too. 0 is that of nothing.
//
//   24 bits  content: size and modification time; nothing of a directory, whose entries are compared by themselves
//   24 bits  change: all of it, with the change time; of a directory without the times that go with its entries
//    6 bits  access: mode and owner
//   10 bits  birth, 0 where it is not known
//
// The inode is not in it, as the tree holds that. A change of content passes unseen once in 2^48 times, one that left
// no trace but in the change time once in 2^24.
using Signature = std::uint64_t;
inline constexpr Signature kUnsigned = 0;

// Of what nobody knows the look of: whatever it is compared with has changed.
inline constexpr Signature kUnknownLook = 1;

Signature signature_of(const sys::FileStatus& status);

// What is different from the entry that had the signature.
struct Difference {
  bool any = false;
  bool content = false;  // size or modification time
  bool access = false;   // mode or owner
};
Difference difference(Signature before, Signature now);

// Like it but of another content: whoever is compared with it is told of.
Signature in_doubt(Signature signature);

// Whether both are known to be born at the same moment.
bool born_alike(Signature one, Signature other);

// Whether a time is one that a clock gave, most likely: one set by hand, and those of FAT, are whole seconds.
bool has_fraction(Timestamp time);

// Of a directory's times: another when a name came or went, if the file system keeps them and its clock has ticked.
std::uint64_t times_of(const sys::FileStatus& status);

// Names may come and go for so long without another time: two seconds where FAT, or whoever keeps whole seconds only,
// stamps them; else some ticks of the clock.
std::chrono::milliseconds tick_of(const sys::FileStatus& directory);

// Of a directory's listing, in whichever order: its names and types, and the inode numbers that it was listed with.
struct ListingSum {
  std::uint64_t names = 0;
  std::uint64_t inodes = 0;

  void add(const sys::DirectoryEntry& entry);
  bool operator==(const ListingSum&) const = default;
};

}  // namespace vigil::core
