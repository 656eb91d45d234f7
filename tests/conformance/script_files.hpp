// Finds the scripts.
#pragma once

#include <vigil/result.hpp>

#include "conformance/script.hpp"

#include <string>
#include <vector>

namespace vigil::conformance {

// Every "group/case.vgl" below a folder, in the order of their names. Fails at the first that cannot be parsed.
Result<std::vector<Script>> load_scripts(const std::string& folder);

}  // namespace vigil::conformance
