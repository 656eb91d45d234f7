#include "conformance/sysctl.hpp"

namespace vigil::conformance {

// There is none.
Result<SystemLimit> SystemLimit::set(const std::string& name, long) {
  return Error(ErrorCode::invalid_argument, "no such limit: " + name);
}

SystemLimit::~SystemLimit() = default;

}  // namespace vigil::conformance
