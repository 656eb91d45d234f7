// `vigil stat`.
#include "cli/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using ::testing::ContainsRegex;
namespace fs = std::filesystem;

TEST(Stat, CountsUntilASignal) {
  const TemporaryDirectory top;
  fs::create_directory(top / "d");
  Command command({"stat", "--json", top.path()}, {.error = Setting::Stream::terminal});
  ASSERT_TRUE(command.error_shows("counting until Ctrl-C"));
  write_file(top / "d" / "a");
  write_file(top / "b");
  fs::rename(top / "b", top / "d" / "b");
  command.signal(SIGINT);
  EXPECT_EQ(0, command.wait());
  auto json = nlohmann::json::parse(command.output());
  EXPECT_EQ(2, json["kinds"]["created"]);
  EXPECT_EQ(1, json["kinds"]["renamed"]);
  EXPECT_EQ(top.path().string(), json["paths"][0]["path"]);
  EXPECT_EQ((top / "d").string() + "/", json["directories"][0]["path"]);
}

TEST(Stat, CountsForATime) {
  const TemporaryDirectory top;
  const Outcome outcome = run({"stat", "--for", "50ms", top.path()});
  EXPECT_EQ(0, outcome.exit_code) << outcome.error;
  EXPECT_THAT(outcome.output, ContainsRegex("^0 changes in [0-9.]+ s \\(0.0 a second\\)\n$"));
  EXPECT_EQ("", outcome.error);
}

TEST(Stat, RefusesWhatMakesNoSense) {
  const TemporaryDirectory top;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--top", "-1"},
                                                    {"--top", "x"},
                                                    {"--for", "soon"},
                                                    {"--events", "eaten"},
                                                    {"--fro", "1"}}) {
    std::vector<std::string> all{"stat", top.path()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(2, run(all).exit_code) << arguments.front();
  }
  EXPECT_EQ(1, run({"stat", "--for", "1ms", top / "missing"}).exit_code);
  EXPECT_EQ(1, run({"stat", "--for", "1ms", top.path()}, {.output = Setting::Stream::full_disk}).exit_code);
}

}  // namespace
}  // namespace vigil::cli
