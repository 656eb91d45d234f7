// `vigil run`: all that the command starts ends with it.
#include "cli/command.hpp"
#include "cli/marked_processes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace vigil::cli {
namespace {

// Says "started" with five processes below it that want to live: two that do not hear SIGTERM, of which one leads a
// session of its own; one whose parents are gone; one stopped; and itself.
constexpr const char* kStubborn = R"(
setsid sh -c 'trap "" TERM INT HUP; while :; do sleep 100; done' &
sh -c 'trap "" TERM INT HUP; while :; do sleep 100; done' &
sh -c 'setsid sleep 1000 & setsid sh -c "sleep 1000 &" &'
sh -c 'kill -STOP $$; sleep 1000' &
echo started
wait
)";

class RunProcesses : public testing::Test {
 protected:
  std::vector<std::string> arguments(std::vector<std::string> options, const std::string& script) const {
    options.insert(options.begin(), {"run", "--no-config"});
    options.insert(options.end(), {top_.path().native(), "--", "sh", "-c", script});
    return options;
  }

  Setting setting(Setting more = {}) const {
    more.environment.push_back(mark_.variable());
    return more;
  }

  TemporaryDirectory top_;
  Mark mark_{top_.path()};
};

TEST_F(RunProcesses, ARestartLeavesNothingOfTheOldRun) {
  Command command(arguments({"--restart", "--stop-timeout", "100ms"}, kStubborn), setting());
  ASSERT_EQ(command.next_line(), "started");
  for (int round = 0; round < 3; ++round) {
    const std::vector<ProcessEntry> before = mark_.at_least(5, command.process());
    EXPECT_GE(before.size(), 5U);
    write_file(top_ / "a", std::to_string(round));
    ASSERT_EQ(command.next_line(), "started") << command.error();
    EXPECT_FALSE(any_lives(before)) << "ended before the new one was started";
  }
  EXPECT_NE(command.error().find("killing"), std::string::npos) << command.error();
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0) << command.error();
  EXPECT_TRUE(mark_.processes().empty());
}

// Those that are started while the others are killed are found as well.
TEST_F(RunProcesses, WhatMultipliesFasterThanItIsCountedEndsToo) {
  Command command(arguments({"--stop-timeout", "10ms"},
                            "breed() { trap '' TERM INT HUP; while :; do setsid sh -c 'trap \"\" TERM; sleep 100' & "
                            "sleep 0.005; done; }; breed & breed & echo started; wait"),
                  setting());
  ASSERT_EQ(command.next_line(), "started");
  mark_.at_least(20, command.process());
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_EQ(command.error().find("going on without it"), std::string::npos) << command.error();
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunProcesses, EachSignalEndsAll) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    Command command(arguments({"--stop-timeout", "50ms"}, kStubborn), setting());
    ASSERT_EQ(command.next_line(), "started");
    command.signal(signal);
    EXPECT_EQ(command.wait(), 0) << signal << command.error();
    EXPECT_TRUE(mark_.processes().empty()) << signal;
  }
}

TEST_F(RunProcesses, TheSecondSignalKills) {
  Command command(arguments({"--stop-timeout", "1h", "--verbose"}, std::string("trap '' TERM; ") + kStubborn),
                  setting());
  ASSERT_EQ(command.next_line(), "started");
  command.signal(SIGTERM);
  ASSERT_TRUE(command.error_shows("waiting for the command to end"));
  // One that follows at once would be the same request.
  std::this_thread::sleep_for(std::chrono::milliseconds(110));
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0) << command.error();
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunProcesses, WhatTheCommandLeavesGoesOnUntilTheNextRun) {
  Command command(arguments({"--verbose"}, "setsid sleep 1000 & echo started"), setting());
  ASSERT_EQ(command.next_line(), "started");
  ASSERT_TRUE(command.error_shows("run 1 exited with 0"));
  const std::vector<ProcessEntry> left = mark_.at_least(1, command.process());
  EXPECT_EQ(left.size(), 1U);
  write_file(top_ / "a");
  ASSERT_EQ(command.next_line(), "started");
  EXPECT_FALSE(any_lives(left));
  ASSERT_TRUE(command.error_shows("run 2 exited with 0"));
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunProcesses, AServerMayTakeItsTime) {
  Command command(
      arguments({"--restart"}, "trap 'echo closing; exit 0' TERM; echo started; while :; do sleep 0.01; done"),
      setting());
  ASSERT_EQ(command.next_line(), "started");
  write_file(top_ / "a");
  EXPECT_EQ(command.next_line(), "closing");
  EXPECT_EQ(command.next_line(), "started");
  command.signal(SIGINT);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_EQ(command.output(), "closing\n");
  EXPECT_EQ(command.error().find("vigil:"), std::string::npos) << command.error();
}

