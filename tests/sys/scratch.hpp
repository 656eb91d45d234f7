// What the tests of the system's seams share.
#pragma once

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace vigil::sys::testing {

// A fresh directory, gone with all in it at the end. One thread at a time.
class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& where = std::filesystem::temp_directory_path()) {
    std::string pattern = (std::filesystem::canonical(where) / "vigil-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  std::string directory(const std::string& name) const {
    std::filesystem::create_directories(*this / name);
    return *this / name;
  }
  std::string file(const std::string& name) const {
    std::ofstream(*this / name) << "x";
    return *this / name;
  }

 private:
  std::string path_;
};

// Runs `body` in a child process, in new namespaces of its own where `namespaces` (CLONE_NEW...) says so, and gives
// what it returned; -1 when it crashed or could not be started. For what cannot be undone: giving up rights, forbidding
// system calls.
inline int in_child(const std::function<int()>& body, int namespaces = 0) {
  // Not unshare(2) in the child: the thread that some sanitizers start there would forbid it.
  const auto child =
      namespaces == 0 ? ::fork() : static_cast<pid_t>(::syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0));
  if (child == -1) return -1;
  if (child == 0) ::_exit(body());
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// In a child: gives up what makes permissions not count.
inline bool drop_privileges() {
  constexpr uid_t kNobody = 65534;
  return ::geteuid() != 0 ||
         (::setresgid(kNobody, kNobody, kNobody) == 0 && ::setresuid(kNobody, kNobody, kNobody) == 0);
}

}  // namespace vigil::sys::testing
