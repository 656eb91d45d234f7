// Paths as the calls of Windows take them.
#pragma once

#include "base/utf.hpp"

#include <algorithm>
#include <string>

namespace vigil::testing {

// As the system takes it at any length. Relative paths stay what they are.
inline std::u16string wide(const std::string& path) {
  std::u16string units = base::to_utf16(path).value_or(u"<>");
  std::replace(units.begin(), units.end(), u'/', u'\\');
  if (units.size() > 2 && units[1] == u':' && units[2] == u'\\') units.insert(0, u"\\\\?\\");
  return units;
}

// The text lives as long as the full expression.
struct Wide {
  explicit Wide(const std::string& path) : text(wide(path)) {}
  operator const wchar_t*() const { return reinterpret_cast<const wchar_t*>(text.c_str()); }
  std::u16string text;
};

}  // namespace vigil::testing
