#include "event/ignore_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::event {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::shared_ptr<const IgnoreFile> parse(std::string_view text, IgnoreOptions options = {}) {
  auto file = IgnoreFile::parse("rules", std::string(text), options);
  EXPECT_TRUE(file);
  return *file;
}

// "LINE:TEXT" of each rule.
std::vector<std::string> rules(std::string_view text) {
  const auto file = parse(text);
  std::vector<std::string> rules;
  for (const IgnoreRule& rule : file->rules()) {
    rules.push_back(std::to_string(rule.line) + ":" + std::string(rule.text));
  }
  return rules;
}

// The line that decides, 0 if none. A path that ends in "/" is a directory's.
std::uint32_t line(const IgnoreFile& file, std::string_view path) {
  const bool is_directory = path.ends_with('/');
  if (is_directory) path.remove_suffix(1);
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const IgnoreRule* const rule = file.last_match({path, name, is_directory}, file.path_wildcards());
  return rule == nullptr ? 0 : rule->line;
}

TEST(IgnoreFile, LinesAndComments) {
  EXPECT_THAT(rules(""), IsEmpty());
  EXPECT_THAT(rules("\n\n"), IsEmpty());
  EXPECT_THAT(rules("a\n\n# no\nb"), ElementsAre("1:a", "4:b"));
  EXPECT_THAT(rules(" # yes\n\\# too\na#b"), ElementsAre("1: # yes", "2:\\# too", "3:a#b"));
}

TEST(IgnoreFile, CarriageReturnsBeforeTheEndOfALine) {
  EXPECT_THAT(rules("a\r\nb \r\n\r\nc\r"), ElementsAre("1:a", "2:b", "4:c"));
  EXPECT_THAT(rules("a\r\r\nb\rc\n"), ElementsAre("1:a\r", "2:b\rc"));
}

TEST(IgnoreFile, SpacesAtTheEnd) {
  EXPECT_THAT(rules("a  \n  \nb\t \n"), ElementsAre("1:a", "3:b\t"));
  EXPECT_THAT(rules("a\\ \nb\\  \nc\\\\ \n"), ElementsAre("1:a\\ ", "2:b\\ ", "3:c\\\\"));
  EXPECT_THAT(rules(" a b\n"), ElementsAre("1: a b"));
}

TEST(IgnoreFile, AByteOrderMarkOnlyAtTheBeginning) {
  EXPECT_THAT(rules("\xef\xbb\xbf# no\na"), ElementsAre("2:a"));
  EXPECT_THAT(rules("\xef\xbb\xbf"), IsEmpty());
  EXPECT_THAT(rules("\xef\xbb"), ElementsAre("1:\xef\xbb"));
  EXPECT_THAT(rules("a\n\xef\xbb\xbf"), ElementsAre("1:a", "2:\xef\xbb\xbf"));
}

TEST(IgnoreFile, ALineEndsAtANul) { EXPECT_THAT(rules("a \0b\nc\0\r\n\0d\n"sv), ElementsAre("1:a", "2:c")); }

TEST(IgnoreFile, NegationAndDirectories) {
  const auto file = parse("!a/\n!!b\na/b/\n\\!c\n!/\n");
  ASSERT_EQ(file->rules().size(), 4U);
  EXPECT_TRUE(file->rules()[0].negated);
  EXPECT_TRUE(file->rules()[0].directories_only);
  EXPECT_TRUE(file->rules()[0].pattern.name_only());
  EXPECT_TRUE(file->rules()[1].negated);
  EXPECT_EQ(file->rules()[1].pattern.literal(), "!b");
  EXPECT_FALSE(file->rules()[2].pattern.name_only());
  EXPECT_FALSE(file->rules()[3].negated);
  EXPECT_TRUE(file->rules()[3].pattern.matches("!c"));
}

