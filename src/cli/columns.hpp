// How much room a text takes on a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vigil::cli {

// Of one character: 2 of most of those of East Asia and of emoji, 0 of accents that are put on the one before, else 1.
std::size_t columns_of_character(char32_t character);

// Of UTF-8; a byte that is none counts as one.
std::size_t columns_of_text(std::string_view text);

// The text, or as much of its end (its beginning) as fits behind (before) an ellipsis. A character of two columns is
// never cut in half, nor an accent from its letter.
std::string cut_to_end(std::string_view text, std::size_t columns);
std::string cut_to_beginning(std::string_view text, std::size_t columns);

// The same, with spaces behind it up to exactly so many columns.
std::string padded(std::string_view text, std::size_t columns);

}  // namespace vigil::cli
