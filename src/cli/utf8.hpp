// Reads UTF-8 that may be anything: names in a Linux file system are bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace vigil::cli {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

struct Utf8Character {
  char32_t value = kReplacementCharacter;
  std::size_t size = 1;  // bytes it takes; of an invalid one those that one U+FFFD stands for
  bool valid = false;
};

// The first character of `text`, which is not empty. Surrogates, overlong forms and values beyond U+10FFFF are invalid.
Utf8Character first_character(std::string_view text);

}  // namespace vigil::cli
