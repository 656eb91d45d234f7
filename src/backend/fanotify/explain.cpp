#include "backend/fanotify/backend.hpp"

#include <cerrno>
#include <fstream>

namespace vigil::backend::fanotify {

std::string explain_open(int error) {
  switch (error) {
    case EPERM: return "fanotify for whole file systems needs the privilege CAP_SYS_ADMIN";
    case EINVAL: return "fanotify that tells names and both sides of a rename needs Linux 5.17";
    case ENOSYS: return "this kernel has no fanotify, or a sandbox forbids it";
    case EMFILE: {
      std::string value = "unknown";
      std::ifstream("/proc/sys/fs/fanotify/max_user_groups") >> value;
      return "fanotify group limit (or this process's limit of open files) reached: fs.fanotify.max_user_groups is " +
             value +
             " for all programs of this user together; raise it with: sudo sysctl "
             "fs.fanotify.max_user_groups=<number>";
    }
    default: return {};
  }
}

std::string explain_watch(int error) {
  switch (error) {
    case EXDEV: return "fanotify cannot mark a part of a file system (a btrfs subvolume)";
    case ENODEV: return "fanotify cannot mark this file system: it has no id";
    case EOPNOTSUPP:
    case EOVERFLOW: return "fanotify cannot mark this file system: it has no file handles";
    case EPERM: return "fanotify cannot mark this file system without CAP_SYS_ADMIN where it was mounted";
    default: return {};
  }
}

}  // namespace vigil::backend::fanotify
