// How much is said besides what was asked for.
#pragma once

namespace vigil::cli {

enum class Verbosity { quiet, normal, verbose };

}  // namespace vigil::cli
