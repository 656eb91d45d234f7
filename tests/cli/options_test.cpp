#include "cli/options.hpp"

#include "cli/help.hpp"

#include <vigil/version.h>

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;

WatchCommand watch_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "watch");
  CommandLine command_line = parse_command_line(arguments);
  if (auto* error = std::get_if<UsageError>(&command_line)) ADD_FAILURE() << error->message;
  if (auto* command = std::get_if<WatchCommand>(&command_line)) return *command;
  return {};
}

std::string answer_to(const std::vector<std::string>& arguments) {
  const CommandLine command_line = parse_command_line(arguments);
  const auto* answer = std::get_if<Answer>(&command_line);
  return answer != nullptr ? answer->text : "no answer";
}

// Empty where there is none.
std::string error_of(const std::vector<std::string>& arguments) {
  const CommandLine command_line = parse_command_line(arguments);
  const auto* error = std::get_if<UsageError>(&command_line);
  return error != nullptr ? error->message : "";
}

std::string watch_error_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "watch");
  return error_of(arguments);
}

TEST(Options, WithoutAnyTheCurrentDirectoryIsWatched) {
  const WatchCommand command = watch_of({});
  EXPECT_EQ(command.paths, std::vector<std::string>{"."});
  EXPECT_EQ(command.format, Format::human);
  EXPECT_EQ(command.color, Color::automatic);
  EXPECT_EQ(command.watcher.kinds, kDefaultKinds);
  EXPECT_FALSE(command.watcher.settle);
  EXPECT_TRUE(command.root.recursive);
  EXPECT_FALSE(command.root.initial);
  EXPECT_FALSE(command.root.await_missing);
  EXPECT_TRUE(command.root.include.empty());
  EXPECT_TRUE(command.root.exclude.empty());
  EXPECT_FALSE(command.count);
  EXPECT_FALSE(command.timeout);
}

