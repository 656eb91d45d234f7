#include "cli/visible.hpp"

#include "cli/utf8.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace vigil::cli {
namespace {

TEST(Visible, OrdinaryTextStaysAsItIs) {
  for (const char* text : {"", "src/main.cpp", "häuser", "日本語 😀", "a\\b", "\u00A0", "e\u0301"}) {
    EXPECT_EQ(visible(text), text);
  }
}

TEST(Visible, HazardousCharactersAreNamed) {
  EXPECT_EQ(visible("a\nb\tc\rd"), R"(a\nb\tc\rd)");
  EXPECT_EQ(visible("\x1b]0;title\x07"), R"(\x1b]0;title\x07)");
  EXPECT_EQ(visible("\x7f"), R"(\x7f)");
  EXPECT_EQ(visible("\u0085\u009B"), R"(\u0085\u009b)");
  EXPECT_EQ(visible("\u2028\u2029"), R"(\u2028\u2029)");
  EXPECT_EQ(visible("\u202Egpj.exe"), R"(\u202egpj.exe)");
  EXPECT_EQ(visible(std::string_view("\0", 1)), R"(\x00)");
}

TEST(Visible, BytesThatAreNoUtf8AreNamed) {
  EXPECT_EQ(visible("caf\xE9"), R"(caf\xe9)");
  EXPECT_EQ(visible("\xE2\x82"), R"(\xe2\x82)");
  EXPECT_EQ(visible("\xED\xA0\x80"), R"(\xed\xa0\x80)");
}

// Whatever bytes come in, what goes out is UTF-8 without a control character, and stays as it is the second time.
TEST(Visible, NothingGetsThrough) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 12, 'x');
    for (char& byte : text) byte = static_cast<char>(random());
    const std::string shown = visible(text);
    for (std::string_view rest = shown; !rest.empty();) {
      const Utf8Character character = first_character(rest);
      ASSERT_TRUE(character.valid);
      ASSERT_GE(character.value, 0x20u);
      ASSERT_FALSE(character.value >= 0x7F && character.value <= 0x9F);
      rest.remove_prefix(character.size);
    }
    ASSERT_EQ(visible(shown), shown);
  }
}

}  // namespace
}  // namespace vigil::cli
