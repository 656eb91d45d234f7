#include "base/utf.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace vigil::base {
namespace {

TEST(Utf, OrdinaryTextIsUtf8) {
  EXPECT_EQ(to_wtf8(u""), "");
  EXPECT_EQ(to_wtf8(u"a.txt"), "a.txt");
  EXPECT_EQ(to_wtf8(u"\u00e4\u20ac\U0001F600"), "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(to_utf16("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), u"\u00e4\u20ac\U0001F600");
}

TEST(Utf, ANulIsACharacterLikeOthers) {
  const std::u16string units{u'a', u'\0', u'b'};
  EXPECT_EQ(to_wtf8(units), std::string("a\0b", 3));
  EXPECT_EQ(to_utf16(std::string("a\0b", 3)), units);
}

TEST(Utf, TheEdgesOfEachLengthComeBack) {
  for (const char32_t value : {0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF}) {
    const std::u16string units = value < 0x10000
                                     ? std::u16string{static_cast<char16_t>(value)}
                                     : std::u16string{static_cast<char16_t>(0xD800 + ((value - 0x10000) >> 10)),
                                                      static_cast<char16_t>(0xDC00 + ((value - 0x10000) & 0x3FF))};
    EXPECT_EQ(to_utf16(to_wtf8(units)), units) << std::hex << static_cast<unsigned long>(value);
  }
}

TEST(Utf, ASurrogateWithoutItsOtherHalfComesBack) {
  EXPECT_EQ(to_wtf8(std::u16string{0xD83D}), "\xED\xA0\xBD");
  EXPECT_EQ(to_wtf8(std::u16string{0xDE00}), "\xED\xB8\x80");
  const std::vector<std::u16string> lone = {{0xD83D},       {0xDE00},      {0xDE00, 0xD83D}, {0xD83D, 0xD83D, 0xDE00},
                                            {0xD83D, u'a'}, {u'a', 0xDE00}};
  for (const std::u16string& units : lone) EXPECT_EQ(to_utf16(to_wtf8(units)), units);
}

// Two halves in different pieces are a pair only once they are put together.
TEST(Utf, APairIsNeverTwoTimesThreeBytes) {
  EXPECT_EQ(to_wtf8(std::u16string{0xD83D, 0xDE00}), "\xF0\x9F\x98\x80");
  EXPECT_EQ(to_utf16("\xED\xA0\xBD\xED\xB8\x80"), std::nullopt);
  EXPECT_NE(to_utf16("\xED\xB8\x80\xED\xA0\xBD"), std::nullopt);
}

TEST(Utf, WhatIsNoWtf8IsRefused) {
  const std::vector<std::string> bad = {
      "\x80",              // a byte that must follow
      "\xC3",              // cut short
      "\xE2\x82",          // cut short
      "\xF0\x9F\x98",      // cut short
      "\xC0\x80",          // overlong
      "\xC1\xBF",          // overlong
      "\xE0\x9F\xBF",      // overlong
      "\xF0\x8F\xBF\xBF",  // overlong
      "\xF4\x90\x80\x80",  // beyond U+10FFFF
      "\xF8\x88\x80\x80\x80",
      "\xFF",
      "a\xC3(",
  };
  for (const std::string& bytes : bad) EXPECT_EQ(to_utf16(bytes), std::nullopt) << ::testing::PrintToString(bytes);
}

// Surrogates and the edges of the encodings come up far more often than by chance.
TEST(Utf, AnySequenceOfUnitsComesBack) {
  std::mt19937 random(1);
  const char16_t likely[] = {u'a', 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFF};
  for (int round = 0; round < 20'000; ++round) {
    std::u16string units(random() % 8, u'\0');
    for (char16_t& unit : units) {
      unit = random() % 4 == 0 ? static_cast<char16_t>(random()) : likely[random() % std::size(likely)];
    }
    ASSERT_EQ(to_utf16(to_wtf8(units)), units);
  }
}

TEST(Utf, WhateverIsAcceptedComesBack) {
  std::mt19937 random(2);
  const char likely[] = {'a', '\xED', '\xA0', '\x9F', '\xB8', '\x80', '\xC2', '\xE0', '\xF0', '\xF4', '\x8F'};
  int accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string bytes(random() % 7, '\0');
    for (char& each : bytes) each = likely[random() % std::size(likely)];
    const std::optional<std::u16string> units = to_utf16(bytes);
    if (!units) continue;
    ++accepted;
    ASSERT_EQ(to_wtf8(*units), bytes);
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace vigil::base
