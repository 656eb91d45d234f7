#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/watch_options.hpp"

#include <vigil/version.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <CLI/App.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

WatchCommand watch_of(const std::vector<std::string>& arguments) {
  WatchOptions options;
  options.parse(arguments);
  Result<WatchCommand> command = options.understand();
  if (command) return *command;
  ADD_FAILURE() << command.error().message();
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
  EXPECT_EQ(command.output.format, Format::human);
  EXPECT_EQ(command.output.color, Color::automatic);
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
  EXPECT_EQ(command.output.format, Format::json);
  EXPECT_EQ(command.output.color, Color::never);
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
  EXPECT_EQ(watch_of({"--print0"}).output.format, Format::print0);
  EXPECT_EQ(watch_of({"--color", "always"}).output.color, Color::always);
  EXPECT_EQ(watch_of({}).verbosity, Verbosity::normal);
  EXPECT_EQ(watch_of({"-q"}).verbosity, Verbosity::quiet);
  EXPECT_EQ(watch_of({"--verbose"}).verbosity, Verbosity::verbose);
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
  EXPECT_EQ(answer_to({"--help"}), help_of_commands());
  EXPECT_EQ(answer_to({"-h"}), help_of_commands());
  for (const CommandEntry& command : commands()) {
    const std::string name(command.name);
    const std::string help = help_of(*command.options());
    EXPECT_EQ(answer_to({name, "--help"}), help);
    EXPECT_EQ(answer_to({name, "-h"}), help);
    EXPECT_NE(answer_to({"--help"}).find("  " + name + " "), std::string::npos);
  }
  EXPECT_EQ(answer_to({"watch", "--net", "src", "--help"}), help_of(WatchOptions()));
  EXPECT_EQ(answer_to({"--version"}), "vigil " VIGIL_VERSION "\n");
}

// Every option stands in the help, with what it is.
TEST(Options, HelpDescribesEveryOption) {
  for (const CommandEntry& entry : commands()) {
    const std::unique_ptr<CommandOptions> command = entry.options();
    const std::string help = help_of(*command);
    for (const CLI::Option* option : command->app().get_options()) {
      EXPECT_NE(option->get_description(), "") << entry.name << ": " << option->get_name();
      if (option->get_positional()) {
        EXPECT_NE(command->usage().find(option->get_name(true)), std::string::npos) << option->get_name();
        continue;
      }
      EXPECT_NE(option->get_group(), "Options") << entry.name << ": " << option->get_name() << " has no heading";
      EXPECT_NE(help.find("--" + option->get_lnames().front()), std::string::npos) << option->get_name();
    }
  }
}

TEST(Options, HelpFitsATerminal) {
  std::vector<std::string> texts = {help_of_commands()};
  for (const CommandEntry& command : commands()) texts.push_back(help_of(*command.options()));
  for (const std::string& text : texts) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      EXPECT_LE(end, 80u) << rest.substr(0, end);
      rest.remove_prefix(end + 1);
    }
  }
}

TEST(Options, WhatMayBeMeantIsNamed) {
  EXPECT_THAT(watch_error_of({"--setle", "5"}), HasSubstr("--setle (did you mean '--settle'?)"));
  EXPECT_THAT(watch_error_of({"--setle=5"}), HasSubstr("did you mean '--settle'?"));
  EXPECT_THAT(watch_error_of({"--zzzzzz"}), Not(HasSubstr("mean")));
  EXPECT_THAT(error_of({"wacth"}), HasSubstr("did you mean 'watch'?"));
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
      {{"--quiet", "--verbose"}, "--verbose"},
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
