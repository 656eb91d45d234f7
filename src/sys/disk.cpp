#include "sys/disk.hpp"

namespace vigil::sys {

std::string Disk::prefix(const std::string& root) const { return root.ends_with('/') ? root : root + '/'; }

}  // namespace vigil::sys