TEST(Options, EachIsUnderstood) {
  const WatchCommand command = watch_of({"--format",
                                         "json",
                                         "--color=never",
                                         "--events",
                                         "created,removed",
                                         "--events=opened",
                                         "--include",
                                         "*.c",
                                         "--exclude",
                                         "build/**",
                                         "--exclude",
                                         ".git",
                                         "--no-recursive",
                                         "--initial",
                                         "--await",
                                         "--net",
                                         "--settle",
                                         "20ms",
                                         "--isolate",
                                         "--hang-timeout",
                                         "7",
                                         "--count",
                                         "3",
                                         "--timeout",
                                         "5",
                                         "one",
                                         "two"});
  EXPECT_EQ(command.format, Format::json);
  EXPECT_EQ(command.color, Color::never);
  EXPECT_EQ(command.watcher.kinds, (Kinds{Kind::created, Kind::removed, Kind::opened}));
  EXPECT_EQ(command.root.include, std::vector<std::string>{"*.c"});
  EXPECT_EQ(command.root.exclude, (std::vector<std::string>{"build/**", ".git"}));
  EXPECT_FALSE(command.root.recursive);
  EXPECT_TRUE(command.root.initial);
  EXPECT_TRUE(command.root.await_missing);
  EXPECT_EQ(command.watcher.settle, 20ms);
  EXPECT_EQ(command.watcher.isolation, Isolation::process);
  EXPECT_EQ(command.watcher.hang_timeout, 7s);
  EXPECT_EQ(command.count, 3u);
  EXPECT_EQ(command.timeout, 5s);
  EXPECT_EQ(command.paths, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(watch_of({"--print0"}).format, Format::print0);
  EXPECT_EQ(watch_of({"--color", "always"}).color, Color::always);
}

TEST(Options, NetDeliveryHasASettleTimeAndABound) {
  EXPECT_FALSE(watch_of({"--raw"}).watcher.settle);
  EXPECT_EQ(watch_of({"--net"}).watcher.settle, 50ms);
  EXPECT_EQ(watch_of({"--settle", "120"}).watcher.settle, 120ms);
  EXPECT_EQ(watch_of({"--settle", "10"}).watcher.max_latency, Options{}.max_latency);
  EXPECT_GT(watch_of({"--settle", "2s"}).watcher.max_latency, 2s) << "a pause must be able to come before the bound";
}

TEST(Options, AHangTimeoutIsolates) {
  EXPECT_EQ(watch_of({}).watcher.isolation, Isolation::none);
  EXPECT_EQ(watch_of({"--isolate"}).watcher.isolation, Isolation::process);
  EXPECT_EQ(watch_of({"--isolate"}).watcher.hang_timeout, Options{}.hang_timeout);
  EXPECT_EQ(watch_of({"--hang-timeout", "300ms"}).watcher.isolation, Isolation::process);
}

TEST(Options, EveryKindOfChangeCanBeAskedFor) {
  for (int number = 0; number <= static_cast<int>(Kind::accessed); ++number) {
    const auto kind = static_cast<Kind>(number);
    EXPECT_EQ(watch_of({"--events", std::string(to_string(kind))}).watcher.kinds, Kinds{kind});
  }
}

// CLI11 would take "[a,b]" apart, "++" as the end of a command and "watch" as the command again.
TEST(Options, PathsMayLookLikeAnything) {
  const std::vector<std::string> paths = {"watch", "[a,b]", "[]", "++", "a,b", "{x}", "a b", "caf\xE9", "=", "%", "-"};
  EXPECT_EQ(watch_of(paths).paths, paths);
  EXPECT_EQ(watch_of({"--initial", "--", "--net", "-x", "--"}).paths, (std::vector<std::string>{"--net", "-x", "--"}));
  EXPECT_EQ(watch_of({"--exclude", "[a,b]", "[c,d]"}).root.exclude, std::vector<std::string>{"[a,b]"});
  EXPECT_EQ(watch_of({"one", "--include", "*.c", "two", "--include={a,b}"}).paths,
            (std::vector<std::string>{"one", "two"}));
}

TEST(Options, ManyPathsAreFine) {
  const std::vector<std::string> paths(5'000, "path");
  EXPECT_EQ(watch_of(paths).paths, paths);
}

TEST(Options, HelpAndVersionAreAnswered) {
  EXPECT_EQ(answer_to({"--help"}), kHelp);
  EXPECT_EQ(answer_to({"-h"}), kHelp);
  EXPECT_EQ(answer_to({"watch", "--help"}), kWatchHelp);
  EXPECT_EQ(answer_to({"watch", "-h"}), kWatchHelp);
  EXPECT_EQ(answer_to({"watch", "--net", "src", "--help"}), kWatchHelp);
  EXPECT_EQ(answer_to({"--version"}), "vigil " VIGIL_VERSION "\n");
}

TEST(Options, HelpNamesTheOptionsThereAre) {
  std::vector<std::string> named;
  for (std::size_t at = kWatchHelp.find("\n      --"); at != std::string_view::npos;
       at = kWatchHelp.find("\n      --", at + 1)) {
    const std::string_view option = kWatchHelp.substr(at + 7);
    named.emplace_back(option.substr(0, option.find(' ')));
  }
  EXPECT_EQ(named, (std::vector<std::string>{
                       "--format",       "--print0",  "--color", "--who",     "--events",      "--include", "--exclude",
                       "--no-recursive", "--initial", "--await", "--backend", "--max-watches", "--probe",   "--isolate",
                       "--hang-timeout", "--raw",     "--net",   "--settle",  "--count",       "--timeout"}));
  const std::string unknown = watch_error_of({"--bogus"});
  const std::string_view words = std::string_view(unknown).substr(0, unknown.find("--bogus"));
  ASSERT_FALSE(words.empty());
  for (const std::string& option : named) {
    EXPECT_FALSE(watch_error_of({option, "--count", "0"}).starts_with(words)) << option;
  }
}

TEST(Options, HelpFitsAWideTerminal) {
  for (std::string_view rest : {kHelp, kWatchHelp}) {
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      EXPECT_LE(end, 120u) << rest.substr(0, end);
      rest.remove_prefix(end + 1);
    }
  }
}

TEST(Options, NonsenseIsRefusedByName) {
  struct Case {
    std::vector<std::string> arguments;
    std::string named;
  };
  const std::vector<Case> cases = {
      {{"--bogus"}, "--bogus"},
      {{"-x"}, "-x"},
      {{"--format", "xml"}, "'xml'"},
      {{"--format"}, "--format"},
      {{"--format", "json", "--print0"}, "--print0"},
      {{"--color", "blue"}, "'blue'"},
      {{"--events", "created,bogus"}, "'bogus'"},
      {{"--events", ""}, "''"},
      {{"--events", "created,"}, "''"},
      {{"--events", "ready"}, "'ready'"},
      {{"--raw", "--net"}, "--net"},
      {{"--raw", "--settle", "5"}, "--settle"},
      {{"--settle", "soon"}, "'soon'"},
      {{"--settle", ""}, "--settle"},
      {{"--settle"}, "--settle"},
      {{"--count", "0"}, "'0'"},
      {{"--count", "-1"}, "--count"},
      {{"--count", "1.5"}, "'1.5'"},
      {{"--count", "18446744073709551616"}, "'18446744073709551616'"},
      {{"--count", ""}, "--count"},
      {{"--hang-timeout", "never"}, "'never'"},
      {{"--hang-timeout", "0"}, "--hang-timeout"},
      {{"--timeout", "never"}, "'never'"},
      {{"--timeout", ""}, "--timeout"},
      {{"--net=false"}, "net"},
      {{"--count", "1", "--count", "2"}, "--count"},
      {{"", "src"}, "PATH"},
  };
  for (const Case& test : cases) {
    const std::string error = watch_error_of(test.arguments);
    EXPECT_NE(error.find(test.named), std::string::npos) << testing::PrintToString(test.arguments) << ": " << error;
    EXPECT_NE(error.find("vigil watch --help"), std::string::npos) << error;
  }
}

TEST(Options, CommandsAreRefusedByName) {
  EXPECT_NE(error_of({}), "");
  EXPECT_NE(error_of({"wach"}).find("'wach'"), std::string::npos);
  EXPECT_NE(error_of({"--net"}).find("'--net'"), std::string::npos);
  EXPECT_NE(error_of({""}).find("''"), std::string::npos);
}

}  // namespace
}  // namespace vigil::cli
