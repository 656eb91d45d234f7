#include "event/glob.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "event/glob_reference.hpp"

namespace vigil::event {
namespace {

using testing::HasSubstr;

struct Case {
  const char* pattern;
  const char* path;  // of a directory, if it ends in "/"
  bool matches;
};

bool matches(std::string_view pattern, std::string_view path) {
  const auto glob = Glob::parse(pattern);
  EXPECT_TRUE(glob) << (glob ? "" : glob.error().message());
  const bool is_directory = path.ends_with('/');
  if (is_directory) path.remove_suffix(1);
  return glob && glob->matches(path, is_directory);
}

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(matches(one.pattern, one.path), one.matches) << one.pattern << " on " << one.path;
  }
}

TEST(Glob, WithoutSlashIsMatchedAgainstTheLastNameAtAnyDepth) {
  check({{"build", "build", true},
         {"build", "a/b/build/", true},
         {"build", "build/a", false},
         {"build", "rebuild", false},
         {"build", "builds", false},
         {"*.o", "a.o", true},
         {"*.o", "deep/down/a.o", true},
         {"*.o", ".o", true},
         {"*.o", "a.o/b", false},
         {"*.o", "a.oo", false},
         {"a*.o", "a.o", true},
         {"a*.o", "ab.o", true},
         {"aa*aa", "aaa", false},
         {"aa*aa", "aaaa", true}});
}

TEST(Glob, WithSlashIsMatchedAgainstTheWholePath) {
  check({{"/build", "build", true},
         {"/build", "a/build", false},
         {"a/build", "a/build", true},
         {"a/build", "x/a/build", false},
         {"a/build", "a/build/x", false},
         {"/a/build", "a/build", true},
         {"/*.o", "a.o", true},
         {"/*.o", "a/a.o", false}});
}

TEST(Glob, ASlashAtTheEndRestrictsToDirectories) {
  check({{"build/", "build/", true},
         {"build/", "a/build/", true},
         {"build/", "build", false},
         {"/build/", "a/build/", false},
         {"a/build/", "a/build/", true},
         {"**/", "a/b/", true},
         {"**/", "a/b", false}});
}

TEST(Glob, WildcardsStopAtSlash) {
  check({{"a/*", "a/b", true},
         {"a/*", "a/b/c", false},
         {"a/*", "a", false},
         {"a?b/", "a/b/", false},
         {"/a?b", "axb", true},
         {"/a?b", "a/b", false},
         {"/a[!x]b", "a/b", false},
         {"?", "ab", false},
         {"?", "", false},
         {"*", "", false},
         {"a**b", "axxb", true},
         {"/a**b", "ax/xb", false},
         {"***", "anything", true}});
}

TEST(Glob, TwoStarsStandForAnyNumberOfComponents) {
  check({{"**", "a", true},
         {"**", "a/b/c", true},
         {"/**", "a/b/c", true},
         {"a/**", "a", false},
         {"a/**", "a/", false},
         {"a/**", "a/b", true},
         {"a/**", "a/b/c", true},
         {"a/**", "ab/c", false},
         {"**/b", "b", true},
         {"**/b", "a/a/b", true},
         {"**/b", "a/bb", false},
         {"a/**/b", "a/b", true},
         {"a/**/b", "a/x/y/b", true},
         {"a/**/b", "a/x/y/b/c", false},
         {"a/**/b/**", "a/b", false},
         {"a/**/b/**", "a/b/c", true},
         {"a/**/**", "a", false},
         {"a/**/**", "a/b", true},
         {"a/**/*", "a/b/c", true},
         {"**/a/b", "a/x/a/b", true},
         {"**/a/**/b", "x/a/x/a/y/b", true}});
}

