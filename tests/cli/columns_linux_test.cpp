// What the C library, and so ncurses, takes for the width of a character.
#include "cli/columns.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <cwchar>
#include <string>

namespace vigil::cli {
namespace {

TEST(Columns, AgreeWithTheCLibrary) {
  const std::string before = std::setlocale(LC_CTYPE, nullptr);
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) GTEST_SKIP() << "no UTF-8 locale";
  int differences = 0;
  for (char32_t character = 0xA0; character <= 0x10FFFF; ++character) {
    const int width = ::wcwidth(static_cast<wchar_t>(character));
    // Unassigned characters may have been taken into a range, and later versions of Unicode assign some.
    if (width < 0 || columns_of_character(character) == static_cast<std::size_t>(width)) continue;
    ++differences;
  }
  std::setlocale(LC_CTYPE, before.c_str());
  EXPECT_LE(differences, 200) << "of the characters that a newer C library knows";
}

}  // namespace
}  // namespace vigil::cli
