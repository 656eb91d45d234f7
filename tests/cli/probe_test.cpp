// `vigil watch --probe`.
#include "cli/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <string>

namespace vigil::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(Probe, SaysByWhatAndWhenAFileIsTold) {
  const TemporaryDirectory top;
  fs::create_directory(top / "d");
  const Outcome outcome = run({"watch", "--probe", top.path(), top / "d"});
  EXPECT_EQ(0, outcome.exit_code) << outcome.error;
  for (const fs::path& path : {top.path(), top / "d"}) {
    EXPECT_THAT(outcome.output, AllOf(ContainsRegex(path.string() + ": inotify tells of a new file after [0-9.]+ ms\n"),
                                      ContainsRegex(path.string() + ": inotify tells of its removal after")));
  }
  EXPECT_TRUE(fs::is_empty(top / "d"));
  EXPECT_EQ(1, std::distance(fs::directory_iterator(top.path()), fs::directory_iterator()));
}

// A watcher that is polled finds it too, and is said to.
TEST(Probe, SaysWhyAFileIsFoundLate) {
  const TemporaryDirectory top;
  const Outcome outcome = run({"watch", "--probe", "--backend=inotify", "--max-watches=1", top.path()});
  EXPECT_EQ(0, outcome.exit_code) << outcome.error;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("poll tells of a new file"), HasSubstr("by comparing"),
                                    HasSubstr("no more than 1 watches")));
}

TEST(Probe, FailsWhereNothingIsTold) {
  const TemporaryDirectory top;
  const Outcome outcome =
      run({"watch", "--probe", "--backend=inotify", "--max-watches=1", "--timeout=50ms", top.path()});
  EXPECT_EQ(1, outcome.exit_code);
  EXPECT_THAT(outcome.output, HasSubstr("nothing tells of a new file within 0.05 s (poll)"));
  EXPECT_TRUE(fs::is_empty(top.path()));
}

TEST(Probe, FailsWhereNothingCanBeWritten) {
  const TemporaryDirectory top;
  write_file(top / "f", "as it was");
  EXPECT_EQ(1, run({"watch", "--probe", top / "f"}).exit_code);
  EXPECT_EQ(9u, fs::file_size(top / "f"));
  EXPECT_EQ(1, run({"watch", "--probe", top / "missing"}).exit_code);
  fs::permissions(top.path(),
                  fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  const Outcome outcome = run({"watch", "--probe", top.path()}, {.as_nobody = true});
  EXPECT_EQ(1, outcome.exit_code);
  EXPECT_THAT(outcome.output, HasSubstr("a file cannot be written: Permission denied"));
  fs::permissions(top.path(), fs::perms::owner_all);
}

TEST(Probe, GoesWithLittleElse) {
  for (const char* option : {"--net", "--initial", "--count=1", "--format=json", "--print0", "--exclude=a"}) {
    const Outcome outcome = run({"watch", "--probe", option, "."});
    EXPECT_EQ(2, outcome.exit_code) << option;
    EXPECT_THAT(outcome.error, HasSubstr("--probe"));
  }
}

// Nothing is ever written without it.
TEST(Probe, WatchingAloneWritesNothing) {
  const TemporaryDirectory top;
  const auto before = fs::last_write_time(top.path());
  EXPECT_EQ(0, run({"watch", "--timeout=100ms", top.path()}).exit_code);
  EXPECT_EQ(before, fs::last_write_time(top.path()));
}

}  // namespace
}  // namespace vigil::cli
