#include "support/raw_files.hpp"
#include "support/temporary_directory.hpp"

namespace vigil::testing {

// Nothing here tells such file systems apart.
std::filesystem::path place_in_memory() { return {}; }

std::filesystem::path place_on_disk() { return raw::place_for_temporary_directories(); }

}  // namespace vigil::testing
