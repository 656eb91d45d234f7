#include "cli/progress.hpp"

#include "cli/memory_file.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;

TEST(Progress, ShowsNothingWhenTheWorkIsDoneInTime) {
  MemoryFile file;
  {
    const Progress progress(
        file.descriptor(), "src", [] { return 1; }, 1h);
  }
  EXPECT_EQ(file.text(), "");
}

TEST(Progress, IsRewrittenInPlaceAndClearedInTheEnd) {
  MemoryFile file;
  std::atomic<std::size_t> calls = 0;
  {
    const Progress progress(
        file.descriptor(), "src\n",
        [&] {
          ++calls;
          calls.notify_all();
          return 1'234'560 + calls;
        },
        0ms);
    calls.wait(0);
    calls.wait(1);
  }
  const std::string text = file.text();
  EXPECT_TRUE(text.starts_with("\rlisting src\\n: 1,234,561 entries\x1b[K\rlisting src\\n: 1,234,562 entries\x1b[K"))
      << text;
  EXPECT_TRUE(text.ends_with("\r\x1b[K"));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

// A file is no terminal and has no width: 80 columns are assumed.
TEST(Progress, StaysInOneLine) {
  MemoryFile file;
  std::atomic<bool> called = false;
  {
    const Progress progress(
        file.descriptor(), std::string(500, 'x'),
        [&] {
          called = true;
          called.notify_all();
          return 7;
        },
        0ms);
    called.wait(false);
  }
  const std::string text = file.text();
  const std::string first = text.substr(1, text.find("\x1b") - 1);
  EXPECT_LT(first.size(), 80u) << first;
  EXPECT_NE(first.find("...x"), std::string::npos);
}

TEST(Progress, ThousandsAreSeparated) {
  EXPECT_EQ(with_thousands_separated(0), "0");
  EXPECT_EQ(with_thousands_separated(999), "999");
  EXPECT_EQ(with_thousands_separated(1'000), "1,000");
  EXPECT_EQ(with_thousands_separated(123'456), "123,456");
  EXPECT_EQ(with_thousands_separated(1'234'567'890), "1,234,567,890");
}

TEST(Progress, LongTextKeepsItsEnd) {
  EXPECT_EQ(shortened("src/main", 8), "src/main");
  EXPECT_EQ(shortened("src/main", 7), "...main");
  EXPECT_EQ(shortened("src/main", 3), "...");
  EXPECT_EQ(shortened("ääääää", 6), "ääääää");
  EXPECT_EQ(shortened("ääääää", 5), "...ää");
  EXPECT_EQ(shortened("", 3), "");
}

}  // namespace
}  // namespace vigil::cli
