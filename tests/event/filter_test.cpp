#include "event/filter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vigil::event {
namespace {

Filter parse(const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
  auto filter = Filter::parse(include, exclude);
  EXPECT_TRUE(filter) << (filter ? "" : filter.error().message());
  return filter ? *std::move(filter) : Filter();
}

TEST(Filter, WithoutGlobsPassesEverything) {
  const Filter filter;
  EXPECT_TRUE(filter.passes_everything());
  EXPECT_FALSE(filter.excludes("a", false));
  EXPECT_FALSE(filter.excludes_all_below("a"));
  EXPECT_TRUE(filter.includes("a", false));
  EXPECT_TRUE(parse({}, {}).passes_everything());
}

TEST(Filter, ExcludesWhatAnyGlobMatches) {
  const Filter filter = parse({}, {"build/", "*.o", "/tmp"});
  EXPECT_FALSE(filter.passes_everything());
  EXPECT_TRUE(filter.excludes("a/build", true));
  EXPECT_FALSE(filter.excludes("a/build", false));
  EXPECT_TRUE(filter.excludes("a/x.o", false));
  EXPECT_TRUE(filter.excludes("tmp", false));
  EXPECT_FALSE(filter.excludes("a/tmp", false));
  EXPECT_TRUE(filter.includes("anything", false));
}

TEST(Filter, KeepsADirectoryOfWhichOnlyTheContentsAreExcluded) {
  const Filter filter = parse({}, {"build/**"});
  EXPECT_FALSE(filter.excludes("build", true));
  EXPECT_TRUE(filter.excludes_all_below("build"));
  EXPECT_FALSE(filter.excludes_all_below("src"));
  EXPECT_FALSE(filter.excludes_all_below(""));
  EXPECT_TRUE(parse({}, {"*.o", "**"}).excludes_all_below(""));
}

TEST(Filter, IncludeChoosesWhatIsReportedAndExcludesNothing) {
  const Filter filter = parse({"*.cpp", "docs/**"}, {});
  EXPECT_FALSE(filter.passes_everything());
  EXPECT_TRUE(filter.includes("src/a.cpp", false));
  EXPECT_TRUE(filter.includes("docs/a/b", true));
  EXPECT_FALSE(filter.includes("src", true));
  EXPECT_FALSE(filter.excludes("src", true));
  EXPECT_FALSE(filter.excludes_all_below("src"));
}

TEST(Filter, TheFirstPatternThatCannotBeReadIsTheError) {
  for (const auto& filter : {Filter::parse({"*.cpp", "a["}, {}), Filter::parse({}, {"a[", "*.cpp"})}) {
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().code(), ErrorCode::invalid_pattern);
    EXPECT_NE(filter.error().message().find("a["), std::string::npos);
  }
}

}  // namespace
}  // namespace vigil::event
