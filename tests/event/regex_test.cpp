#include "event/regex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <random>
#include <regex>
#include <string>

namespace vigil::event {
namespace {

bool matches(std::string_view expression, std::string_view text) {
  const Result<Regex> regex = Regex::parse(expression);
  EXPECT_TRUE(regex) << regex.error().message();
  return regex && regex->matches(text);
}

std::string refusal(std::string_view expression) {
  const Result<Regex> regex = Regex::parse(expression);
  EXPECT_FALSE(regex) << expression;
  if (regex) return {};
  EXPECT_EQ(ErrorCode::invalid_pattern, regex.error().code());
  const std::string& message = regex.error().message();
  return message.substr(message.find(" at byte ") + 9);
}

TEST(RegexTest, MatchesAnyPart) {
  EXPECT_TRUE(matches("b", "abc"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("", "x"));
  EXPECT_FALSE(matches("d", "abc"));
  EXPECT_TRUE(matches("^abc$", "abc"));
  EXPECT_FALSE(matches("^b", "abc"));
  EXPECT_FALSE(matches("b$", "abc"));
  EXPECT_TRUE(matches("a.c", "xa/cx"));
  EXPECT_TRUE(matches("^.$", "\n"));
}

TEST(RegexTest, Repetitions) {
  EXPECT_TRUE(matches("^ab*c$", "ac"));
  EXPECT_TRUE(matches("^ab+?c$", "abbbc"));
  EXPECT_FALSE(matches("^ab+c$", "ac"));
  EXPECT_TRUE(matches("^(ab)?c$", "abc"));
  EXPECT_TRUE(matches("^a{2,3}$", "aaa"));
  EXPECT_FALSE(matches("^a{2,3}$", "a"));
  EXPECT_FALSE(matches("^a{2,3}$", "aaaa"));
  EXPECT_TRUE(matches("^a{2}$", "aa"));
  EXPECT_TRUE(matches("^a{2,}$", "aaaaaa"));
  EXPECT_TRUE(matches("^a{0}b$", "b"));
  EXPECT_TRUE(matches("^(a*)*b$", "aab"));
  EXPECT_TRUE(matches("^(|a)+$", "aaa"));
  EXPECT_TRUE(matches("^()*$", ""));
}

TEST(RegexTest, AlternativesAndGroups) {
  EXPECT_TRUE(matches("^(?:a|bc|)$", "bc"));
  EXPECT_TRUE(matches("^(?:a|bc|)$", ""));
  EXPECT_FALSE(matches("^(?:a|bc)$", "ab"));
  EXPECT_TRUE(matches("a|^b$|c", "b"));
  EXPECT_TRUE(matches("(\xc3\xa9|x)", "caf\xc3\xa9"));
}

TEST(RegexTest, SetsAndEscapes) {
  EXPECT_TRUE(matches("^[a-c]+$", "abc"));
  EXPECT_FALSE(matches("^[^a-c]$", "b"));
  EXPECT_TRUE(matches("^[]a]$", "]"));
  EXPECT_TRUE(matches("^[^]a]$", "b"));
  EXPECT_TRUE(matches("^[a-]$", "-"));
  EXPECT_TRUE(matches("^[[:digit:]x]$", "7"));
  EXPECT_TRUE(matches("^[\\d_]$", "7"));
  EXPECT_TRUE(matches("^\\d\\w\\s$", "1_ "));
  EXPECT_TRUE(matches("^\\D\\W\\S$", "a-b"));
  EXPECT_TRUE(matches("\\.o$", "a.o"));
  EXPECT_FALSE(matches("\\.o$", "ao"));
  EXPECT_TRUE(matches("^\\x41\\n$", "A\n"));
  EXPECT_TRUE(matches("\\bfoo\\b", "a foo b"));
  EXPECT_FALSE(matches("\\bfoo\\b", "afoo"));
  EXPECT_TRUE(matches("\\Boo", "foo"));
}

TEST(RegexTest, WithoutRegardToCase) {
  EXPECT_TRUE(matches("(?i)^makefile$", "MakeFile"));
  EXPECT_TRUE(matches("(?i)^[a-c]$", "B"));
  EXPECT_FALSE(matches("(?i)^[^a-c]$", "B"));
}

TEST(RegexTest, WhatCannotBeReadIsRefusedWithThePlace) {
  EXPECT_THAT(refusal("a(b"), ::testing::StartsWith("2: '(' without ')'"));
  EXPECT_THAT(refusal("ab)"), ::testing::StartsWith("3: ')' without '('"));
  EXPECT_THAT(refusal("[a"), ::testing::StartsWith("1: '[' without"));
  EXPECT_THAT(refusal("*a"), ::testing::StartsWith("1: there is nothing"));
  EXPECT_THAT(refusal("^*"), ::testing::StartsWith("2: there is nothing"));
  EXPECT_THAT(refusal("a**"), ::testing::StartsWith("3: it repeats a repetition"));
  EXPECT_THAT(refusal("a{2,1}"), ::testing::StartsWith("2: the second number"));
  EXPECT_THAT(refusal("a{,1}"), ::testing::StartsWith("2: '{' is followed by no number"));
  EXPECT_THAT(refusal("a{1001}"), ::testing::StartsWith("2: it repeats more"));
  EXPECT_THAT(refusal("a{1"), ::testing::StartsWith("2: '{' without"));
  EXPECT_THAT(refusal("(a)\\1"), ::testing::StartsWith("4: what a group matched"));
  EXPECT_THAT(refusal("(?=a)"), ::testing::StartsWith("1: of groups"));
  EXPECT_THAT(refusal("a\\"), ::testing::StartsWith("2: '\\' at the end"));
  EXPECT_THAT(refusal("\\q"), ::testing::StartsWith("1: '\\q' is not known"));
  EXPECT_THAT(refusal("[b-a]"), ::testing::StartsWith("2: the range"));
  EXPECT_THAT(refusal("[[:no:]]"), ::testing::HasSubstr("there is no class 'no'"));
  EXPECT_THAT(refusal("[\xc3\xa9]"), ::testing::HasSubstr("several bytes"));
  EXPECT_THAT(refusal(std::string("a\0b", 3)), ::testing::StartsWith("2: a NUL byte"));
  EXPECT_THAT(refusal(std::string(Regex::kBytesMax + 1, 'a')), ::testing::HasSubstr("longer than"));
  EXPECT_THAT(refusal("((a{1000}){1000}){1000}"), ::testing::HasSubstr("too large"));
  EXPECT_THAT(refusal(std::string(200, '(') + std::string(200, ')')), ::testing::HasSubstr("nested deeper"));
}

// What takes others time that doubles with each byte, and recursion that ends the program.
TEST(RegexTest, NoTextIsSlowOrDeep) {
  const std::string text(1 << 20, 'a');
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(matches("^(a*)*b$", text));
  EXPECT_FALSE(matches("(a|aa)+$b", text));
  EXPECT_FALSE(matches("^(a?){64}a{64}$", std::string(129, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

// The verdict of the standard library on what both understand alike.
TEST(RegexTest, AsTheStandardLibrary) {
  constexpr std::array kPieces{"a", "b", ".",   "[ab]",  "[^a]", "(", ")",   "|",   "*",
                               "+", "?", "{2}", "{1,2}", "^",    "$", "(?:", "\\b", "\\w"};
  std::mt19937 random(7);
  std::size_t compared = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string expression;
    for (auto count = 1 + random() % 7; count > 0; --count) expression += kPieces[random() % kPieces.size()];
    const Result<Regex> ours = Regex::parse(expression);
    if (!ours) continue;
    // An empty repetition within another is where others differ among themselves.
    std::regex theirs;
    try {
      theirs = std::regex(expression, std::regex::ECMAScript);
    } catch (const std::regex_error&) {
      continue;
    }
    for (const char* const text : {"", "a", "b", "ab", "ba", "aab", "abab", "a b", "bbba"}) {
      ++compared;
      EXPECT_EQ(std::regex_search(text, theirs), ours->matches(text)) << expression << " on '" << text << "'";
    }
  }
  EXPECT_GT(compared, 3000U);
}

}  // namespace
}  // namespace vigil::event
