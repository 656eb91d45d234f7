#include "cli/columns.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigil::cli {
namespace {

TEST(Columns, CharactersOfEastAsiaTakeTwo) {
  EXPECT_EQ(3u, columns_of_text("abc"));
  EXPECT_EQ(1u, columns_of_text("\u00e9"));
  EXPECT_EQ(6u, columns_of_text("日本語"));
  EXPECT_EQ(2u, columns_of_text("😀"));
  EXPECT_EQ(1u, columns_of_text("e\u0301"));  // with an accent of its own
  EXPECT_EQ(2u, columns_of_text("\xff\xfe"));
}

TEST(Columns, TheEndOfAPathIsKept) {
  EXPECT_EQ("src/a", cut_to_end("src/a", 5));
  EXPECT_EQ("…/a", cut_to_end("src/a", 3));
  EXPECT_EQ("…", cut_to_end("src/a", 1));
  EXPECT_EQ("", cut_to_end("src/a", 0));
  EXPECT_EQ("…語", cut_to_end("日本語", 3));
  EXPECT_EQ("…語", cut_to_end("日本語", 4));  // half of one would be left
  EXPECT_EQ("…x", cut_to_end("abe\u0301x", 2));
  EXPECT_EQ("…e\u0301x", cut_to_end("abe\u0301x", 3));
}

TEST(Columns, TheBeginningOfWordsIsKept) {
  EXPECT_EQ("words", cut_to_beginning("words", 5));
  EXPECT_EQ("wo…", cut_to_beginning("words", 3));
  EXPECT_EQ("日…", cut_to_beginning("日本語", 4));
  EXPECT_EQ("e\u0301…", cut_to_beginning("e\u0301bc", 2));
  EXPECT_EQ("", cut_to_beginning("words", 0));
}

TEST(Columns, PaddingFillsExactly) {
  EXPECT_EQ("ab   ", padded("ab", 5));
  EXPECT_EQ("日本…", padded("日本語", 5));
  EXPECT_EQ("日… ", padded("日本語", 4));
  for (std::size_t columns = 0; columns < 12; ++columns) {
    EXPECT_EQ(columns, columns_of_text(padded("日本語abc", columns))) << columns;
    EXPECT_LE(columns_of_text(cut_to_end("日本語abc日本", columns)), columns);
  }
}

}  // namespace
}  // namespace vigil::cli
