#include "cabi/forks.hpp"

namespace vigil::cabi {

void expect_forks() {}  // there are none

}  // namespace vigil::cabi
