// What a run of the command is given.
#include "cli/run_words.hpp"

#include "cli/events.hpp"
#include "cli/windows_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using testing::ElementsAre;

std::string word_for(const std::string& word, const std::string& path) { return words_for_path({word}, path).front(); }

TEST(RunWords, PlaceholdersAreReplacedAnywhereInAWord) {
  const std::string path = "/src/lib/a.tar.gz";
  EXPECT_EQ(word_for("{}", path), path);
  EXPECT_EQ(word_for("{/}", path), "a.tar.gz");
  EXPECT_EQ(word_for("{//}", path), "/src/lib");
  EXPECT_EQ(word_for("{.}", path), "/src/lib/a.tar");
  EXPECT_EQ(word_for("{/.}", path), "a.tar");
  EXPECT_EQ(word_for("--in={} --out={.}.png", "/x.svg"), "--in=/x.svg --out=/x.png");
  EXPECT_EQ(word_for("{}{}", "a"), "aa");
}

TEST(RunWords, WhatIsNoPlaceholderStays) {
  for (const char* word : {"{", "}", "{ }", "{x}", "{...}", "{{", "", "awk '{print}'"}) {
    EXPECT_EQ(word_for(word, "/p"), word);
    EXPECT_FALSE(has_placeholder(word)) << word;
  }
  EXPECT_EQ(word_for("{{}}", "/p"), "{/p}");
}

TEST(RunWords, ThePathIsNotReadAgain) { EXPECT_EQ(word_for("{/}", "/a/{}{.}"), "{}{.}"); }

TEST(RunWords, OddPathsHavePartsToo) {
  EXPECT_EQ(word_for("{//}", "/a"), "/");
  EXPECT_EQ(word_for("{.}", "/d.d/name"), "/d.d/name") << "the point is the directory's";
  EXPECT_EQ(word_for("{.}", "/d/.profile"), "/d/.profile") << "a name that begins with its only point";
  EXPECT_EQ(word_for("{/.}", "/d/.a.b"), ".a");
  EXPECT_EQ(word_for("{}", "/a b;$(touch x)\n"), "/a b;$(touch x)\n");
}

std::string value_of(const std::vector<std::string>& variables, const std::string& name) {
  for (const std::string& variable : variables) {
    if (variable.starts_with(name + "=")) return variable.substr(name.size() + 1);
  }
  return "missing";
}

constexpr std::size_t kBytesMax = 1000;

TEST(RunVariables, ListWhatChanged) {
  Batch batch;
  batch.append(event_of(Kind::created, EntryType::file, "/w/src/a"));
  batch.append(event_of(Kind::created, EntryType::file, "/w/src/b"));
  batch.append(event_of(Kind::modified, EntryType::file, "/w/src/c"));
  batch.append(event_of(Kind::attributes, EntryType::file, "/w/src/d"));
  batch.append(event_of(Kind::modified, EntryType::file, "/w/src/c"));
  batch.append(event_of(Kind::removed, EntryType::file, "/w/src/deep/er/e"));
  batch.append(renamed_event(EntryType::file, "/w/src/old", "/w/src/new"));
  const std::vector<std::string> variables = variables_for(batch, kBytesMax);
  EXPECT_EQ(value_of(variables, "VIGIL_CREATED"), "/w/src/a\n/w/src/b\n");
  EXPECT_EQ(value_of(variables, "VIGIL_MODIFIED"), "/w/src/c\n/w/src/d\n") << "each path once";
  EXPECT_EQ(value_of(variables, "VIGIL_REMOVED"), "/w/src/deep/er/e\n");
  EXPECT_EQ(value_of(variables, "VIGIL_RENAMED"), "/w/src/old\n/w/src/new\n");
  EXPECT_EQ(value_of(variables, "VIGIL_COMMON"), "/w/src");
  EXPECT_EQ(value_of(variables, "VIGIL_OMITTED"), "0");
}

