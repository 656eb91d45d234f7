#include "support/child.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>

namespace vigil::testing {

namespace {

// In a new user namespace nobody owns anything until it is said who its users are outside.
void map_user(uid_t user, gid_t group) {
  std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1";
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1";
}

}  // namespace

bool in_child(const std::function<void()>& body, int namespaces) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  std::fflush(nullptr);
  // Not fork(2) and then unshare(2): a thread that a sanitizer starts in the child would forbid it.
  const auto child =
      namespaces == 0 ? ::fork() : static_cast<pid_t>(::syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0));
  if (child == -1) return false;
  if (child == 0) {
    if ((namespaces & CLONE_NEWUSER) != 0) map_user(user, group);
    body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  EXPECT_TRUE(WIFEXITED(status)) << "the child was ended by signal " << WTERMSIG(status);
  EXPECT_EQ(0, WEXITSTATUS(status)) << "see above";
  return true;
}

void become_nobody() {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() != 0) return;
  ASSERT_EQ(0, ::setresgid(kNobody, kNobody, kNobody));
  ASSERT_EQ(0, ::setresuid(kNobody, kNobody, kNobody));
}

}  // namespace vigil::testing
