#include "base/short_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigil::base {
namespace {

TEST(ShortName, IsWhatWindowsMakesOfALongName) {
  for (const char* name : {"PROGRA~1", "REPORT~2.TXT", "AB1234~1.C", "A~10.TX", "report~1.txt", "ABCDEF~Q.H",
                           "\xc3\x9c"
                           "BERLA~1.DOC"}) {
    EXPECT_TRUE(may_be_short_name(name)) << name;
  }
}

TEST(ShortName, IsNothingElse) {
  for (const char* name : {"", "a", "readme.txt", "PROGRAM~1", "REPORT~2.TEXT", "A~1.", ".A~1", "A~1.B.C", "A ~1.TXT",
                           "A+B~1", "backup.c~", "A.B~1", "~$report.docx", "~WRL0001.TMP", "A~1\x80"}) {
    EXPECT_FALSE(may_be_short_name(name)) << name;
  }
}

// Counted in characters, as Windows does, not in bytes.
TEST(ShortName, IsCountedInCharacters) {
  const std::string euro = "\xe2\x82\xac";
  std::string stem;
  for (int i = 0; i < 6; ++i) stem += euro;
  EXPECT_TRUE(may_be_short_name(stem + "~1." + euro + euro + euro));
  EXPECT_FALSE(may_be_short_name(stem + euro + "~1"));
}

}  // namespace
}  // namespace vigil::base
