#include "cli/duration.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsNumbersWithUnits) {
  const auto in_seconds = [](std::string_view text) { return parse_duration(text, 1s).value(); };
  EXPECT_EQ(in_seconds("50ms"), 50ms);
  EXPECT_EQ(in_seconds("1s"), 1s);
  EXPECT_EQ(in_seconds("1.5s"), 1500ms);
  EXPECT_EQ(in_seconds("2m"), 2min);
  EXPECT_EQ(in_seconds("0.25h"), 15min);
  EXPECT_EQ(in_seconds("0"), 0ms);
  EXPECT_EQ(in_seconds("3"), 3s);
  EXPECT_EQ(parse_duration("3", 1ms).value(), 3ms);
  EXPECT_EQ(in_seconds("0.1ms"), 1ms) << "rounded up, so that little is not nothing";
  EXPECT_EQ(in_seconds("8760h"), 8760h);
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text : {"",
                           " 1s",
                           "1 s",
                           "-1s",
                           "+1s",
                           ".5s",
                           "s",
                           "ms",
                           "1S",
                           "1ss",
                           "1d",
                           "1e3s",
                           "0x10",
                           "inf",
                           "nan",
                           "infs",
                           "1,5s",
                           "8761h",
                           "99999999999999999999999h",
                           "1s\n"}) {
    EXPECT_FALSE(parse_duration(text, 1s)) << text;
  }
  const std::string huge = std::string(400, '9').append("s");
  EXPECT_FALSE(parse_duration(huge, 1s));
}

}  // namespace
}  // namespace vigil::cli