TEST_F(RunProcesses, EachPathsProcessesEndToo) {
  Command command(arguments({"--each", "--jobs", "8", "--stop-timeout", "50ms", "--verbose"}, kStubborn), setting());
  ASSERT_TRUE(command.error_shows("ready"));
  for (const char* name : {"a", "b", "c"}) write_file(top_ / name);
  for (int run = 0; run < 3; ++run) ASSERT_EQ(command.next_line(), "started");
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0) << command.error();
  EXPECT_TRUE(mark_.processes().empty());
}

// Nobody can end all that a killed process has started; but the command itself is asked to end.
TEST_F(RunProcesses, AKilledVigilTakesTheCommandWithIt) {
  Command command(arguments({}, "echo started; exec sleep 1000"), setting());
  ASSERT_EQ(command.next_line(), "started");
  command.signal(SIGKILL);
  EXPECT_EQ(command.wait(), 128 + SIGKILL);
  EXPECT_TRUE(mark_.all_end());
}

TEST_F(RunProcesses, WhatWasThereBeforeIsLeftAlone) {
  // The shell's own child becomes vigil's when the shell becomes vigil.
  Command command(arguments({"--restart", "--stop-timeout", "50ms"}, "echo started; exec sleep 1000"),
                  setting({.wrapper = {"sh", "-c", "sleep 1000 & echo $!; exec \"$0\" \"$@\""}}));
  const pid_t stranger = std::stoi(command.next_line().value_or("0"));
  ASSERT_EQ(command.next_line(), "started");
  write_file(top_ / "a");
  ASSERT_EQ(command.next_line(), "started");
  command.signal(SIGTERM);
  // Its output is still open in the stranger.
  EXPECT_EQ(command.wait_without_reading(), 0);
  EXPECT_EQ(::kill(stranger, SIGKILL), 0);
  EXPECT_TRUE(mark_.all_end());
}

TEST_F(RunProcesses, TheHelperThatWatchesLivesOn) {
  Command command(arguments({"--isolate", "--restart", "--stop-timeout", "50ms"}, "echo started; exec sleep 1000"),
                  setting());
  ASSERT_EQ(command.next_line(), "started");
  for (int round = 0; round < 2; ++round) {
    write_file(top_ / "a", std::to_string(round));
    ASSERT_EQ(command.next_line(), "started") << command.error();
  }
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_EQ(command.error(), "") << "not lost";
  EXPECT_TRUE(mark_.all_end());
}

class AsFirstProcess : public RunProcesses, public testing::WithParamInterface<bool> {};

// As in a container: /proc may even be that of another.
TEST_P(AsFirstProcess, ItReapsAndEndsAll) {
  std::vector<std::string> wrapper = {"unshare", "-pf"};
  if (GetParam()) wrapper.emplace_back("--mount-proc");
  std::vector<std::string> probe = wrapper;
  probe.insert(probe.end(), {"sh", "-c", "echo $$"});
  std::string line;
  for (const std::string& word : probe) line += "'" + word + "' ";
  if (std::system((line + "> /dev/null 2>&1").c_str()) != 0) GTEST_SKIP() << "unshare -p is not allowed here";

  // Orphans that end by themselves are the first process's to collect; one that stays is to be ended.
  const char* const script =
      "for i in 1 2 3; do sh -c 'sleep 0 &'; done; setsid sleep 1000 & sleep 0.05; "
      "for i in $(seq 500); do dead=$(cat /proc/[0-9]*/stat 2> /dev/null | grep -c '^[0-9]* (sleep) Z'); "
      "[ \"$dead\" = 0 ] && break; sleep 0.02; done; echo \"parent $PPID, dead $dead\"; exit 0";
  Command command(arguments({"--verbose", "--stop-timeout", "100ms"}, script), setting({.wrapper = wrapper}));
  for (int run = 1; run <= 2; ++run) {
    const std::string said = command.next_line().value_or("");
    EXPECT_TRUE(said.starts_with("parent 1, ")) << said << command.error();
    if (GetParam()) {
      EXPECT_EQ(said, "parent 1, dead 0");
    }
    ASSERT_TRUE(command.error_shows("run " + std::to_string(run) + " exited with 0")) << command.error();
    if (run == 1) write_file(top_ / "a");
  }
  const std::vector<ProcessEntry> all = mark_.at_least(1, command.process());
  for (const ProcessEntry& entry : all) {
    // The first process of the namespace, which is vigil.
    if (entry.parent == command.process()) ::kill(entry.pid, SIGTERM);
  }
  EXPECT_EQ(command.wait(), 0) << command.error();
  EXPECT_TRUE(mark_.all_end());
}

INSTANTIATE_TEST_SUITE_P(RunProcesses, AsFirstProcess, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "OwnProc" : "ForeignProc"; });

}  // namespace
}  // namespace vigil::cli
