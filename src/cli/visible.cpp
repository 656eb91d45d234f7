#include "cli/visible.hpp"

#include "cli/format.hpp"
#include "cli/utf8.hpp"

#include <algorithm>
#include <iterator>

namespace vigil::cli {
namespace {

bool between(char32_t value, char32_t first, char32_t last) { return value >= first && value <= last; }

bool is_hazardous(char32_t value) {
  return value < 0x20 || between(value, 0x7F, 0x9F)  // control characters, the second set of them included
         || between(value, 0x2028, 0x2029)           // line and paragraph separator
         || value == 0x061C || between(value, 0x200E, 0x200F) || between(value, 0x202A, 0x202E) ||
         between(value, 0x2066, 0x2069);  // direction marks, embeddings, overrides and isolates
}

void append_hazardous(std::string& out, char32_t value) {
  switch (value) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto number = static_cast<unsigned>(value);
  if (number < 0x80) {
    append_formatted(out, "\\x{:02x}", number);
  } else {
    append_formatted(out, "\\u{:04x}", number);
  }
}

void append_bytes(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) {
    append_formatted(out, "\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  }
}

std::size_t plain_size(std::string_view text) {
  const auto is_plain = [](char character) { return character >= 0x20 && character < 0x7F; };
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
}

}  // namespace

void append_visible(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t plain = plain_size(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;

    const Utf8Character character = first_character(text);
    const std::string_view bytes = text.substr(0, character.size);
    text.remove_prefix(character.size);
    if (!character.valid) {
      append_bytes(out, bytes);
    } else if (is_hazardous(character.value)) {
      append_hazardous(out, character.value);
    } else {
      out += bytes;
    }
  }
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

}  // namespace vigil::cli
