#include "core/signature.hpp"

#include "tree/hash.hpp"

#include <algorithm>
#include <chrono>

namespace vigil::core {

namespace {

constexpr int kContentBits = 24;
constexpr int kChangeBits = 24;
constexpr int kAccessBits = 6;
constexpr int kBirthBits = 10;
static_assert(kContentBits + kChangeBits + kAccessBits + kBirthBits == 64);

constexpr int kAccessBegin = kBirthBits;
constexpr int kChangeBegin = kAccessBegin + kAccessBits;
constexpr int kContentBegin = kChangeBegin + kChangeBits;

constexpr std::uint64_t mask(int bits) { return (std::uint64_t{1} << bits) - 1; }
constexpr std::uint64_t kBirthMask = mask(kBirthBits);
constexpr std::uint64_t kAccessMask = mask(kAccessBits) << kAccessBegin;
constexpr std::uint64_t kContentMask = mask(kContentBits) << kContentBegin;

constexpr std::chrono::milliseconds kFineTick{100};
constexpr std::chrono::milliseconds kCoarseTick{2500};

std::uint64_t number(Timestamp time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

// Few bits of a hash of some numbers, well spread.
class Hash {
 public:
  Hash& add(std::uint64_t value) {
    state_ = tree::mix(state_ ^ value);
    return *this;
  }
  std::uint64_t bits(int count) const {
    std::uint64_t value = tree::mix(tree::mix(state_));
    value ^= value >> 32;
    return value & mask(count);
  }

 private:
  std::uint64_t state_ = 0x5bd1e9955bd1e995;
};

}  // namespace

Signature signature_of(const sys::FileStatus& status) {
  const bool is_directory = status.type == EntryType::directory;
  Hash content;
  if (!is_directory) content.add(status.size).add(number(status.modified));
  Hash change = content;
  // What comes and goes in a directory sets both times alike.
  const bool is_told_by_entries = is_directory && status.changed == status.modified;
  change.add(static_cast<std::uint64_t>(status.type)).add(status.access);
  change.add(is_told_by_entries ? 0 : number(status.changed));
  std::uint64_t birth = 0;
  if (status.born) {
    birth = Hash().add(number(*status.born)).bits(kBirthBits);
    if (birth == 0) birth = 1;
  }
  const std::uint64_t some_content = std::max<std::uint64_t>(content.bits(kContentBits), 1);  // 0 is in doubt
  return some_content << kContentBegin | change.bits(kChangeBits) << kChangeBegin |
         Hash().add(status.access).bits(kAccessBits) << kAccessBegin | birth;
}

Difference difference(Signature before, Signature now) {
  const std::uint64_t different = before ^ now;
  return {different != 0, (different & kContentMask) != 0, (different & kAccessMask) != 0};
}

Signature in_doubt(Signature signature) {
  const Signature without_content = signature & ~kContentMask;
  return without_content == kUnsigned ? 1 : without_content;
}

bool born_alike(Signature one, Signature other) { return (one & kBirthMask) != 0 && ((one ^ other) & kBirthMask) == 0; }

bool has_fraction(Timestamp time) { return time.time_since_epoch().count() % 1'000'000'000 != 0; }

std::uint64_t times_of(const sys::FileStatus& status) {
  return tree::mix(tree::mix(number(status.modified)) ^ number(status.changed));
}

std::chrono::milliseconds tick_of(const sys::FileStatus& directory) {
  return has_fraction(directory.modified) || has_fraction(directory.changed) ? kFineTick : kCoarseTick;
}

void ListingSum::add(const sys::DirectoryEntry& entry) {
  // Two hashes that differ in their beginning, so that names alike in one are not in the other.
  const std::uint64_t low = tree::hash_bytes(entry.name);
  std::uint64_t text = tree::mix(low ^ std::uint64_t{entry.name.size()} << 32);
  for (const char letter : entry.name) text = (text ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  names += tree::mix(tree::mix(text) ^ static_cast<std::uint64_t>(entry.type));
  inodes += tree::mix(tree::mix(text ^ entry.inode));
}

}  // namespace vigil::core
