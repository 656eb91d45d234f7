#include "cli/columns.hpp"

#include "cli/columns_table.hpp"
#include "cli/utf8.hpp"

#include <algorithm>
#include <iterator>

namespace vigil::cli {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

template <std::size_t kSize>
bool contains(const CharacterRange (&ranges)[kSize], char32_t character) {
  const auto after = std::upper_bound(std::begin(ranges), std::end(ranges), character,
                                      [](char32_t value, const CharacterRange& range) { return value < range.first; });
  return after != std::begin(ranges) && character <= std::prev(after)->last;
}

std::size_t columns_of(const Utf8Character& character) {
  return character.valid ? columns_of_character(character.value) : character.size;
}

}  // namespace

std::size_t columns_of_character(char32_t character) {
  if (character < 0x300) return 1;
  if (contains(kZeroColumns, character)) return 0;
  return contains(kTwoColumns, character) ? 2 : 1;
}

std::size_t columns_of_text(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    columns += columns_of(character);
    text.remove_prefix(character.size);
  }
  return columns;
}

std::string cut_to_end(std::string_view text, std::size_t columns) {
  std::size_t left = columns_of_text(text);
  if (left <= columns) return std::string(text);
  if (columns == 0) return {};
  bool with_accents = false;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    const std::size_t own = columns_of(character);
    // Accents of a letter that is gone go with it.
    if (left <= columns - 1 && !(with_accents && own == 0)) break;
    left -= own;
    with_accents = true;
    text.remove_prefix(character.size);
  }
  return std::string(kEllipsis).append(text);
}

std::string cut_to_beginning(std::string_view text, std::size_t columns) {
  if (columns_of_text(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t size = 0;
  while (size < text.size()) {
    const Utf8Character character = first_character(text.substr(size));
    used += columns_of(character);
    if (used > columns - 1) break;
    size += character.size;
  }
  return std::string(text.substr(0, size)).append(kEllipsis);
}

std::string padded(std::string_view text, std::size_t columns) {
  std::string out = cut_to_beginning(text, columns);
  const std::size_t used = columns_of_text(out);
  out.append(columns - std::min(used, columns), ' ');
  return out;
}

}  // namespace vigil::cli