TEST(Glob, SetsStandForOneByte) {
  check({{"[a-c]", "b", true},          {"[a-c]", "d", false},      {"[!a-c]", "d", true},
         {"[!a-c]", "b", false},        {"[^a-c]", "b", false},     {"[]]", "]", true},
         {"[]a]", "a", true},           {"[!]]", "]", false},       {"[!]]", "x", true},
         {"[-a]", "-", true},           {"[a-]", "-", true},        {"[a-]", "b", false},
         {"[\\]]", "]", true},          {"[\\!a]", "!", true},      {"[a^]", "^", true},
         {"[{,}]", ",", true},          {"[*]", "x", false},        {"[*?]x", "?x", true},
         {"[\\\\]", "\\", true},        {"[+--]", ",", true},       {"[ac-e]x", "dx", true},
         {"[\x80-\xff]", "\xe9", true}, {"[\x80-\xff]", "e", false}});
}

TEST(Glob, BracesStandForEither) {
  check({{"*.{c,h}", "a.c", true},    {"*.{c,h}", "a.h", true},
         {"*.{c,h}", "a.x", false},   {"{a,b}{c,d}", "bc", true},
         {"{a,b}{c,d}", "ab", false}, {"{a{b,c},d}", "ac", true},
         {"{a{b,c},d}", "d", true},   {"{a{b,c},d}", "a", false},
         {"a{,b}", "a", true},        {"a{,b}", "ab", true},
         {"{x}", "x", true},          {"x{}y", "xy", true},
         {"{a,b/c}", "x/a", true},    {"{a,b/c}", "b/c", true},
         {"{a,b/c}", "x/b/c", false}, {"{src,lib}/**", "lib/x/y", true},
         {"{a,b/}", "b", false},      {"{a,b/}", "b/", true},
         {"{[,],x}", ",", true},      {"a,b", "a,b", true},
         {"{a\\,b,c}", "a,b", true}});
}

TEST(Glob, ABackslashTakesTheNextCharacterLiterally) {
  check({{"\\*", "*", true},
         {"\\*", "x", false},
         {"\\\\", "\\", true},
         {"\\a", "a", true},
         {"\\{a,b\\}", "{a,b}", true},
         {"\\!a", "!a", true},
         {"\\*\\*/a", "**/a", true},
         {"\\*\\*/a", "x/a", false},
         {"\\[a]", "[a]", true}});
}

TEST(Glob, IsAboutBytes) {
  check({{"caf\xc3\xa9", "caf\xc3\xa9", true},
         {"caf?", "caf\xc3\xa9", false},
         {"caf??", "caf\xc3\xa9", true},
         {"*\xff*", "a\xff\x01", true},
         {"a\nb", "a\nb", true},
         {"A", "a", false}});
}

TEST(Glob, TheRootItselfNeverMatches) {
  for (const char* const pattern : {"*", "**", "/**", "**/"}) {
    const auto glob = Glob::parse(pattern);
    ASSERT_TRUE(glob);
    EXPECT_FALSE(glob->matches("", true)) << pattern;
  }
}

TEST(Glob, MatchesAllBelow) {
  const std::vector<Case> cases{{"build/**", "build", true},
                                {"build/**", "build/a/b", true},
                                {"build/**", "a/build", false},
                                {"build/**", "", false},
                                {"**", "", true},
                                {"**", "a/b", true},
                                {"*", "a", true},
                                {"/**", "", true},
                                {"**/build/**", "a/build", true},
                                {"**/build/**", "a", false},
                                {"a/*", "a", false},
                                {"a/**/*", "a", true},
                                {"a/**/*.o", "a", false},
                                {"build", "build", false},
                                {"build/**/", "build", false},
                                {"**/", "a", false},
                                {"{a,b}/**", "b", true},
                                {"*.o", "a.o", false},
                                {"a*/**", "ab", true},
                                {"a/b/**", "a", false},
                                {"a/**/b/**", "a/x/b", true}};
  for (const Case& one : cases) {
    const auto glob = Glob::parse(one.pattern);
    ASSERT_TRUE(glob) << one.pattern;
    EXPECT_EQ(glob->matches_all_below(one.path), one.matches) << one.pattern << " below " << one.path;
  }
}

