#include "cli/config_file.hpp"
#include "cli/watch_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

ConfigFile parsed(std::string_view text) {
  Result<ConfigFile> file = ConfigFile::parse("vigil.toml", text);
  if (!file) ADD_FAILURE() << file.error().message();
  return std::move(*file);
}

std::string error_of(std::string_view text) {
  const Result<ConfigFile> file = ConfigFile::parse("vigil.toml", text);
  return file ? "" : file.error().message();
}

WatchCommand watch_with(std::string_view text, const std::vector<std::string>& arguments) {
  const ConfigFile file = parsed(text);
  WatchOptions options;
  options.parse(arguments, &file);
  Result<WatchCommand> command = options.understand();
  if (command) return *command;
  ADD_FAILURE() << command.error().message();
  return {};
}

TEST(ConfigFile, SetsWhatIsNotGiven) {
  const WatchCommand command = watch_with(
      "exclude = ['a b', '[x]']\ncolor = 'never'\ninclude = '*.c'\n"
      "[watch]\nsettle = 80\ncount = 3\ninitial = true\nawait = false\n",
      {"one"});
  EXPECT_THAT(command.root.exclude, ElementsAre("a b", "[x]"));
  EXPECT_THAT(command.root.include, ElementsAre("*.c"));
  EXPECT_EQ(Color::never, command.output.color);
  EXPECT_EQ(80ms, command.watcher.settle);
  EXPECT_EQ(3u, command.count);
  EXPECT_TRUE(command.root.initial);
  EXPECT_FALSE(command.root.await_missing);
  EXPECT_THAT(command.paths, ElementsAre("one"));
}

TEST(ConfigFile, IsWeakerThanTheCommandLine) {
  const WatchCommand command = watch_with("exclude = ['a']\n[watch]\nsettle = '80ms'\nformat = 'json'\n",
                                          {"--exclude", "b", "--settle", "5ms", "--format", "human"});
  EXPECT_THAT(command.root.exclude, ElementsAre("b"));
  EXPECT_EQ(5ms, command.watcher.settle);
  EXPECT_EQ(Format::human, command.output.format);
}

// Also where the two contradict each other and not only differ.
TEST(ConfigFile, GivesWayToWhatContradictsIt) {
  EXPECT_EQ(Format::print0, watch_with("format = 'json'", {"--print0"}).output.format);
  EXPECT_FALSE(watch_with("[watch]\nnet = true\nsettle = 5", {"--raw"}).watcher.settle);
  EXPECT_EQ(5ms, watch_with("[watch]\nraw = true", {"--settle", "5"}).watcher.settle);
}

TEST(ConfigFile, TheTableOfTheCommandIsStronger) {
  EXPECT_EQ(Color::always, watch_with("color = 'never'\n[watch]\ncolor = 'always'", {}).output.color);
}

TEST(ConfigFile, AnotherCommandIsNotConcerned) {
  EXPECT_EQ(nullptr, parsed("[config]\njson = true").find("watch", "json"));
  EXPECT_NE(nullptr, parsed("[config]\njson = true").find("config", "json"));
  EXPECT_EQ(nullptr, parsed("").find("watch", "exclude"));
}

TEST(ConfigFile, NamesTheLineAndWhatIsWrong) {
  EXPECT_THAT(error_of("\n\nsetle = 3"), HasSubstr("vigil.toml:3: unknown key 'setle' (did you mean 'settle'?)"));
  EXPECT_THAT(error_of("[watch]\nexlude = []"),
              HasSubstr("vigil.toml:2: unknown key 'exlude' (did you mean 'exclude'?)"));
  EXPECT_THAT(error_of("[wacth]"), HasSubstr("'[wacth]' is no command of vigil (did you mean 'watch'?)"));
  EXPECT_THAT(error_of("config = 'x'"), HasSubstr("vigil.toml:1"));
  EXPECT_THAT(error_of("help = true"), HasSubstr("unknown key 'help'"));
  EXPECT_THAT(error_of("[watch]\njson = true"), HasSubstr("unknown key 'json'")) << "is an option of another command";
  EXPECT_THAT(error_of("[watch]\nnet = 'yes'"), HasSubstr("'net' is either true or false"));
  EXPECT_THAT(error_of("exclude = [1, [2]]"), HasSubstr("'exclude' is a list of texts"));
  EXPECT_THAT(error_of("color = ['a']"), HasSubstr("'color' is one text or number"));
  EXPECT_THAT(error_of("color = true"), HasSubstr("'color' is one text or number"));
  EXPECT_THAT(error_of("exclude = ["), HasSubstr("vigil.toml:1"));
  EXPECT_THAT(error_of("color = 'a'\ncolor = 'b'"), HasSubstr("vigil.toml:2"));
  EXPECT_NE("", error_of("\xff\xfe"));
  EXPECT_NE("", error_of(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace vigil::cli
