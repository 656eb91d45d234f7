#include "event/git_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vigil::event {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> read(std::string_view text) {
  std::vector<std::string> settings;
  for (const GitSetting& setting : read_git_settings(text)) {
    settings.push_back(setting.value ? setting.key + "=" + *setting.value : setting.key);
  }
  return settings;
}

TEST(GitSettings, SectionsAndNamesAreInLowerCase) {
  EXPECT_THAT(read("[Core]\n\tExcludesFile = ~/x\n[core] ignoreCase=true\n"),
              ElementsAre("core.excludesfile=~/x", "core.ignorecase=true"));
  EXPECT_THAT(read("[branch \"Main \\\"x\\\"\"]\nMerge=a\n[old.Style]\nb=c"),
              ElementsAre("branch.Main \"x\".merge=a", "old.style.b=c"));
}

TEST(GitSettings, SpacesQuotesAndComments) {
  EXPECT_THAT(read("[a]\nb =  c  d  # no\ne = \" f \"; no\ng = \"#\\\"\\t\"\nh\ni=\n"),
              ElementsAre("a.b=c  d", "a.e= f ", "a.g=#\"\t", "a.h", "a.i="));
  EXPECT_THAT(read("\xef\xbb\xbf# x\n; y\n[a]\n  b = c\\\n d\r\n"), ElementsAre("a.b=c d"));
}

// git refuses the whole file; what stands before is taken here.
TEST(GitSettings, NothingBehindWhatCannotBeRead) {
  EXPECT_THAT(read("[a]\nb=c\n1=2\nd=e\n"), ElementsAre("a.b=c"));
  EXPECT_THAT(read("[a]\nb=\"c\nd=e\n"), IsEmpty());
  EXPECT_THAT(read("[a]\nb=\\q\n"), IsEmpty());
  EXPECT_THAT(read("a=b\n"), IsEmpty());
  EXPECT_THAT(read("[a\nb=c\n"), IsEmpty());
  EXPECT_THAT(read("[]\nb=c\n"), IsEmpty());
  EXPECT_THAT(read("[a]\nb=c\\"), IsEmpty());
}

TEST(GitSettings, YesAndNo) {
  EXPECT_EQ(true, read_git_bool(std::nullopt));
  for (const char* const yes : {"true", "YES", "On", "1", "010"}) EXPECT_EQ(true, read_git_bool(yes)) << yes;
  for (const char* const no : {"false", "No", "off", "0", ""}) EXPECT_EQ(false, read_git_bool(no)) << no;
  EXPECT_EQ(std::nullopt, read_git_bool("maybe"));
}

}  // namespace
}  // namespace vigil::event
