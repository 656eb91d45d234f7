// `vigil watch` on a terminal: colors, progress, Ctrl-C.
#include "cli/stream.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr Setting::Stream kPipe = Setting::Stream::pipe;
constexpr Setting::Stream kTerminal = Setting::Stream::terminal;

struct ColorCase {
  const char* name;
  std::vector<std::string> arguments;
  Setting::Stream output = kTerminal;
  bool colored = false;
  const char* no_color = "";
  const char* terminal = "xterm";
};

class Colors : public testing::TestWithParam<ColorCase> {};

TEST_P(Colors, FollowTheTerminalAndTheUser) {
  const TemporaryDirectory top;
  write_file(top / "file");
  std::vector<std::string> arguments = {"watch", "--initial", "--count", "1", top.path().string()};
  arguments.insert(arguments.end(), GetParam().arguments.begin(), GetParam().arguments.end());
  const std::vector<std::string> environment = {std::string("NO_COLOR=") + GetParam().no_color,
                                                std::string("TERM=") + GetParam().terminal};
  Command command(arguments, {.environment = environment, .output = GetParam().output});
  EXPECT_EQ(command.wait(), 0);
  EXPECT_NE(command.output().find("created"), std::string::npos) << command.output();
  EXPECT_EQ(command.output().find('\x1b') != std::string::npos, GetParam().colored) << command.output();
}

INSTANTIATE_TEST_SUITE_P(
    Terminal, Colors,
    testing::Values(ColorCase{"OnATerminal", {}, kTerminal, true}, ColorCase{"InAPipe", {}, kPipe, false},
                    ColorCase{"NoColorIsSet", {}, kTerminal, false, "1"},
                    ColorCase{"DumbTerminal", {}, kTerminal, false, "", "dumb"},
                    ColorCase{"AutoIsTheDefault", {"--color", "auto"}, kTerminal, true},
                    ColorCase{"AlwaysInAPipe", {"--color", "always"}, kPipe, true},
                    ColorCase{"AlwaysBeatsNoColor", {"--color", "always"}, kTerminal, true, "1"},
                    ColorCase{"NeverOnATerminal", {"--color", "never"}, kTerminal, false},
                    ColorCase{"JsonHasNone", {"--format", "json", "--color", "always"}, kTerminal, false}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Terminal, CtrlCEndsItCleanly) {
  const TemporaryDirectory top;
  Command command({"watch", top.path()}, {.output = kTerminal});
  ASSERT_TRUE(command.output_shows("ready"));
  command.type("\x03");
  EXPECT_EQ(command.wait(), 0);
}

TEST(Terminal, ATerminalThatIsClosedEndsIt) {
  const TemporaryDirectory top;
  Command command({"watch", top.path()}, {.output = kTerminal});
  ASSERT_TRUE(command.output_shows("ready"));
  command.close_output();
  EXPECT_EQ(command.wait(), 0);
}

// A tree that takes more than a second to list, because each of its directories takes long to watch.
class SlowTree {
 public:
  SlowTree() {
    for (int index = 0; index < 150; ++index) fs::create_directory(top_ / std::to_string(index));
  }

  std::string path() const { return top_.path(); }

  static Setting setting(Setting::Stream error) {
    // The sanitizers' own preloading has to come first, unless they are told that it need not.
    return {.environment = {"LD_PRELOAD=" VIGIL_SLOW_WATCHES, "ASAN_OPTIONS=verify_asan_link_order=0"}, .error = error};
  }

 private:
  TemporaryDirectory top_;
};

TEST(Terminal, ALongListingShowsProgressAndClearsIt) {
  const SlowTree tree;
  Stream stream({tree.path()}, SlowTree::setting(kTerminal));
  Command& command = stream.command();
  ASSERT_TRUE(command.error_shows("\rlisting " + tree.path() + ": ")) << command.error();
  EXPECT_EQ(stream.next()["kind"], "ready");
  EXPECT_TRUE(command.error_shows(" entries\x1b[K"));
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_TRUE(command.error().ends_with("\r\x1b[K")) << command.error();
  EXPECT_EQ(command.error().find('\n'), std::string::npos);
}

TEST(Terminal, NoProgressIsShownInAPipe) {
  const SlowTree tree;
  Stream stream({tree.path()}, SlowTree::setting(kPipe));
  EXPECT_EQ(stream.next()["kind"], "ready");
  stream.command().signal(SIGTERM);
  EXPECT_EQ(stream.command().wait(), 0);
  EXPECT_EQ(stream.command().error(), "");
}

TEST(Terminal, ASignalEndsAListing) {
  const SlowTree tree;
  Stream stream({tree.path()}, SlowTree::setting(kTerminal));
  Command& command = stream.command();
  ASSERT_TRUE(command.error_shows("\rlisting ")) << command.error();
  command.signal(SIGINT);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_EQ(command.output(), "");
}

}  // namespace
}  // namespace vigil::cli
