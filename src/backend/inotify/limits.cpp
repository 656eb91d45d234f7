#include "backend/inotify/backend.hpp"

#include <cerrno>
#include <fstream>

namespace vigil::backend::inotify {

namespace {

std::string describe(const std::string& what, const std::string& name) {
  std::string value = "unknown";
  std::ifstream("/proc/sys/fs/inotify/" + name) >> value;
  return what + ": fs.inotify." + name + " is " + value +
         " for all programs of this user together; raise it with: sudo sysctl fs.inotify." + name + "=<number>";
}

}  // namespace

std::string explain_limit(int error) {
  switch (error) {
    case ENOSPC: return describe("inotify watch limit reached", "max_user_watches");
    case EMFILE:
      return describe("inotify instance limit (or this process's limit of open files) reached", "max_user_instances");
    default: return {};
  }
}

}  // namespace vigil::backend::inotify
