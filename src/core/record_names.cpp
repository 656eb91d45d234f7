#include "core/record_names.hpp"

#include "base/utf.hpp"

#include <cstddef>
#include <optional>

namespace vigil::core {

namespace {

constexpr char16_t kByteAsUnit = 0xDC00;

std::size_t character_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

bool is_surrogate(char16_t unit) { return unit >= 0xD800 && unit <= 0xDFFF; }

}  // namespace

std::u16string record_name(std::string_view bytes) {
  std::u16string name;
  name.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto lead = static_cast<unsigned char>(bytes.front());
    if (lead < 0x80) {
      name.push_back(lead);
      bytes.remove_prefix(1);
      continue;
    }
    const std::string_view character = bytes.substr(0, character_size(lead));
    const std::optional<std::u16string> units = base::to_utf16(character);
    if (units && !(units->size() == 1 && is_surrogate(units->front())) && units->size() <= 2) {
      name.append(*units);
      bytes.remove_prefix(character.size());
    } else {
      name.push_back(static_cast<char16_t>(kByteAsUnit + lead));
      bytes.remove_prefix(1);
    }
  }
  return name;
}

}  // namespace vigil::core
