#include "sys/disk.hpp"

namespace vigil::sys {

std::string Disk::prefix(const std::string& root) const { return root.ends_with('/') ? root : root + '/'; }

Outcome<FileStatus> Disk::statuses(const std::string& path, std::string_view names,
                                   std::vector<Outcome<FileStatus>>& statuses) {
  statuses.clear();
  const Outcome<std::unique_ptr<Directory>> opened = open(path);
  if (!opened) return Outcome<FileStatus>::failure(opened.error);
  Outcome<FileStatus> own = opened.value->status();
  while (own && !names.empty()) {
    const std::string_view name = names.substr(0, names.find('\0'));
    names.remove_prefix(name.size() + 1);
    statuses.push_back(opened.value->status(name));
  }
  return own;
}

}  // namespace vigil::sys
