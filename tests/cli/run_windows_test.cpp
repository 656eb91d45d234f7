// `vigil run` on Windows: the command, all that it starts, and what it is given.
#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "conformance/child_process.hpp"
#include "support/raw_files.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace vigil::cli {
namespace {

using conformance::ChildProcess;
using namespace std::chrono_literals;
namespace raw = testing::raw;

constexpr auto kPatience = 60s;

// Beside the folder of this program.
std::string path_of_command() {
  wchar_t path[MAX_PATH + 1];
  const DWORD size = ::GetModuleFileNameW(nullptr, path, MAX_PATH);
  std::string text = base::to_wtf8(std::u16string(path, path + size));
  text.resize(text.rfind('\\'));
  text.resize(text.rfind('\\'));
  return text + "\\bin\\" VIGIL_COMMAND;
}

std::string with_backslashes(std::string path) {
  std::replace(path.begin(), path.end(), '/', '\\');
  return path;
}

class RunOnWindows : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(raw::make_directories(top_ / "watched"));
    ASSERT_TRUE(raw::make_directories(top_ / "other"));
  }

  void run(const std::vector<std::string>& options, const std::vector<std::string>& words) {
    conformance::ChildOptions child;
    child.arguments = {path_of_command(), "run", "--no-config"};
    child.arguments.insert(child.arguments.end(), options.begin(), options.end());
    child.arguments.insert(child.arguments.end(), {path("watched"), "--"});
    child.arguments.insert(child.arguments.end(), words.begin(), words.end());
    child.working_directory = path("other");
    auto started = ChildProcess::start(std::move(child));
    ASSERT_TRUE(started) << started.error().message();
    child_ = *std::move(started);
  }

  std::string next_line() {
    const auto line = child_->next(std::chrono::steady_clock::now() + kPatience);
    if (!line) return "no line any more: " + child_->error_text();
    return line->ends_with('\r') ? line->substr(0, line->size() - 1) : *line;
  }

  int exit_code() {
    EXPECT_TRUE(becomes_true([this] { return child_->exited(); })) << child_->error_text();
    return child_->stop();
  }

  bool error_shows(std::string_view text) {
    return child_->wait_for_error_text(text, std::chrono::steady_clock::now() + kPatience);
  }

  void change(const std::string& name) {
    EXPECT_TRUE(raw::write(top_ / ("watched/" + name), "text", raw::Write::anew));
  }

  std::string path(const std::string& name) const { return with_backslashes(top_ / name); }

  // Whether no process has the file open.
  bool is_free(const std::string& name) const {
    const std::u16string units = base::to_utf16(path(name)).value();
    const base::UniqueHandle file(::CreateFileW(reinterpret_cast<const wchar_t*>(units.c_str()), GENERIC_READ, 0,
                                                nullptr, OPEN_EXISTING, 0, nullptr));
    return static_cast<bool>(file);
  }

  // Whether somebody has it open, and has written to it.
  bool is_in_use(const std::string& name) const {
    const std::u16string units = base::to_utf16(path(name)).value();
    WIN32_FILE_ATTRIBUTE_DATA data{};
    return ::GetFileAttributesExW(reinterpret_cast<const wchar_t*>(units.c_str()), GetFileExInfoStandard, &data) != 0 &&
           data.nFileSizeLow > 0 && !is_free(name);
  }

  // No handle tells of either.
  template <typename Condition>
  static bool becomes_true(Condition&& condition) {
    for (const auto until = std::chrono::steady_clock::now() + kPatience; !condition();) {
      if (std::chrono::steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

  testing::TemporaryDirectory top_;
  std::unique_ptr<ChildProcess> child_;
};

TEST_F(RunOnWindows, RunsAtOnceAndAfterEachChange) {
  run({"--why"}, {"cmd", "/c", "echo", "ran"});
  EXPECT_EQ(next_line(), "ran");
  change("a");
  EXPECT_EQ(next_line(), "ran");
  EXPECT_TRUE(error_shows("run 2: created " + path("watched\\a"))) << child_->error_text();
}

TEST_F(RunOnWindows, TheProcessesOfARunEndWithIt) {
  const std::string watch = "\"" + path_of_command() + "\" watch \"" + path("other") + "\" > ";
  run({"--restart", "--stop-timeout", "100ms", "--shell"},
      {"if exist first (" + watch + "second) else (" + watch + "first)"});
  ASSERT_TRUE(becomes_true([this] { return is_in_use("other\\first"); })) << child_->error_text();
  change("a");
  ASSERT_TRUE(becomes_true([this] { return is_in_use("other\\second"); })) << child_->error_text();
  EXPECT_TRUE(is_free("other\\first"));
  // By whatever means: the job ends with vigil's last handle to it.
  child_.reset();
  EXPECT_TRUE(becomes_true([this] { return is_free("other\\second"); }));
}

TEST_F(RunOnWindows, WhatCannotBeRunIsSaid) {
  run({}, {"no-such-command"});
  EXPECT_TRUE(error_shows("vigil: cannot run 'no-such-command'"));
  EXPECT_EQ(exit_code(), 127);
  ASSERT_TRUE(raw::write(top_ / "other/file.exe", "text", raw::Write::anew));
  run({}, {path("other\\file.exe")});
  EXPECT_TRUE(error_shows("vigil: cannot run '"));
  EXPECT_EQ(exit_code(), 126);
}

TEST_F(RunOnWindows, ABatchFileGetsItsWordsAsTheyAre) {
  ASSERT_TRUE(raw::write(top_ / "other/say.bat", "@echo [%1]\r\n", raw::Write::anew));
  run({}, {"say", "a & echo injected"});
  EXPECT_EQ(next_line(), "[\"a & echo injected\"]");
  run({}, {"say", "%PATH%"});
  EXPECT_TRUE(error_shows("a batch file cannot be given")) << child_->error_text();
  EXPECT_EQ(exit_code(), 126);
}

TEST_F(RunOnWindows, TellsTheCommandWhatChanged) {
  run({"--each", "--verbose"}, {"cmd", "/c", "echo", "%VIGIL_PATH%,{/},%VIGIL_OMITTED%"});
  ASSERT_TRUE(error_shows("ready"));
  change("a.txt");
  EXPECT_EQ(next_line(), path("watched\\a.txt") + ",a.txt,0");
}

TEST_F(RunOnWindows, ACommandThatDoesNotReadTheChangesKeepsNobodyWaiting) {
  run({"--stdin", "json", "--no-initial", "--verbose", "--settle", "500ms"}, {"cmd", "/c", "echo", "ran"});
  ASSERT_TRUE(error_shows("ready"));
  const std::string long_name(150, 'n');
  for (int index = 0; index < 200; ++index) change(long_name + std::to_string(index));
  EXPECT_EQ(next_line(), "ran");
  EXPECT_TRUE(error_shows("run 1 exited with 0"));
}

TEST_F(RunOnWindows, OnceEndsAsTheCommandDoes) {
  run({"--once", "--verbose"}, {"cmd", "/c", "exit", "7"});
  ASSERT_TRUE(error_shows("ready"));
  change("a");
  EXPECT_TRUE(error_shows("exited with 7"));
  EXPECT_EQ(exit_code(), 7);
}

}  // namespace
}  // namespace vigil::cli
