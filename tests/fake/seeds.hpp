// Which random runs a test makes.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace vigil::fake {

// 1 to `count`; or what the environment says: VIGIL_SEED=7 repeats one run, VIGIL_SEED=100-2000 makes many.
inline std::vector<std::uint64_t> seeds(std::uint64_t count) {
  std::uint64_t first = 1;
  std::uint64_t last = count;
  if (const char* const wanted = std::getenv("VIGIL_SEED"); wanted != nullptr) {
    const std::string text = wanted;
    const std::size_t dash = text.find('-');
    first = std::stoull(text);
    last = dash == std::string::npos ? first : std::stoull(text.substr(dash + 1));
  }
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = first; seed <= last; ++seed) all.push_back(seed);
  return all;
}

}  // namespace vigil::fake