TEST(RunVariables, AreEmptyBeforeAnyChange) {
  EXPECT_THAT(variables_for(Batch(), kBytesMax), ElementsAre("VIGIL_CREATED=", "VIGIL_MODIFIED=", "VIGIL_REMOVED=",
                                                             "VIGIL_RENAMED=", "VIGIL_COMMON=", "VIGIL_OMITTED=0"));
}

TEST(RunVariables, APathThatWouldLookLikeTwoIsCountedInstead) {
  Batch batch;
  batch.append(event_of(Kind::created, EntryType::file, "/w/a\n/w/b"));
  batch.append(renamed_event(EntryType::file, "/w/x", "/w/y\n"));
  batch.append(event_of(Kind::created, EntryType::file, "/w/c"));
  const std::vector<std::string> variables = variables_for(batch, kBytesMax);
  EXPECT_EQ(value_of(variables, "VIGIL_CREATED"), "/w/c\n");
  EXPECT_EQ(value_of(variables, "VIGIL_RENAMED"), "");
  EXPECT_EQ(value_of(variables, "VIGIL_OMITTED"), "2");
}

TEST(RunVariables, AreBounded) {
  Batch batch;
  for (int index = 0; index < 1000; ++index) {
    batch.append(event_of(Kind::created, EntryType::file, batch.store("/w/" + std::to_string(index))));
  }
  const std::vector<std::string> variables = variables_for(batch, kBytesMax);
  for (const std::string& variable : variables) EXPECT_LE(variable.size(), kBytesMax);
  const std::string created = value_of(variables, "VIGIL_CREATED");
  const auto listed = std::count(created.begin(), created.end(), '\n');
  EXPECT_GT(listed, 50);
  EXPECT_EQ(value_of(variables, "VIGIL_OMITTED"), std::to_string(1000 - listed));
  EXPECT_EQ(value_of(variables_for(batch, 0), "VIGIL_CREATED"), "");
}

TEST(RunVariables, TheCommonDirectoryEndsWhereANameDoes) {
  const auto common = [](const std::vector<std::string>& paths) {
    Batch batch;
    for (const std::string& path : paths) batch.append(event_of(Kind::created, EntryType::file, path));
    return value_of(variables_for(batch, kBytesMax), "VIGIL_COMMON");
  };
  EXPECT_EQ(common({"/a/b/c"}), "/a/b");
  EXPECT_EQ(common({"/a/bc/x", "/a/bd/x"}), "/a");
  EXPECT_EQ(common({"/a/b/x", "/a/bb/x"}), "/a");
  EXPECT_EQ(common({"/a/bb/x", "/a/b/x"}), "/a");
  EXPECT_EQ(common({"/a/b/c/x", "/a/b/y"}), "/a/b");
  EXPECT_EQ(common({"/a/x", "/b/x"}), "/");
  EXPECT_EQ(common({"/x", "/y"}), "/");
}

TEST(WindowsWords, AreTakenApartAgain) {
  EXPECT_EQ(command_line_of({"C:\\a b\\p.exe", "plain", "two words", ""}), R"("C:\a b\p.exe" plain "two words" "")");
  EXPECT_EQ(command_line_of({"p", R"(say "hi")"}), R"("p" "say \"hi\"")");
  EXPECT_EQ(command_line_of({"p", R"(a\b)", R"(a b\)", R"(a\"b)"}), R"("p" a\b "a b\\" "a\\\"b")");
}

TEST(WindowsWords, ABatchFileGetsNothingThatItsShellWouldReadAsMore) {
  EXPECT_EQ(batch_line_of({"b.cmd", "a&b", "c^d"}), R"("b.cmd" "a&b" "c^d")");
  for (const char* word : {"%PATH%", "a\"b", "a\nb", "a\rb", "!x!"}) EXPECT_FALSE(batch_line_of({"b.cmd", word}));
}

}  // namespace
}  // namespace vigil::cli
