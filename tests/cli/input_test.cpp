// What users, programs and file systems can do wrong, and what `vigil watch` makes of it.
#include "cli/stream.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Every diagnostic is one line that says whose it is, and none gets into the stream.
void expect_refused(const Outcome& outcome, int exit_code, std::string_view said) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.error;
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(outcome.error.starts_with("vigil: ")) << outcome.error;
  EXPECT_NE(outcome.error.find(said), std::string::npos) << outcome.error;
  EXPECT_EQ(outcome.error.find('\n'), outcome.error.size() - 1) << outcome.error;
}

TEST(Input, HelpAndVersionGoToTheStandardOutput) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"--version"}, {"watch", "--help"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.output.find("vigil"), std::string::npos);
    EXPECT_EQ(outcome.error, "");
  }
}

TEST(Input, BadUsageExitsWith2) {
  const TemporaryDirectory top;
  expect_refused(run({}), 2, "command");
  expect_refused(run({"--bogus"}), 2, "'--bogus'");
  expect_refused(run({"bogus"}), 2, "'bogus'");
  expect_refused(run({"watch", "--bogus", top.path()}), 2, "--bogus");
  expect_refused(run({"watch", "--events", "created,bogus", top.path()}), 2, "'bogus'");
  expect_refused(run({"watch", "--format", "xml", top.path()}), 2, "'xml'");
  expect_refused(run({"watch", ""}), 2, "empty");
  expect_refused(run({"watch", "--count", "\n\x1b[2J", top.path()}), 2, "\\n\\x1b[2J");
}

TEST(Input, ABadGlobExitsWith2) {
  const TemporaryDirectory top;
  for (const char* option : {"--include", "--exclude"}) {
    for (const char* glob : {"[", "[]", "{a,b", "a\\"}) {
      expect_refused(run({"watch", option, glob, top.path()}), 2, glob[0] == 'a' ? "a" : std::string(1, glob[0]));
    }
  }
}

TEST(Input, AMissingPathExitsWith1) {
  const TemporaryDirectory top;
  expect_refused(run({"watch", top / "missing"}), 1, (top / "missing").string());
  expect_refused(run({"watch", "--format", "json", "missing"}, {.directory = top.path()}), 1,
                 (top / "missing").string());
  write_file(top / "file");
  expect_refused(run({"watch", top / "file/below"}), 1, (top / "file/below").string());
  expect_refused(run({"watch", top / "missing\n"}), 1, "missing\\n");
}

TEST(Input, OneBadPathAmongGoodOnesIsEnough) {
  const TemporaryDirectory top;
  expect_refused(run({"watch", "--format", "json", "--initial", top.path(), top / "missing"}), 1,
                 (top / "missing").string());
}

TEST(Input, WhatIsNeitherDirectoryNorFileIsRefused) {
  const TemporaryDirectory top;
  ASSERT_EQ(::mkfifo((top / "fifo").c_str(), 0600), 0);
  expect_refused(run({"watch", top / "fifo"}), 1, (top / "fifo").string());
  expect_refused(run({"watch", "/dev/null"}), 1, "/dev/null");
}

TEST(Input, ALinkThatLeadsNowhereOrRoundAndRoundIsRefused) {
  const TemporaryDirectory top;
  fs::create_symlink("nowhere", top / "dangling");
  fs::create_symlink("loop", top / "loop");
  expect_refused(run({"watch", top / "dangling"}), 1, (top / "dangling").string());
  expect_refused(run({"watch", top / "loop"}), 1, (top / "loop").string());
}

TEST(Input, AnUnreadableRootExitsWith1) {
  const TemporaryDirectory top;
  fs::create_directory(top / "secret");
  fs::permissions(top / "secret", fs::perms::none);
  expect_refused(run({"watch", top / "secret"}, {.as_nobody = true}), 1, (top / "secret").string());
  fs::permissions(top / "secret", fs::perms::owner_all);
}

TEST(Input, AnUnreadableSubdirectoryIsToldAndNothingElseIsLost) {
  const TemporaryDirectory top;
  fs::create_directory(top / "secret");
  fs::create_directory(top / "open");
  fs::permissions(top / "secret", fs::perms::none);
  Stream stream({top.path()}, {.as_nobody = true});
  const json error = stream.next_of("error");
  EXPECT_EQ(error["path"], (top / "secret").string());
  EXPECT_EQ(error["code"], EACCES);
  EXPECT_FALSE(error["reason"].get<std::string>().empty());
  write_file(top / "open/file");
  EXPECT_FALSE(stream.next_of("created", top / "open/file").is_null());
  fs::permissions(top / "secret", fs::perms::owner_all);
}

