// Between the names of Windows (UTF-16 that need not be well-formed) and those of vigil (bytes).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vigil::base {

// Any sequence of 16-bit units has exactly one WTF-8 form: UTF-8, in which a surrogate without its other half is
// written as the three bytes of its value. to_utf16() turns back what this made, unit for unit.
std::string to_wtf8(std::u16string_view units);

// The same, to the end of `out`.
void append_wtf8(std::string& out, std::u16string_view units);

// Nothing for what is no WTF-8: overlong forms, values beyond U+10FFFF, characters cut short, stray bytes, and a pair
// of surrogates written as two times three bytes, whose only form is four bytes. So no two texts name the same file,
// and to_wtf8() turns back whatever this accepted.
std::optional<std::u16string> to_utf16(std::string_view bytes);

}  // namespace vigil::base
