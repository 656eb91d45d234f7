#include "event/ignore_pattern.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "event/ignore_reference.hpp"

namespace vigil::event {
namespace {

using Shape = IgnorePattern::Shape;

struct Case {
  const char* pattern;
  const char* subject;
  bool matches;
};

void check(const std::vector<Case>& cases, IgnoreOptions options = {}) {
  for (const Case& one : cases) {
    const IgnorePattern pattern(one.pattern, options);
    EXPECT_EQ(pattern.matches(one.subject), one.matches) << one.pattern << " on " << one.subject;
    EXPECT_EQ(tests::ignore_reference_matches(one.pattern, one.subject, options.case_sensitive), one.matches)
        << "the reference: " << one.pattern << " on " << one.subject;
  }
}

TEST(IgnorePattern, AStarStopsAtASlash) {
  check({{"*.o", "a.o", true},
         {"*.o", ".o", true},
         {"*.o", "a.oo", false},
         {"a*c", "ac", true},
         {"a*c", "abbc", true},
         {"a*c", "abcb", false},
         {"*", "anything", true},
         {"a/*", "a/b", true},
         {"a/*", "a/b/c", false},
         {"a/*/c", "a/b/c", true},
         {"a/*/c", "a/b/b/c", false},
         {"a/*/c", "a//c", true},
         {"*/b", "a/b", true},
         {"*/b", "b", false},
         {"a*/b", "ac/b", true},
         {"a*b/c*d", "axb/cxd", true},
         {"a*b/c*d", "ax/b/cd", false}});
}

TEST(IgnorePattern, AQuestionMarkIsOneByteButNoSlash) {
  check({{"a?c", "abc", true},
         {"a?c", "ac", false},
         {"a?c", "abbc", false},
         {"a?/c", "ab/c", true},
         {"x/a?c", "x/a/c", false},
         {"?", "\xff", true},
         {"?", "\xc3\xa9", false}});
}

TEST(IgnorePattern, ASlashMakesItAPathAndAFirstOneSaysNoMore) {
  EXPECT_TRUE(IgnorePattern("a", {}).name_only());
  EXPECT_FALSE(IgnorePattern("/a", {}).name_only());
  EXPECT_FALSE(IgnorePattern("a/b", {}).name_only());
  check({{"/a", "a", true},
         {"/a", "b/a", false},
         {"a/b", "a/b", true},
         {"a/b", "x/a/b", false},
         {"a/b", "a/b/c", false},
         {"/a/b", "a/b", true},
         {"//a", "a", false}});
}

TEST(IgnorePattern, TwoStarsInTheirThreePlaces) {
  check({{"**/a", "a", true},
         {"**/a", "x/y/a", true},
         {"**/a", "xa", false},
         {"/**/a", "a", true},
         {"/**", "a/b", true},
         {"a/**", "a/b/c", true},
         {"a/**", "a", false},
         {"a/**/b", "a/b", true},
         {"a/**/b", "a/x/y/b", true},
         {"a/**/b", "a/xb", false},
         {"a/**/b", "axb", false},
         {"**/a/**", "x/a/y", true},
         {"**/**/a", "a", true},
         {"a/***/b", "a/x/y/b", true},
         {"a/**/*.c", "a/x/y/b.c", true}});
}

TEST(IgnorePattern, TwoStarsElsewhereAreOne) {
  check({{"a**", "abc", true},
         {"x/a**b", "x/ab", true},
         {"x/a**b", "x/a/b", false},
         {"x/?**/b", "x/a/b", true},
         {"x/?**/b", "x/a/c/b", false},
         {"x/**a", "x/y/a", false}});
}

TEST(IgnorePattern, TwoStarsBehindWhatHasNoWildcardAreAtTheBeginning) {
  check({{"foo**/bar", "foo/bar", true},
         {"foo**/bar", "foo1/2/bar", true},
         {"foo**/bar", "foobar", true},
         {"foo**/", "foo", true},
         {"x/a**", "x/ab/c", true},
         {"x/a**", "x/a", true}});
}

TEST(IgnorePattern, TwoStarsBeforeAnEscapedSlashStandForOneNameAtLeast) {
  check({{"a/**\\/b", "a/x/y/b", true}, {"a/**\\/b", "a/b", false}});
}

TEST(IgnorePattern, SetsOfBytes) {
  check({{"[ab]", "a", true},    {"[ab]", "c", false},      {"[a-c]", "b", true},         {"[a-c]", "-", false},
         {"[!a-c]", "d", true},  {"[!a-c]", "b", false},    {"[^a]", "b", true},          {"[^a]", "a", false},
         {"[]a]", "]", true},    {"[!]a]", "]", false},     {"[!]a]", "b", true},         {"[a-]", "-", true},
         {"[-a]", "-", true},    {"[c-a]", "b", false},     {"[a-c-e]", "d", false},      {"[a-c-e]", "-", true},
         {"[\\]]", "]", true},   {"[\\\\]", "\\", true},    {"[a\\-c]", "b", false},      {"[a\\-c]", "-", true},
         {"[\\a-c]", "b", true}, {"[a-\\c]", "b", true},    {"[a!]", "!", true},          {"[\x80-\xff]", "\xc3", true},
         {"[a]]", "a]", true},   {"x/[!a]b", "x/cb", true}, {"x/y[!a]b", "x/y/b", false}, {"x/y[/]b", "x/y/b", false}});
}

TEST(IgnorePattern, NamedClasses) {
  struct Class {
    const char* name;
    const char* members;
    const char* others;
  };
  for (const Class& one : std::vector<Class>{{"alnum", "aZ0", "-_ "},
                                             {"alpha", "aZ", "0-"},
                                             {"blank", " \t", "\na"},
                                             {"cntrl", "\x01\x1f\x7f", " a\x80"},
                                             {"digit", "09", "a/"},
                                             {"graph", "a!~", " \x7f"},
                                             {"lower", "az", "AZ0"},
                                             {"print", "a ~", "\t\x7f\xe9"},
                                             {"punct", "!/:@[`{~_", "a0 "},
                                             {"space", " \t\n\r", "\v\fa"},
                                             {"upper", "AZ", "az"},
                                             {"xdigit", "09afAF", "gG"}}) {
    const std::string text = "[[:" + std::string(one.name) + ":]]";
    for (const char c : std::string_view(one.members)) {
      EXPECT_TRUE(IgnorePattern(text, {}).matches({&c, 1})) << text << " " << int{c};
    }
    for (const char c : std::string_view(one.others)) {
      EXPECT_FALSE(IgnorePattern(text, {}).matches({&c, 1})) << text << " " << int{c};
    }
  }
  check({{"[![:alpha:]]", "a", false},
         {"[![:alpha:]]", "1", true},
         {"[[:digit:]a-c]", "b", true},
         {"[a[:digit:]-z]", "-", true},
         {"[a[:digit:]-z]", "m", false},
         {"[[:digit:]-z]", "-", true},
         {"[[:digit:]-z]", "m", false},
         {"[[:a]", "[", true},
         {"[[:a]", ":", true},
         {"[[:]", ":", true},
         {"[a-[:d:]]", ":]", true},
         {"[:alpha:]", "p", true}});
}

TEST(IgnorePattern, ABackslashTakesTheNextByteAsItIs) {
  check({{"\\*", "*", true},
         {"\\*", "a", false},
         {"\\a", "a", true},
         {"a\\?", "a?", true},
         {"a\\ ", "a ", true},
         {"\\\\", "\\", true},
         {"a\\/b", "a/b", true},
         {"\\!a", "!a", true}});
}

TEST(IgnorePattern, WhatIsBrokenMatchesNothing) {
  for (const char* const text :
       {"", "/", "a\\", "[", "[a", "[!", "[]", "[a-", "[\\", "[a\\]", "[[:word:]]", "[[::]]", "[[:alpha:]", "x/[a"}) {
    const IgnorePattern pattern(text, {});
    EXPECT_EQ(pattern.shape(), Shape::never) << text;
    EXPECT_FALSE(pattern.matches(text)) << text;
  }
}

TEST(IgnorePattern, AnyByteIsAName) {
  check({{"\xff\xfe", "\xff\xfe", true}, {"*\x01", "\xff\x01", true}, {"a\n", "a\n", true}, {"a\t", "a", false}});
}

TEST(IgnorePattern, CaseIsIgnoredAsGitDoesIt) {
  check({{"Abc", "aBC", true},
         {"*.TXT", "a.txt", true},
         {"A/b", "a/B", true},
         {"A?/*c", "ab/XC", true},
         {"[A-C]", "b", true},
         {"[A-C]", "B", true},
         {"[a-c]", "B", true},
         {"[[:upper:]]", "b", true},
         {"[[:lower:]]", "B", true},
         {"[B]", "b", false},
         {"[B]", "B", false},
         {"\\B", "b", false},
         {"\\B", "B", false},
         {"\xc3\x89*", "\xc3\xa9x", false}},
        {.case_sensitive = false});
  check({{"Abc", "abc", false}, {"[A-C]", "b", false}, {"[[:upper:]]", "b", false}, {"*.TXT", "a.txt", false}});
}

std::size_t depth_of(std::string_view directory) {
  return static_cast<std::size_t>(std::count(directory.begin(), directory.end(), '/'));
}

TEST(IgnorePattern, TellsInWhichDirectoriesItCanMatch) {
  struct Place {
    const char* pattern;
    const char* directory;
    bool in;
    bool deeper;
  };
  for (const Place& one : std::vector<Place>{{"/*.c", "", true, false},
                                             {"/*.c", "a/", false, false},
                                             {"a/b/*", "", false, true},
                                             {"a/b/*", "a/", false, true},
                                             {"a/b/*", "a/b/", true, false},
                                             {"a/b/*", "x/", false, false},
                                             {"a/b/*", "ab/", false, false},
                                             {"*/x", "any/", true, false},
                                             {"a/**/x", "", false, true},
                                             {"a/**/x", "a/b/c/", true, true},
                                             {"a/**/x", "b/", false, false},
                                             {"a**/x", "ab/", true, true},
                                             {"a**/x", "", true, true},
                                             {"**/x", "b/", true, true}}) {
    const IgnorePattern pattern(one.pattern, {});
    EXPECT_EQ(pattern.can_match_in(one.directory, depth_of(one.directory)), one.in)
        << one.pattern << " in " << one.directory;
    EXPECT_EQ(pattern.can_match_deeper(one.directory, depth_of(one.directory)), one.deeper)
        << one.pattern << " below " << one.directory;
  }
  EXPECT_TRUE(IgnorePattern("A/*", {.case_sensitive = false}).can_match_in("a/", 1));
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

// What goes back for each star would not end before the sun does.
TEST(IgnorePattern, HostilePatternsAreCheap) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string name(255, 'a');
  const std::string path = repeated("a/", 2000) + "a";
  EXPECT_FALSE(IgnorePattern(repeated("*a", 100) + "*[b]*", {}).matches(name));
  EXPECT_FALSE(IgnorePattern("x/" + repeated("*a", 100) + "*[b]*", {}).matches("x/" + name));
  EXPECT_FALSE(IgnorePattern(repeated("**/a/", 800) + "b/**", {}).matches(path));
  EXPECT_FALSE(IgnorePattern(repeated("**/", 1300) + "b*", {}).matches(path));
  EXPECT_FALSE(IgnorePattern(repeated("**/*a*/", 500) + "b*", {}).matches(path));
  EXPECT_TRUE(IgnorePattern(repeated("**/*a*/", 500) + "a*", {}).matches(path));
  EXPECT_FALSE(IgnorePattern("**/" + repeated("*a", 1000) + "*b/**", {}).matches(path));
  EXPECT_FALSE(IgnorePattern("**/" + repeated("a/", 1000) + "b/**/a", {}).matches(path));
  EXPECT_TRUE(IgnorePattern(repeated("[a-z]", 819), {}).matches(std::string(819, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(IgnorePattern, AgreesWithTheReference) {
  constexpr std::array<const char*, 18> kPieces = {"a",    "b",   "*",    "**", "/",          "?",
                                                   "**/",  "/**", "[ab]", "\\", "[!a]",       "[A-Z]",
                                                   "[a-]", "A*",  "/*/",  "]",  "[[:alpha:]", "-"};
  constexpr std::string_view kBytes = "abAB/-]a/b";
  std::mt19937 random(20261127);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::size_t matching = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text;
    for (std::size_t pieces = 1 + below(6); pieces > 0; --pieces) text += kPieces[below(kPieces.size())];
    std::string subject;
    for (std::size_t bytes = 1 + below(8); bytes > 0; --bytes) subject += kBytes[below(kBytes.size())];
    const bool case_sensitive = below(2) == 0;
    const IgnorePattern pattern(text, {case_sensitive});
    if (pattern.name_only()) subject.erase(0, subject.rfind('/') + 1);
    const bool expected = tests::ignore_reference_matches(text, subject, case_sensitive);
    ASSERT_EQ(pattern.matches(subject), expected) << text << " on " << subject;
    matching += expected ? 1 : 0;
    const std::string directory = subject.substr(0, subject.rfind('/') + 1);
    const bool is_path = !subject.starts_with('/') && !subject.ends_with('/') && subject.find("//") == subject.npos;
    if (!expected || !is_path || pattern.name_only()) continue;
    ASSERT_TRUE(pattern.can_match_in(directory, depth_of(directory))) << text << " in " << directory;
    ASSERT_TRUE(directory.empty() || pattern.can_match_deeper("", 0)) << text << " below the top";
  }
  EXPECT_GT(matching, 3000U);
}

}  // namespace
}  // namespace vigil::event
