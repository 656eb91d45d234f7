#include "base/address_space.hpp"

#include <unistd.h>
#include <fstream>

namespace vigil::base {

std::size_t address_space_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace vigil::base
