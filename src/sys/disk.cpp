#include "sys/disk.hpp"

namespace vigil::sys {

Outcome<std::string> Directory::listed_name(std::string_view name) {
  const Outcome<FileStatus> found = status(name);
  return found ? Outcome<std::string>{std::string(name)} : Outcome<std::string>::failure(found.error);
}

std::string Disk::prefix(const std::string& root) const { return root.ends_with('/') ? root : root + '/'; }

}  // namespace vigil::sys
