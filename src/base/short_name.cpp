#include "base/short_name.hpp"

#include "base/utf.hpp"

#include <optional>
#include <string>

namespace vigil::base {
namespace {

constexpr std::size_t kStemMax = 8;
constexpr std::size_t kExtensionMax = 3;

// What a short name never has, though a long one may.
constexpr std::u16string_view kOnlyInLongNames = u" +,;=[]";

}  // namespace

bool may_be_short_name(std::string_view name) {
  // Before anything is converted: almost no name has one, and no short name is longer, at three bytes a character.
  if (name.find('~') == std::string_view::npos || name.size() > 3 * (kStemMax + 1 + kExtensionMax)) return false;
  const std::optional<std::u16string> units = to_utf16(name);
  if (!units || units->find_first_of(kOnlyInLongNames) != std::u16string::npos) return false;
  const std::size_t dot = units->find(u'.');
  const std::size_t stem = dot == std::u16string::npos ? units->size() : dot;
  const std::size_t tilde = units->find(u'~');
  if (stem > kStemMax || tilde == 0 || tilde > stem) return false;
  if (dot == std::u16string::npos) return true;
  const std::size_t extension = units->size() - dot - 1;
  return extension > 0 && extension <= kExtensionMax && units->find(u'.', dot + 1) == std::u16string::npos;
}

}  // namespace vigil::base