TEST(Glob, WhatCannotBeReadIsAnErrorThatNamesPatternPlaceAndCause) {
  const struct {
    const char* pattern;
    const char* place;
    const char* cause;
  } cases[] = {
      {"", "", "is empty"},
      {"a[bc", "byte 2", "'[' is not closed"},
      {"a[", "byte 2", "'[' is not closed"},
      {"[]", "byte 1", "'[' is not closed"},
      {"[a\\", "byte 1", "'[' is not closed"},
      {"[a-", "byte 1", "'[' is not closed"},
      {"[z-a]", "byte 2", "range ends before it begins"},
      {"[a/b]", "byte 3", "'/'"},
      {"[a\\/b]", "byte 4", "'/'"},
      {"[[:alpha:]]", "byte 2", "[:alpha:]"},
      {"a{b,c", "byte 2", "'{' is not closed"},
      {"{{a}", "byte 1", "'{' is not closed"},
      {"a}", "byte 2", "'}' without '{'"},
      {"a\\", "byte 2", "nothing after it"},
      {"a\\/b", "byte 2", "'/'"},
      {"/", "byte 1", "no name"},
      {"//", "byte 1", "no name"},
      {"//a", "byte 2", "no name before '/'"},
      {"a//b", "byte 3", "no name before '/'"},
      {"a//", "byte 2", "no name after '/'"},
      {"{,a}", "byte 1", "no name"},
      {"./a", "byte 1", "'.'"},
      {"a/../b", "byte 3", "'..'"},
      {"..", "byte 1", "'..'"},
      {"!a", "byte 1", "does not negate"},
      {"{{{{{{{{{a}}}}}}}}}", "byte 9", "8 deep"},
  };
  for (const auto& one : cases) {
    const auto glob = Glob::parse(one.pattern);
    ASSERT_FALSE(glob) << one.pattern;
    EXPECT_EQ(glob.error().code(), ErrorCode::invalid_pattern);
    EXPECT_THAT(glob.error().message(), HasSubstr('"' + std::string(one.pattern) + '"'));
    EXPECT_THAT(glob.error().message(), HasSubstr(one.place)) << one.pattern;
    EXPECT_THAT(glob.error().message(), HasSubstr(one.cause)) << one.pattern;
  }
}

TEST(Glob, MessagesShowAnyPatternOnOneLine) {
  const auto glob = Glob::parse("a\n\x7f[");
  ASSERT_FALSE(glob);
  EXPECT_THAT(glob.error().message(), HasSubstr("\"a\\x0a\\x7f[\""));
}

std::string repeat(std::string_view text, std::size_t count) {
  std::string repeated;
  for (; count > 0; --count) repeated += text;
  return repeated;
}

TEST(Glob, LimitsHold) {
  EXPECT_TRUE(Glob::parse(std::string(Glob::kPatternBytesMax, 'a')));
  const auto too_long = Glob::parse(std::string(Glob::kPatternBytesMax + 1, 'a'));
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error().message(), HasSubstr("longer than 1024 bytes"));
  EXPECT_LT(too_long.error().message().size(), 200u);

  EXPECT_TRUE(Glob::parse("{{{{{{{{a}}}}}}}}"));
  EXPECT_TRUE(Glob::parse(repeat("{a,b}", 9)));
  for (const std::string& pattern :
       {repeat("{a,b}", 100), repeat("{,}", 300), "{" + repeat(",", 300) + "}" + repeat("a", 200),
        "{" + repeat("a{b,c,d}", 100) + "}", "{" + repeat(repeat("{a,b}", 7) + ",", 25) + "}" + repeat("x", 100)}) {
    const auto glob = Glob::parse(pattern);
    ASSERT_FALSE(glob) << pattern;
    EXPECT_THAT(glob.error().message(), HasSubstr("more than 16384 bytes")) << pattern;
  }
}

