#include "support/child.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace vigil::testing {

bool in_child(const std::function<void()>& body, int namespaces) {
  std::fflush(nullptr);
  // Not fork(2) and then unshare(2): a thread that a sanitizer starts in the child would forbid it.
  const auto child =
      namespaces == 0 ? ::fork() : static_cast<pid_t>(::syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0));
  if (child == -1) return false;
  if (child == 0) {
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
