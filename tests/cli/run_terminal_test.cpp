// `vigil run` on a terminal: who reads what is typed, and in what state it is left.
#include "cli/command.hpp"
#include "cli/marked_processes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

namespace vigil::cli {
namespace {

class RunTerminal : public testing::Test {
 protected:
  std::vector<std::string> arguments(std::vector<std::string> options, const std::string& script) const {
    options.insert(options.begin(), {"run", "--no-config"});
    options.insert(options.end(), {top_.path().native(), "--", "sh", "-c", script});
    return options;
  }

  Setting setting() const {
    return {.environment = {mark_.variable(), "TERM=xterm"}, .types = true, .output = Setting::Stream::terminal};
  }

  TemporaryDirectory top_;
  Mark mark_{top_.path()};
};

constexpr const char* kInterrupt = "\x03";

TEST_F(RunTerminal, TheCommandReadsWhatIsTyped) {
  Command command(arguments({}, "echo ready; read line; echo \"got $line\""), setting());
  ASSERT_TRUE(command.output_shows("ready"));
  command.type("hello\n");
  EXPECT_TRUE(command.output_shows("got hello"));
  command.type(kInterrupt);
  EXPECT_EQ(command.wait(), 0);
}

TEST_F(RunTerminal, CtrlCReachesTheCommandOnceAndEndsVigil) {
  Command command(arguments({"--stop-timeout", "1h"},
                            "trap 'echo interrupted; exit 0' INT; trap 'echo terminated' TERM; echo ready; "
                            "while :; do sleep 0.01; done"),
                  setting());
  ASSERT_TRUE(command.output_shows("ready"));
  command.type(kInterrupt);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_NE(command.output().find("interrupted"), std::string::npos);
  EXPECT_EQ(command.output().find("terminated"), std::string::npos) << "asked once, as the terminal does";
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunTerminal, CtrlCEndsWhatDoesNotHearIt) {
  // A shell without job control has what it puts in the background ignore Ctrl-C.
  Command command(arguments({"--stop-timeout", "100ms"}, "sleep 1000 & setsid sleep 1000 & echo ready; wait"),
                  setting());
  ASSERT_TRUE(command.output_shows("ready"));
  command.type(kInterrupt);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunTerminal, TheSecondCtrlCKillsAll) {
  Command command(arguments({"--stop-timeout", "1h", "--verbose"},
                            "trap '' INT TERM; setsid sh -c 'trap \"\" TERM; sleep 1000' & echo ready; "
                            "while :; do sleep 0.1; done"),
                  setting());
  ASSERT_TRUE(command.output_shows("ready"));
  command.type(kInterrupt);
  ASSERT_TRUE(command.error_shows("waiting for the command to end"));
  // One that follows at once would be the same request.
  std::this_thread::sleep_for(std::chrono::milliseconds(110));
  command.type(kInterrupt);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunTerminal, CtrlBackslashKillsAtOnce) {
  Command command(arguments({"--stop-timeout", "1h"}, "trap '' QUIT TERM; echo ready; while :; do sleep 0.1; done"),
                  setting());
  ASSERT_TRUE(command.output_shows("ready"));
  command.type("\x1c");
  EXPECT_EQ(command.wait(), 0);
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunTerminal, ATerminalThatIsClosedEndsAll) {
  Command command(arguments({"--stop-timeout", "100ms"}, "trap '' HUP; setsid sleep 1000 & echo ready; sleep 1000"),
                  setting());
  ASSERT_TRUE(command.output_shows("ready"));
  command.close_output();
  EXPECT_EQ(command.wait(), 0);
  EXPECT_TRUE(mark_.processes().empty());
}

TEST_F(RunTerminal, ItIsAsItWasAfterACommandThatLeavesItRaw) {
  Command command(arguments({"--verbose"}, "stty raw -echo; echo ready"), setting());
  ASSERT_TRUE(command.output_shows("ready"));
  ASSERT_TRUE(command.error_shows("run 1 exited"));
  EXPECT_TRUE(command.terminal_is_cooked());
  command.type(kInterrupt);  // which a raw terminal would not make a signal of
  EXPECT_EQ(command.wait(), 0);
}

TEST_F(RunTerminal, ItIsAsItWasAfterACommandThatWasKilledWithIt) {
  // A shell with job control takes the terminal for its jobs, and cannot give it back when it is killed.
  Command command(
      arguments({"--restart", "--stop-timeout", "10ms"},
                "set -m; sh -c 'trap \"\" TERM; stty raw -echo; echo run ${VIGIL_CREATED##*/}; sleep 1000'; true"),
      setting());
  ASSERT_TRUE(command.output_shows("run"));
  write_file(top_ / "a");
  ASSERT_TRUE(command.output_shows("run a")) << "it takes the terminal once more";
  command.signal(SIGQUIT);
  ASSERT_TRUE(command.error_shows("killing"));
  EXPECT_EQ(command.wait_without_reading(), 0);
  EXPECT_TRUE(command.terminal_is_cooked());
}

TEST_F(RunTerminal, ClearsOnlyATerminal) {
  constexpr const char* kClear = "\x1b[H\x1b[2J";
  Command command(arguments({"--clear"}, "echo ran"), setting());
  ASSERT_TRUE(command.output_shows(std::string(kClear) + "ran"));
  command.type(kInterrupt);
  EXPECT_EQ(command.wait(), 0);
  Command piped(arguments({"--clear"}, "echo ran"));
  EXPECT_EQ(piped.next_line(), "ran");
  piped.signal(SIGTERM);
  EXPECT_EQ(piped.wait(), 0);
}

// A shell with job control: Ctrl-Z stops vigil and the command together, and `fg` brings both back.
TEST_F(RunTerminal, CtrlZStopsAndContinues) {
  const std::string vigil = VIGIL_COMMAND;
  Setting shell = setting();
  shell.wrapper = {"sh", "-c", "set -m; \"$0\" \"$@\"; echo stopped; fg > /dev/null; echo over"};
  Command command(arguments({"--restart"}, "echo ready; while read line; do echo \"got $line\"; done; sleep 1000"),
                  shell);
  ASSERT_TRUE(command.output_shows("ready"));
  command.type("\x1a");
  ASSERT_TRUE(command.output_shows("stopped"));
  command.type("hello\n");
  ASSERT_TRUE(command.output_shows("got hello"));
  command.type(kInterrupt);
  EXPECT_TRUE(command.output_shows("over"));
  command.wait();
  EXPECT_TRUE(mark_.all_end());
}

}  // namespace
}  // namespace vigil::cli
