// BLAKE2b, beside what others make of the same.
#include "snapshot/content_hash.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace vigil::snapshot {
namespace {

std::string text_of(const ContentHash& hash) {
  std::string text;
  for (const std::uint8_t byte : hash) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte));
    text += digits;
  }
  return text;
}

std::string counted(int size) {
  std::string text;
  for (int number = 0; number < size; ++number) text.push_back(static_cast<char>(number % 251));
  return text;
}

// By Python's hashlib.blake2b(content, digest_size=16).
TEST(ContentHash, IsThatOfOthers) {
  const std::pair<std::string, std::string_view> known[] = {
      {"", "cae66941d9efbd404e4d88758ea67670"},
      {"abc", "cf4ab791c62b8d2b2109c90275287816"},
      {std::string(127, 'a'), "2228006d5107a5239e500da574466288"},
      {std::string(128, 'a'), "1271d28e731afb57bdfba6bdaf3501be"},
      {std::string(129, 'a'), "68b7bafbad5055c4ebe6eb170a0f8524"},
      {counted(1000), "bca120dfd89cd95d82898473a5b01c90"},
  };
  for (const auto& [content, hash] : known) {
    ContentHasher hasher;
    hasher.add(content);
    EXPECT_EQ(hash, text_of(hasher.finish())) << content.size() << " bytes";
  }
}

TEST(ContentHash, PiecesMakeNoDifference) {
  const std::string content = counted(1000);
  ContentHasher whole;
  whole.add(content);
  const ContentHash expected = whole.finish();
  for (const std::size_t size : {1, 7, 127, 128, 129, 500}) {
    ContentHasher hasher;
    for (std::size_t at = 0; at < content.size(); at += size) hasher.add(std::string_view(content).substr(at, size));
    EXPECT_EQ(expected, hasher.finish()) << size;
  }
}

}  // namespace
}  // namespace vigil::snapshot
