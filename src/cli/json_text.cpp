#include "cli/json_text.hpp"

#include "cli/format.hpp"
#include "cli/utf8.hpp"

#include <iterator>

namespace vigil::cli {
namespace {

void append_escaped(std::string& out, char character) {
  if (character == '"' || character == '\\') {
    out += '\\';
    out += character;
  } else if (character == '\n') {
    out += "\\n";
  } else {
    append_formatted(out, "\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(character)));
  }
}

// False where something was no UTF-8.
bool append_text(std::string& out, std::string_view value) {
  bool valid = true;
  while (!value.empty()) {
    const Utf8Character character = first_character(value);
    if (!character.valid) {
      valid = false;
      out += "\xEF\xBF\xBD";
    } else if (character.value < 0x20 || character.value == '"' || character.value == '\\') {
      append_escaped(out, value.front());
    } else {
      out += value.substr(0, character.size);
    }
    value.remove_prefix(character.size);
  }
  return valid;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t index = 0; index < 3; ++index) {
      group = group << 8 | (at + index < bytes.size() ? static_cast<unsigned char>(bytes[at + index]) : 0u);
    }
    for (std::size_t index = 0; index < 4; ++index) {
      out += at + index <= bytes.size() ? kDigits[group >> (18 - 6 * index) & 0x3F] : '=';
    }
  }
  return out;
}

}  // namespace

JsonText& JsonText::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  first_ = true;
  return *this;
}

void JsonText::text(std::string_view value) {
  separate();
  out_ += '"';
  append_text(out_, value);
  out_ += '"';
}

void JsonText::number(std::int64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonText::number(std::uint64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonText::number(double value, int digits) {
  separate();
  append_formatted(out_, "{:.{}f}", value, digits);
}

void JsonText::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void JsonText::null() {
  separate();
  out_ += "null";
}

void JsonText::path(std::string_view name, std::string_view value) {
  key(name);
  separate();
  out_ += '"';
  const bool valid = append_text(out_, value);
  out_ += '"';
  if (!valid) key(std::string(name) + "_base64").text(base64(value));
}

void JsonText::begin(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
}

void JsonText::end(char bracket) {
  out_ += bracket;
  first_ = false;
}

void JsonText::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

}  // namespace vigil::cli
