#include "support/temporary_directory.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <cstdlib>
#include <system_error>

namespace vigil::testing {

namespace {

bool is_in_memory(const std::filesystem::path& place) {
  struct statfs system {};
  return ::statfs(place.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& where) {
  std::string pattern = (std::filesystem::canonical(where) / "vigil-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::operator/(std::string_view name) const { return path_ + '/' + std::string(name); }

std::filesystem::path place_in_memory() {
  const std::filesystem::path place = "/dev/shm";
  return is_in_memory(place) ? place : std::filesystem::path();
}

std::filesystem::path place_on_disk() {
  for (const std::filesystem::path& place :
       {std::filesystem::temp_directory_path(), std::filesystem::path("/var/tmp")}) {
    if (std::filesystem::is_directory(place) && !is_in_memory(place)) return place;
  }
  return {};
}

}  // namespace vigil::testing