// Each of these takes longer than a lifetime where every "*" is tried with every other.
TEST(Glob, NoPatternIsSlow) {
  const std::string name(4000, 'a');
  EXPECT_FALSE(matches(repeat("a*", 500) + "b", name));
  EXPECT_FALSE(matches(repeat("*a", 500) + "b", name));
  EXPECT_FALSE(matches(repeat("*[ab]", 200) + "c", name));
  const std::string path = repeat("a/", 2000) + "a";
  EXPECT_FALSE(matches(repeat("**/a/", 200) + "b", path));
  EXPECT_FALSE(matches(repeat("**/*a*/", 140) + "b", path));
  EXPECT_FALSE(matches(repeat("**/?/**/", 120) + "b", path));
}

class GlobAgainstReference : public testing::Test {
 protected:
  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  std::string any_component(unsigned depth) {
    std::string component;
    for (unsigned items = 1 + below(4); items > 0; --items) {
      switch (below(depth > 1 ? 9 : 10)) {
        case 0:
        case 1: component += '*'; break;
        case 2: component += '?'; break;
        case 3: component += "[ab]"; break;
        case 4: component += "[!a-b]"; break;
        case 5: component += "\\a"; break;
        case 6: return "**";
        case 7:
        case 8: component += "ab"[below(2)]; break;
        default: component += '{' + any_pattern(depth + 1) + ',' + any_component(depth + 1) + '}'; break;
      }
    }
    return component;
  }

  std::string any_pattern(unsigned depth) {
    std::string pattern = below(4) == 0 && depth == 0 ? "/" : "";
    pattern += any_component(depth);
    while (below(3) != 0 && pattern.size() < 16) pattern += '/' + any_component(depth);
    if (below(6) == 0) pattern += '/';
    return pattern;
  }

  // Anything that may come up when somebody leans on the keyboard.
  std::string any_text() {
    std::string text;
    for (unsigned size = 1 + below(9); size > 0; --size) text += "ab*?/[]!-\\{,}.^*/"[below(17)];
    return text;
  }

  std::string any_path() {
    std::string path;
    for (unsigned names = 1 + below(4); names > 0; --names) {
      for (unsigned size = 1 + below(3); size > 0; --size) path += "aabbc*,]"[below(8)];
      if (names > 1) path += '/';
    }
    return path;
  }

  void compare(const std::string& pattern) {
    const auto glob = Glob::parse(pattern);
    if (!glob) return;
    ++patterns_;
    for (int i = 0; i < 12; ++i) {
      const std::string path = any_path();
      const bool is_directory = below(2) == 0;
      const bool matches = glob->matches(path, is_directory);
      ASSERT_EQ(matches, tests::reference_matches(pattern, path, is_directory))
          << pattern << " on " << path << (is_directory ? ", a directory" : "");
      matched_ += matches ? 1 : 0;
      if (!glob->matches_all_below(path)) continue;
      ++all_below_;
      const std::string below_it = path + '/' + any_path();
      ASSERT_TRUE(tests::reference_matches(pattern, below_it, false)) << pattern << " on " << below_it;
    }
  }

  std::mt19937 random_{20};
  int patterns_ = 0;
  int matched_ = 0;
  int all_below_ = 0;
};

TEST_F(GlobAgainstReference, GeneratedPatterns) {
  for (int i = 0; i < 8000; ++i) ASSERT_NO_FATAL_FAILURE(compare(any_pattern(0)));
  EXPECT_GT(patterns_, 4000);
  EXPECT_GT(matched_, 4000);
  EXPECT_GT(all_below_, 400);
}

TEST_F(GlobAgainstReference, AnyText) {
  for (int i = 0; i < 60000; ++i) ASSERT_NO_FATAL_FAILURE(compare(any_text()));
  EXPECT_GT(patterns_, 10000);
  EXPECT_GT(matched_, 1000);
}

}  // namespace
}  // namespace vigil::event
