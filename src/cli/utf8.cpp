#include "cli/utf8.hpp"

#include <cstdint>

namespace vigil::cli {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t index) { return static_cast<std::uint8_t>(text[index]); }

// What a first byte announces: the length, its share of the value, and the range the second byte must be in. The range
// is what rules out overlong forms, surrogates and values that are too large.
struct Lead {
  std::size_t size = 0;  // 0: no character begins so
  char32_t bits = 0;
  std::uint8_t second_min = 0x80;
  std::uint8_t second_max = 0xBF;
};

Lead lead_of(std::uint8_t first) {
  if (first >= 0xC2 && first <= 0xDF) return {.size = 2, .bits = first & 0x1Fu};
  if (first == 0xE0) return {.size = 3, .bits = 0, .second_min = 0xA0};
  if (first == 0xED) return {.size = 3, .bits = 0x0D, .second_max = 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {.size = 3, .bits = first & 0x0Fu};
  if (first == 0xF0) return {.size = 4, .bits = 0, .second_min = 0x90};
  if (first == 0xF4) return {.size = 4, .bits = 4, .second_max = 0x8F};
  if (first >= 0xF1 && first <= 0xF3) return {.size = 4, .bits = first & 0x07u};
  return {};
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  const std::uint8_t first = byte_at(text, 0);
  if (first < 0x80) return {.value = first, .size = 1, .valid = true};

  const Lead lead = lead_of(first);
  if (lead.size == 0) return {};

  char32_t value = lead.bits;
  for (std::size_t index = 1; index < lead.size; ++index) {
    if (index == text.size()) return {.size = index};
    const std::uint8_t next = byte_at(text, index);
    const std::uint8_t min = index == 1 ? lead.second_min : std::uint8_t{0x80};
    const std::uint8_t max = index == 1 ? lead.second_max : std::uint8_t{0xBF};
    if (next < min || next > max) return {.size = index};
    value = (value << 6) | (next & 0x3Fu);
  }
  return {.value = value, .size = lead.size, .valid = true};
}

}  // namespace vigil::cli
