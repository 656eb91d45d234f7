#include "cli/nearest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vigil::cli {
namespace {

const std::vector<std::string> kKnown = {"settle", "include", "exclude", "net", "count"};

std::string meant(std::string_view word) { return nearest(word, kKnown).value_or(""); }

TEST(Nearest, IsOneSlipAway) {
  EXPECT_EQ("settle", meant("setle"));
  EXPECT_EQ("settle", meant("settel"));
  EXPECT_EQ("settle", meant("settles"));
  EXPECT_EQ("exclude", meant("exclud"));
  EXPECT_EQ("include", meant("inlcude"));
  EXPECT_EQ("count", meant("cuont"));
  EXPECT_EQ("net", meant("nett"));
}

TEST(Nearest, IsNothingThatHasLittleInCommon) {
  EXPECT_EQ("", meant(""));
  EXPECT_EQ("", meant("x"));
  EXPECT_EQ("", meant("bogus"));
  EXPECT_EQ("", meant("abc"));
  EXPECT_EQ("", meant(std::string(100'000, 's')));
  EXPECT_FALSE(nearest("word", {}));
}

TEST(Nearest, IsTheCloserOfTwo) {
  EXPECT_EQ("include", meant("xinclude"));
  EXPECT_EQ("exclude", meant("exlude"));
}

TEST(Nearest, IsSaidInWords) {
  EXPECT_EQ(" (did you mean 'net'?)", suggestion("nte", kKnown));
  EXPECT_EQ("", suggestion("bogus", kKnown));
}

}  // namespace
}  // namespace vigil::cli