TEST(Input, AWorkingDirectoryThatIsGoneIsNoMatterForAbsolutePaths) {
  const TemporaryDirectory top;
  fs::create_directory(top / "gone");
  const Setting setting{.directory = top / "gone", .remove_directory = true};
  const Outcome outcome = run({"watch", "--timeout", "10ms", top.path()}, setting);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(outcome.output, "ready      " + top.path().string() + "/ (inotify)\n");
  fs::create_directory(top / "gone");
  expect_refused(run({"watch", "."}, setting), 1, "working directory");
}

TEST(Input, NamesOfAnyBytesSurvive) {
  const TemporaryDirectory top;
  Stream stream({top.path(), "--events", "created"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  for (const std::string name :
       {"new\nline", "quote\"back\\slash", "\x01\x1f\x7f", " ", "häuser 日本語 😀", "-", "\u2028"}) {
    write_file(top / name);
    const json event = stream.next();
    EXPECT_EQ(event["path"], (top / name).string());
    EXPECT_FALSE(event.contains("path_base64"));
  }
  write_file(top / "caf\xE9");
  const json event = stream.next();
  EXPECT_EQ(event["path"], (top / "caf\uFFFD").string());
  ASSERT_TRUE(event.contains("path_base64"));
}

TEST(Input, ARootOfAnyBytesIsFine) {
  const TemporaryDirectory top;
  fs::create_directory(top / "r\xFF\n");
  Stream stream({top / "r\xFF\n", "--events", "renamed"});
  EXPECT_EQ(stream.next()["path"], (top / "r\uFFFD\n").string());
  write_file(top / "r\xFF\n/a");
  fs::rename(top / "r\xFF\n/a", top / "r\xFF\n/b");
  const json event = stream.next();
  EXPECT_TRUE(event.contains("path_base64"));
  EXPECT_TRUE(event.contains("from_base64"));
}

// A tree whose paths are longer than any system call takes.
class DeepTree {
 public:
  explicit DeepTree(const fs::path& top) : path_(top) {
    base::UniqueFd directory(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::string name(250, 'd');
    for (int depth = 0; depth < 20; ++depth) {
      EXPECT_EQ(::mkdirat(directory.get(), name.c_str(), 0755), 0);
      directory.reset(::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      EXPECT_TRUE(directory);
      path_ /= name;
    }
    bottom_ = std::move(directory);
  }

  void create_file(const char* name) const {
    const base::UniqueFd file(::openat(bottom_.get(), name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    EXPECT_TRUE(file);
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  base::UniqueFd bottom_;
};

TEST(Input, PathsLongerThanPathMaxAreReported) {
  const TemporaryDirectory top;
  const DeepTree deep(top.path());
  ASSERT_GT(deep.path().string().size(), std::size_t{PATH_MAX});
  Stream stream({top.path(), "--events", "created"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  deep.create_file("file");
  EXPECT_EQ(stream.next()["path"], (deep.path() / "file").string());
}

TEST(Input, ARootLongerThanPathMaxIsWatchedOrRefusedByName) {
  const TemporaryDirectory top;
  const DeepTree deep(top.path());
  Stream stream({deep.path(), "--events", "created"});
  const json ready = stream.next();
  if (ready.is_null()) {
    EXPECT_EQ(stream.command().wait(), 1);
    EXPECT_NE(stream.command().error().find("dddd"), std::string::npos) << stream.command().error();
    return;
  }
  EXPECT_EQ(ready["path"], deep.path().string());
  deep.create_file("file");
  EXPECT_EQ(stream.next()["path"], (deep.path() / "file").string());
}

TEST(Input, AnOutputThatTakesNothingIsAnError) {
  const TemporaryDirectory top;
  for (const Setting::Stream stream : {Setting::Stream::full_disk, Setting::Stream::closed}) {
    const Outcome outcome = run({"watch", top.path()}, {.output = stream});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_NE(outcome.error.find("vigil: cannot write to the standard output"), std::string::npos) << outcome.error;
    EXPECT_EQ(run({"--help"}, {.output = stream}).exit_code, 1);
  }
}

// What is opened later must not take the number of the standard error, and be written to.
TEST(Input, AClosedStandardErrorChangesNothing) {
  const TemporaryDirectory top;
  const Setting setting{.error = Setting::Stream::closed};
  EXPECT_EQ(run({"watch", top / "missing"}, setting).exit_code, 1);
  Command command(
      {"watch", "--print0", "--count", "1", "--events", "created", "--initial", "--await", top / "a", top.path()},
      setting);
  write_file(top / "b");
  EXPECT_EQ(command.wait(), 0);
  EXPECT_EQ(command.output(), (top / "b").string() + '\0');
}

}  // namespace
}  // namespace vigil::cli
