// What this process has mapped.
#pragma once

#include <cstddef>

namespace vigil::base {

std::size_t address_space_bytes();

}  // namespace vigil::base
