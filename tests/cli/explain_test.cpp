// `vigil explain`, and the options that leave something out.
#include "cli/command.hpp"
#include "cli/exit_codes.hpp"
#include "cli/explain_options.hpp"
#include "cli/filter_options.hpp"
#include "cli/watch_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A repository of its own, without the settings of who runs the test.
class Explain : public ::testing::Test {
 protected:
  Explain() {
    fs::create_directories(top_ / ".git/info");
    fs::create_directories(top_ / "src/build");
    write_file(top_ / ".gitignore", "*.o\n\nbuild/\n!keep.o\n");
    write_file(top_ / ".git/info/exclude", "# mine\nnotes\n");
    write_file(top_ / "src/a.c");
  }

  struct Said {
    std::vector<std::string> lines;
    std::string error;
    int code = -1;
  };

  Said explain(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"explain", "--no-config"});
    Setting setting;
    setting.directory = top_.path();
    setting.environment = {"XDG_CONFIG_HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"};
    Command command(arguments, setting);
    Said said;
    while (std::optional<std::string> line = command.next_line()) said.lines.push_back(std::move(*line));
    said.code = command.wait();
    said.error = command.error();
    return said;
  }

  std::string rule(const std::string& file, int line, const std::string& text, const std::string& path) {
    return (top_ / file).string() + ":" + std::to_string(line) + ":" + text + "\t" + path;
  }

  TemporaryDirectory top_;
};

TEST_F(Explain, TheLineOfTheFileThatDecides) {
  const Said said =
      explain({"src/x.o", "src/build", "src/build/deep/y", "src/keep.o", "notes", "src/a.c", ".git/HEAD"});
  EXPECT_THAT(
      said.lines,
      ElementsAre(rule(".gitignore", 1, "*.o", "src/x.o"), rule(".gitignore", 3, "build/", "src/build"),
                  rule(".gitignore", 3, "build/", "src/build/deep/y"), rule(".gitignore", 4, "!keep.o", "src/keep.o"),
                  rule(".git/info/exclude", 2, "notes", "notes"), "-\tsrc/a.c", ".git\t.git/HEAD"));
  EXPECT_EQ(kExitDone, said.code);
}

TEST_F(Explain, OneWhereNothingIsLeftOut) {
  EXPECT_EQ(kExitFailed, explain({"src/a.c", "src/keep.o"}).code);
  EXPECT_EQ(kExitFailed, explain({"--no-ignore", "src/x.o"}).code);
  EXPECT_EQ(kExitDone, explain({"src/a.c", "src/x.o"}).code);
}

// A name that is not there is a file, unless it ends as no file's does.
TEST_F(Explain, WhatIsNotThere) {
  EXPECT_THAT(explain({"build"}).lines, ElementsAre("-\tbuild"));
  EXPECT_THAT(explain({"build/"}).lines, ElementsAre(rule(".gitignore", 3, "build/", "build/")));
}

TEST_F(Explain, Options) {
  EXPECT_THAT(explain({"--exclude", "src", "--exclude-regex", "^sr", "src/x.o"}).lines,
              ElementsAre("--exclude src\tsrc/x.o"));
  EXPECT_THAT(explain({"--exclude-regex", "a.c$", "src/a.c"}).lines, ElementsAre("--exclude-regex a.c$\tsrc/a.c"));
  EXPECT_THAT(explain({"-e", "h,py", "src/a.c"}).lines, ElementsAre("not included\tsrc/a.c"));
  EXPECT_THAT(explain({"--type", "c", "src/a.c"}).lines, ElementsAre("-\tsrc/a.c"));
  write_file(top_ / "mine", "/src/a.*\n");
  EXPECT_THAT(explain({"--ignore-file", "mine", "src/a.c"}).lines, ElementsAre(rule("mine", 1, "/src/a.*", "src/a.c")));
}

TEST_F(Explain, TheRootDecidesWhatIsAbove) {
  EXPECT_THAT(explain({"--root", "src", "src/x.o"}).lines, ElementsAre(rule(".gitignore", 1, "*.o", "src/x.o")));
  EXPECT_THAT(explain({"--root", "src/build", "src/build/x"}).lines, ElementsAre("-\tsrc/build/x"));
  const Said said = explain({"--root", "src", "mine"});
  EXPECT_EQ(kExitFailed, said.code);
  EXPECT_THAT(said.error, HasSubstr("'mine' is not below 'src'"));
}

TEST_F(Explain, Json) {
  const Said said = explain({"--json", "src/build/x", "src/a.c", "src/keep.o"});
  ASSERT_EQ(3U, said.lines.size());
  using nlohmann::json;
  EXPECT_EQ(json::parse(said.lines[0]), json({{"path", "src/build/x"},
                                              {"left_out", true},
                                              {"by", "rule"},
                                              {"file", (top_ / ".gitignore").string()},
                                              {"line", 3},
                                              {"rule", "build/"},
                                              {"matched", "src/build"}}));
  EXPECT_EQ(json::parse(said.lines[1]), json({{"path", "src/a.c"}, {"left_out", false}}));
  EXPECT_EQ(json::parse(said.lines[2])["left_out"], false);
  EXPECT_EQ(json::parse(said.lines[2])["rule"], "!keep.o");
}

TEST_F(Explain, BadRequests) {
  EXPECT_EQ(kExitUsage, explain({}).code);
  EXPECT_EQ(kExitUsage, explain({""}).code);
  const Said regex = explain({"--exclude-regex", "a(b", "x"});
  EXPECT_EQ(kExitUsage, regex.code);
  EXPECT_THAT(regex.error, HasSubstr("'a(b' cannot be read at byte 2"));
  const Said type = explain({"--type", "cp", "x"});
  EXPECT_EQ(kExitUsage, type.code);
  EXPECT_THAT(type.error, HasSubstr("did you mean 'cpp'"));
  EXPECT_EQ(kExitUsage, explain({"-e", "c,,h", "x"}).code);
  const Said missing = explain({"--ignore-file", "nothing", "x"});
  EXPECT_EQ(kExitFailed, missing.code);
  EXPECT_THAT(missing.error, HasSubstr("'nothing'"));
  fs::create_directory(top_ / "src/.gitignore");
  const Said odd = explain({"src/x.o"});
  EXPECT_EQ(kExitDone, odd.code);
  EXPECT_THAT(odd.error, HasSubstr("src/.gitignore: it is a directory"));
}

TEST(Filter, WhatTheOptionsMean) {
  WatchOptions options;
  options.parse(std::vector<std::string>{"-e", ".c,h*", "--type", "make", "--include-regex", "^x", "--exclude-regex",
                                         "y$", "--gitignore", "--ignore-file", "mine"});
  const Result<WatchCommand> command = options.understand();
  ASSERT_TRUE(command) << command.error().message();
  EXPECT_THAT(command->root.include, ElementsAre("*.c", "*.h\\*", "Makefile", "makefile", "GNUmakefile", "*.mk"));
  EXPECT_THAT(command->root.include_regex, ElementsAre("^x"));
  EXPECT_THAT(command->root.exclude_regex, ElementsAre("y$"));
  EXPECT_TRUE(command->root.ignore.standard);
  EXPECT_THAT(command->root.ignore.more, ElementsAre("mine"));
  WatchOptions without;
  without.parse(std::vector<std::string>{});
  EXPECT_FALSE(without.understand()->root.ignore.any());
}

}  // namespace
}  // namespace vigil::cli
