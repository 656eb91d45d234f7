#include "tree/hash.hpp"

#include <cstddef>
#include <cstring>

namespace vigil::tree {

namespace {

std::uint64_t load_8(const char* from) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::uint64_t load_4(const char* from) {
  std::uint32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// The last up to eight bytes; words that overlap are quicker than a loop over the rest.
std::uint64_t last_word(std::string_view text) {
  const char* const end = text.data() + text.size();
  if (text.size() >= 8) return load_8(end - 8);
  if (text.size() >= 4) return load_4(text.data()) << 32 | load_4(end - 4);
  std::uint64_t word = 0;
  for (const char byte : text) word = word << 8 | static_cast<unsigned char>(byte);
  return word;
}

}  // namespace

std::uint32_t hash_bytes(std::string_view text) {
  std::uint64_t hash = mix(text.size());
  for (std::size_t done = 0; done + 8 < text.size(); done += 8) hash = mix(hash ^ load_8(text.data() + done));
  return spread(hash ^ last_word(text));
}

}  // namespace vigil::tree
