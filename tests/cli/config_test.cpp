// vigil.toml, read by the real command.
#include "cli/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <string>

namespace vigil::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// A directory with a vigil.toml, and one below it, where the command runs.
class Config : public ::testing::Test {
 protected:
  Config() {
    fs::create_directory(top_ / "below");
    setting_.directory = top_ / "below";
  }

  void write(std::string_view text) { write_file(file(), text); }
  fs::path file() const { return top_ / "vigil.toml"; }
  Outcome run_here(const std::vector<std::string>& arguments) const { return run(arguments, setting_); }

  TemporaryDirectory top_;
  Setting setting_;
};

TEST_F(Config, IsFoundUpwards) {
  write("[watch]\nsettle = '70ms'\nevents = ['created']\n");
  const Outcome shown = run_here({"config", "watch"});
  EXPECT_EQ(0, shown.exit_code);
  EXPECT_THAT(shown.output, HasSubstr("# from " + file().string()));
  EXPECT_THAT(shown.output, HasSubstr("\nsettle = \"70ms\""));
  EXPECT_THAT(shown.output, HasSubstr(file().string() + ":2\n"));
  EXPECT_THAT(shown.output, HasSubstr("\n# color = \"auto\"\n"));
}

TEST_F(Config, IsObeyed) {
  write("[watch]\nevents = ['removed']\ncount = 1\n");
  Command command({"watch", "--format", "json"}, setting_);
  ASSERT_TRUE(command.output_shows("ready")) << command.error();
  write_file(top_ / "below/a");
  fs::remove(top_ / "below/a");
  EXPECT_EQ(0, command.wait());
  EXPECT_THAT(command.output(), HasSubstr("removed"));
  EXPECT_THAT(command.output(), Not(HasSubstr("created")));
}

// What is shown is a file that means the same.
TEST_F(Config, WhatIsShownCanBeKept) {
  write("exclude = ['a \"b\"', 'c\\d']\n[watch]\nnet = true\nsettle = 5\ninitial = false\n");
  const std::string shown = run_here({"config"}).output;
  write(shown);
  const Outcome again = run_here({"config", "--json"});
  EXPECT_EQ(0, again.exit_code) << again.error;
  const nlohmann::json watch = nlohmann::json::parse(again.output)["commands"]["watch"];
  EXPECT_EQ(watch["exclude"]["value"], (nlohmann::json{"a \"b\"", "c\\d"}));
  EXPECT_EQ(watch["settle"]["value"], "5");
  EXPECT_EQ(watch["net"]["value"], true);
  EXPECT_EQ(watch["raw"]["value"], false);
  EXPECT_EQ(watch["hang-timeout"]["origin"], "default");
}

TEST_F(Config, TheNearestFileCounts) {
  write("bogus = 1\n");
  write_file(top_ / "below/vigil.toml", "color = 'never'\n");
  EXPECT_THAT(run_here({"config"}).output, HasSubstr("below/vigil.toml"));
}

TEST_F(Config, CanBeNamedOrLeftOut) {
  write("bogus = 1\n");
  write_file(top_ / "other", "color = 'never'\n");
  EXPECT_EQ(0, run_here({"config", "--no-config"}).exit_code);
  EXPECT_THAT(run_here({"config", "--config", "../other"}).output, HasSubstr("../other:1"));
  const Outcome missing = run_here({"watch", "--config", "missing"});
  EXPECT_EQ(2, missing.exit_code);
  EXPECT_THAT(missing.error, HasSubstr("missing"));
}

TEST_F(Config, AMistakeIsNamed) {
  write("[watch]\nsetle = 3\n");
  const Outcome unknown = run_here({"watch"});
  EXPECT_EQ(2, unknown.exit_code);
  EXPECT_THAT(unknown.error, HasSubstr(file().string() + ":2: unknown key 'setle' (did you mean 'settle'?)"));
  write("[watch]\nsettle = 'soon'\n");
  const Outcome wrong = run_here({"watch"});
  EXPECT_EQ(2, wrong.exit_code);
  EXPECT_THAT(wrong.error, HasSubstr(file().string() + ": --settle: 'soon'"));
  write("[watch]\nsettle = 3\n");
  const Outcome mine = run_here({"watch", "--count", "0"});
  EXPECT_THAT(mine.error, Not(HasSubstr("vigil.toml"))) << "the file is right";
}

TEST_F(Config, WhatIsNoFileIsRefused) {
  fs::create_directory(file());
  EXPECT_EQ(2, run_here({"watch"}).exit_code);
  fs::remove(file());
  ASSERT_EQ(0, ::mkfifo(file().c_str(), 0600));
  const Outcome pipe = run_here({"watch"});
  EXPECT_EQ(2, pipe.exit_code);
  EXPECT_THAT(pipe.error, HasSubstr("is no file"));
  fs::remove(file());
  write(std::string(1 << 20, '#'));
  const Outcome large = run_here({"watch"});
  EXPECT_EQ(2, large.exit_code);
  EXPECT_THAT(large.error, HasSubstr("larger than"));
}

TEST_F(Config, AFileOfAnotherUserIsLeftAlone) {
  write("color = 'never'\n");
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(0, ::chown(file().c_str(), 12'345, 12'345));
  const Outcome found = run_here({"config"});
  EXPECT_EQ(0, found.exit_code);
  EXPECT_THAT(found.error, HasSubstr("belongs to another user and is not read"));
  EXPECT_THAT(found.output, Not(HasSubstr("never")));
  EXPECT_THAT(run_here({"config", "--config", file().string()}).output, HasSubstr("\ncolor = \"never\""));
}

TEST_F(Config, IsToldWhereAsked) {
  write("[watch]\nverbose = true\ntimeout = '1ms'\n");
  const Outcome told = run_here({"watch"});
  EXPECT_EQ(0, told.exit_code);
  EXPECT_THAT(told.error, HasSubstr("options from '" + file().string() + "'"));
}

TEST_F(Config, TheEnvironmentIsNamed) {
  setting_.environment = {"VIGIL_BACKEND=poll"};
  EXPECT_THAT(run_here({"config", "watch"}).output, HasSubstr("VIGIL_BACKEND"));
}

}  // namespace
}  // namespace vigil::cli
