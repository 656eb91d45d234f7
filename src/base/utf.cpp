#include "base/utf.hpp"

#include <cstddef>
#include <cstdint>

namespace vigil::base {
namespace {

constexpr char32_t kFirstBeyondPlane = 0x10000;

constexpr bool is_high(char32_t value) { return value >= 0xD800 && value <= 0xDBFF; }
constexpr bool is_low(char32_t value) { return value >= 0xDC00 && value <= 0xDFFF; }

char byte(char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); }

void append_character(std::string& out, char32_t value) {
  if (value < 0x80) {
    out += byte(value);
    return;
  }
  if (value < 0x800) {
    out += byte(0xC0 | (value >> 6));
  } else {
    if (value < kFirstBeyondPlane) {
      out += byte(0xE0 | (value >> 12));
    } else {
      out += byte(0xF0 | (value >> 18));
      out += byte(0x80 | ((value >> 12) & 0x3F));
    }
    out += byte(0x80 | ((value >> 6) & 0x3F));
  }
  out += byte(0x80 | (value & 0x3F));
}

// What a first byte announces: how many bytes follow, its share of the value, and the least value that may be written
// at this length.
struct Lead {
  std::size_t following = 0;
  char32_t bits = 0;
  char32_t least = 0;
};

std::optional<Lead> lead_of(std::uint8_t first) {
  if (first < 0x80) return Lead{0, first, 0};
  if (first >= 0xC0 && first < 0xE0) return Lead{1, first & 0x1Fu, 0x80};
  if (first >= 0xE0 && first < 0xF0) return Lead{2, first & 0x0Fu, 0x800};
  if (first >= 0xF0 && first < 0xF8) return Lead{3, first & 0x07u, kFirstBeyondPlane};
  return std::nullopt;
}

// Takes the first character away from `bytes`, which is not empty.
std::optional<char32_t> take_character(std::string_view& bytes) {
  const std::optional<Lead> lead = lead_of(static_cast<std::uint8_t>(bytes.front()));
  if (!lead || bytes.size() <= lead->following) return std::nullopt;
  char32_t value = lead->bits;
  for (std::size_t index = 1; index <= lead->following; ++index) {
    const auto next = static_cast<std::uint8_t>(bytes[index]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    value = (value << 6) | (next & 0x3Fu);
  }
  if (value < lead->least || value > 0x10FFFF) return std::nullopt;
  bytes.remove_prefix(lead->following + 1);
  return value;
}

}  // namespace

void append_wtf8(std::string& out, std::u16string_view units) {
  for (std::size_t index = 0; index < units.size(); ++index) {
    char32_t value = units[index];
    if (is_high(value) && index + 1 < units.size() && is_low(units[index + 1])) {
      ++index;
      value = kFirstBeyondPlane + ((value - 0xD800) << 10) + (units[index] - 0xDC00u);
    }
    append_character(out, value);
  }
}

std::string to_wtf8(std::u16string_view units) {
  std::string bytes;
  bytes.reserve(units.size());
  append_wtf8(bytes, units);
  return bytes;
}

std::optional<std::u16string> to_utf16(std::string_view bytes) {
  std::u16string units;
  units.reserve(bytes.size());
  bool after_lone_high = false;
  while (!bytes.empty()) {
    const std::optional<char32_t> value = take_character(bytes);
    if (!value || (after_lone_high && is_low(*value))) return std::nullopt;
    after_lone_high = is_high(*value);
    if (*value < kFirstBeyondPlane) {
      units += static_cast<char16_t>(*value);
    } else {
      units += static_cast<char16_t>(0xD800 + ((*value - kFirstBeyondPlane) >> 10));
      units += static_cast<char16_t>(0xDC00 + ((*value - kFirstBeyondPlane) & 0x3FF));
    }
  }
  return units;
}

}  // namespace vigil::base
