// Processes in terms of Linux: what fork() copies.
#include "isolation/helpers.hpp"
#include "support/descriptor.hpp"
#include "sys/process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace vigil::isolation {
namespace {

using namespace std::chrono_literals;

// A child of the program that has copies of all descriptors, the one of the helper's end among them. Else what tells of
// that would go on telling, of what is freed by then.
TEST(ProcessLinux, NothingIsToldOfWhatIsGone) {
  const auto processes = std::move(sys::open_processes().value);
  auto process = std::move(processes->start(command(), {"__helper"}).value);
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) ::pause();
  }
  process->kill();
  EXPECT_TRUE(process->ended(10s));
  process.reset();
  EXPECT_FALSE(testing::is_readable(processes->descriptor(), 0ms));
  EXPECT_FALSE(processes->look());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// One that could not be told of its end is none.
TEST(ProcessLinux, WithoutDescriptorsNoneIsStarted) {
  const auto processes = std::move(sys::open_processes().value);
  rlimit before{};
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &before));
  const int next = ::dup(STDIN_FILENO);
  ::close(next);
  for (rlim_t more = 0; more < 4; ++more) {
    const rlimit few{static_cast<rlim_t>(next) + more, before.rlim_max};
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &few));
    const auto process = processes->start(command(), {"__helper"});
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &before));
    EXPECT_EQ(more < 3 ? EMFILE : 0, process.error) << more;
  }
  EXPECT_TRUE(helpers_left().empty());
}

}  // namespace
}  // namespace vigil::isolation
