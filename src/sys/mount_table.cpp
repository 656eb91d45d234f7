#include "sys/mount_table.hpp"

#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace vigil::sys {

namespace {

// The next of the fields that single spaces separate; empty at the end.
std::string_view next_field(std::string_view& line) {
  const std::string_view field = line.substr(0, line.find(' '));
  line.remove_prefix(field.size());
  if (!line.empty()) line.remove_prefix(1);
  return field;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_device(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto major = parse_number<std::uint32_t>(text.substr(0, colon));
  const auto minor = parse_number<std::uint32_t>(text.substr(colon + 1));
  if (!major || !minor) return std::nullopt;
  return (std::uint64_t{*major} << 32) | *minor;
}

bool is_octal(char digit) { return digit >= '0' && digit <= '7'; }

// Spaces, tabs, ends of lines and backslashes are written as three octal digits behind a backslash.
std::string unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const bool is_escape = text.size() >= 4 && text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
                           is_octal(text[2]) && is_octal(text[3]);
    if (is_escape) {
      plain += static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
    } else {
      plain += text[0];
    }
    text.remove_prefix(is_escape ? 4 : 1);
  }
  return plain;
}

// "36 35 98:0 /of/it /where rw,noatime master:1 - ext3 /dev/root rw": of the fields before the "-" the last ones
// are optional and any number.
std::optional<Mount> parse_line(std::string_view line) {
  const auto id = parse_number<std::uint64_t>(next_field(line));
  if (!id || !parse_number<std::uint64_t>(next_field(line))) return std::nullopt;
  const auto device = parse_device(next_field(line));
  next_field(line);
  const std::string_view point = next_field(line);
  if (!device || !point.starts_with('/')) return std::nullopt;
  next_field(line);
  while (!line.empty() && next_field(line) != "-") {
  }
  const std::string_view type = next_field(line);
  if (type.empty()) return std::nullopt;
  return Mount{*id, *device, unescape(point), unescape(type)};
}

}  // namespace

std::vector<Mount> parse_mount_table(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size());
    if (!text.empty()) text.remove_prefix(1);
    if (std::optional<Mount> mount = parse_line(line)) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

}  // namespace vigil::sys
