// The same bytes as units of UTF-16 and as WTF-8: any units come back, and so do the bytes if they are accepted.
#include "base/utf.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::u16string units(size / 2, u'\0');
  if (!units.empty()) std::memcpy(units.data(), data, units.size() * sizeof(char16_t));
  if (vigil::base::to_utf16(vigil::base::to_wtf8(units)) != units) std::abort();

  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto accepted = vigil::base::to_utf16(bytes);
  if (accepted && vigil::base::to_wtf8(*accepted) != bytes) std::abort();
  return 0;
}
