#include "base/address_space.hpp"

#include <windows.h>

namespace vigil::base {

std::size_t address_space_bytes() {
  std::size_t sum = 0;
  MEMORY_BASIC_INFORMATION region{};
  for (const char* at = nullptr; ::VirtualQuery(at, &region, sizeof region) != 0;) {
    if (region.State == MEM_COMMIT) sum += region.RegionSize;
    at = static_cast<const char*>(region.BaseAddress) + region.RegionSize;
  }
  return sum;
}

}  // namespace vigil::base
