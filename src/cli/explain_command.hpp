// `vigil explain`: whether a path is left out of a watch, and by what.
#pragma once

#include "cli/explain_options.hpp"

namespace vigil::cli {

// Prints a line for each path. The exit code.
int explain(const ExplainCommand& command);

}  // namespace vigil::cli
