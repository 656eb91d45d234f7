// How much of a thing a test makes or does.
#pragma once

namespace vigil::core {

// So many files, or rounds; fewer where each takes long.
constexpr int few(int count) { return count / VIGIL_FEWER; }

}  // namespace vigil::core
