#include "support/temporary_directory.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>

namespace vigil::testing {

namespace {

bool is_in_memory(const std::filesystem::path& place) {
  struct statfs system {};
  return ::statfs(place.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC;
}

}  // namespace

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
