#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace vigil::cli {
namespace {

TEST(Table, IsAlignedByColumnsNotBytes) {
  Table table({"name", "n", "path"}, {Table::Side::left, Table::Side::right, Table::Side::left});
  table.add({"日本", "1", "a"});
  table.add({"é", "1,000", ""});
  EXPECT_EQ(
      "name      n  path\n"
      "日本      1  a\n"
      "é     1,000\n",
      table.text());
}

}  // namespace
}  // namespace vigil::cli
