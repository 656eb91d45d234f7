#include "tree/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::tree {
namespace {

TEST(Hash, EveryByteCounts) {
  for (std::size_t length = 1; length < 70; ++length) {
    std::set<std::uint32_t> hashes = {hash_bytes(std::string(length, 'x'))};
    for (std::size_t position = 0; position < length; ++position) {
      for (const char byte : {'y', '\0', '\xff'}) {
        std::string text(length, 'x');
        text[position] = byte;
        EXPECT_TRUE(hashes.insert(hash_bytes(text)).second) << "byte " << position << " of " << length;
      }
    }
  }
}

TEST(Hash, LengthCounts) {
  std::set<std::uint32_t> hashes;
  const std::string zeros(100, '\0');
  for (std::size_t length = 0; length <= zeros.size(); ++length) {
    EXPECT_TRUE(hashes.insert(hash_bytes(std::string_view(zeros).substr(0, length))).second);
  }
}

TEST(Hash, OrderOfWordsCounts) {
  EXPECT_NE(hash_bytes("aaaaaaaabbbbbbbbcccccccc"), hash_bytes("bbbbbbbbaaaaaaaacccccccc"));
  EXPECT_NE(hash_bytes("aaaaaaaaaaaaaaaabbbbbbbb"), hash_bytes("bbbbbbbbaaaaaaaaaaaaaaaa"));
}

TEST(Hash, IsTheSameAtAnyAddress) {
  const std::string text = "a name of some length";
  for (std::size_t offset = 0; offset < 8; ++offset) {
    const std::string shifted = std::string(offset, '-') + text;
    EXPECT_EQ(hash_bytes(std::string_view(shifted).substr(offset)), hash_bytes(text));
  }
}

std::size_t distinct(std::vector<std::uint32_t> values) {
  std::sort(values.begin(), values.end());
  return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

// Numbered names are what directories are full of. Of 100,000 random hashes of 32 bits, one or two collide, and half of
// their bits takes 78 of 100 possible values.
TEST(Hash, NumberedNamesSpread) {
  for (const char* suffix : {"", ".o", ".jpeg", "-0123456789abcdef.tmp"}) {
    std::vector<std::uint32_t> whole;
    std::vector<std::uint32_t> high_half;
    std::vector<std::uint32_t> low_half;
    for (int number = 0; number < 100'000; ++number) {
      whole.push_back(hash_bytes(std::to_string(number) + suffix));
      high_half.push_back(whole.back() >> 16);
      low_half.push_back(whole.back() & 0xffff);
    }
    EXPECT_GE(distinct(whole), 99'980U) << suffix;
    EXPECT_NEAR(static_cast<double>(distinct(high_half)), 0.782 * 65'536, 800) << suffix;
    EXPECT_NEAR(static_cast<double>(distinct(low_half)), 0.782 * 65'536, 800) << suffix;
  }
}

// What collided once: bytes whose change came back in the last word, which overlaps the one before.
TEST(Hash, OverlappingWordsDoNotCancel) {
  std::string left(52, 'x');
  std::string right(52, 'x');
  left[47] = '\xff';
  right[51] = '\xff';
  EXPECT_NE(hash_bytes(left), hash_bytes(right));
  EXPECT_NE(hash_bytes("1232.o"), hash_bytes("12322.o"));
}

}  // namespace
}  // namespace vigil::tree