TEST(IgnoreFile, TheLastMatchDecidesWhateverItsShape) {
  const auto file = parse(
      "*\n"          // 1
      "*.c\n"        // 2
      "a.c\n"        // 3
      "/a.c\n"       // 4
      "/d/*.c\n"     // 5
      "a.c/\n"       // 6
      "!keep.c\n"    // 7
      "k*p.[c]\n"    // 8
      "!d/keep.c\n"  // 9
      "d/**\n"       // 10
      "!*p.c\n");    // 11
  EXPECT_EQ(line(*file, "x"), 1U);
  EXPECT_EQ(line(*file, "x.c"), 2U);
  EXPECT_EQ(line(*file, "e/a.c"), 3U);
  EXPECT_EQ(line(*file, "a.c"), 4U);
  EXPECT_EQ(line(*file, "a.c/"), 6U);
  EXPECT_EQ(line(*file, "d/x.c"), 10U);
  EXPECT_EQ(line(*file, "keep.c"), 11U);
  EXPECT_EQ(line(*file, "d/keep.c"), 11U);
  EXPECT_EQ(line(*parse("a/\n"), "a"), 0U);
  EXPECT_EQ(line(*parse("a\na/\na\n"), "a/"), 3U);
  EXPECT_EQ(line(*parse("a/\na\na/\n"), "a"), 2U);
  EXPECT_EQ(line(*parse("*.tar.gz\n*.gz\n"), "x.tar.gz"), 2U);
  EXPECT_EQ(line(*parse("*.gz\n*.tar.gz\n"), "x.tar.gz"), 2U);
  EXPECT_EQ(line(*parse("*abc\n"), "bc"), 0U);
}

TEST(IgnoreFile, CaseAsAskedFor) {
  const auto file = parse("Build\n*.OBJ\nsrc/Gen\n", {.case_sensitive = false});
  EXPECT_EQ(line(*file, "bUILD"), 1U);
  EXPECT_EQ(line(*file, "a.obj"), 2U);
  EXPECT_EQ(line(*file, "SRC/gen"), 3U);
  EXPECT_EQ(line(*parse("Build\nbuild\nBUILD\n", {.case_sensitive = false}), "build"), 3U);
  EXPECT_EQ(line(*parse("Build\n"), "build"), 0U);
}

TEST(IgnoreFile, AFileTooLargeIsRefused) {
  const auto refused = IgnoreFile::parse("sub/.gitignore", std::string(IgnoreFile::kFileBytesMax + 1, 'a'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::limit_reached);
  EXPECT_THAT(refused.error().message(), HasSubstr("sub/.gitignore"));
  EXPECT_THAT(refused.error().message(), HasSubstr("1048577 bytes"));
  EXPECT_EQ(IgnoreFile::too_large("sub/.gitignore", IgnoreFile::kFileBytesMax + 1).message(),
            refused.error().message());
  EXPECT_TRUE(IgnoreFile::parse("x", std::string(IgnoreFile::kFileBytesMax, '\n')));
}

TEST(IgnoreFile, ARuleTooLongIsToldAndTheOthersHold) {
  const std::string longest(IgnoreFile::kRuleBytesMax, 'x');
  const auto file = parse("a\n" + longest + "y\n#" + longest + "\n" + longest + "  \nb\n");
  EXPECT_EQ(line(*file, "a"), 1U);
  EXPECT_EQ(line(*file, longest), 4U);
  EXPECT_EQ(line(*file, "b"), 5U);
  EXPECT_THAT(file->problems(), ElementsAre("rules:2: the rule is longer than 4096 bytes and not in force"));
  // Of the longest rules, those that make the most of it.
  for (const char* const piece : {"*?", "[a]", "\\a", "**/", "*"}) {
    std::string text;
    while (text.size() + 4 < IgnoreFile::kRuleBytesMax) text += piece;
    EXPECT_THAT(parse(text)->problems(), IsEmpty()) << piece;
    EXPECT_EQ(line(*parse(text), "b/b/"), text.starts_with("**") ? 1U : 0U) << piece;
  }
}

TEST(IgnoreFile, WhatMatchesNothingIsToldUpToABound) {
  const auto file = parse("[a\nok\n");
  EXPECT_THAT(file->problems(), ElementsAre(HasSubstr("rules:1: the rule matches nothing")));
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "[\n";
  EXPECT_EQ(parse(text)->problems().size(), IgnoreFile::kProblemsMax + 1);
}

TEST(IgnoreFile, ManyRulesCostAnEntryLittle) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "name" + std::to_string(i) + "\n";
  for (int i = 0; i < 10'000; ++i) text += "/d/path" + std::to_string(i) + "\n";
  const auto file = parse(text);
  EXPECT_EQ(file->rules().size(), 60'000U);
  // One rule after the other, this would be six thousand million comparisons.
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(line(*file, "d/path4711"), 54'712U);
}

}  // namespace
}  // namespace vigil::event
