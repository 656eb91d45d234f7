// `vigil snapshot`, `vigil since` and `vigil watch --since`, by the real command.
#include "cli/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

namespace vigil::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

// Longer than a tick of the clock that stamps files: what is changed before looks different from what is changed after.
void let_clock_tick(const fs::path& directory) {
  write_file(directory / "tick");
  const auto first = fs::last_write_time(directory / "tick");
  do {
    write_file(directory / "tick", "x");
  } while (fs::last_write_time(directory / "tick") == first);
  fs::remove(directory / "tick");
  // Since Linux 6.13 a time that somebody has looked at is followed by one that is finer than the clock's ticks.
  timespec now{};
  timespec ticked{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  do {
    ::clock_gettime(CLOCK_REALTIME_COARSE, &ticked);
  } while (std::pair(ticked.tv_sec, ticked.tv_nsec) <= std::pair(now.tv_sec, now.tv_nsec));
}

// As replay(), for who takes no notice of what is no news.
void take_in(Listing& listing, const nlohmann::json& told) {
  const std::string kind = told["kind"];
  const std::string path = told["path"];
  const bool is_known = listing.contains(path);
  if (kind == "removed" && !is_known) return;
  if (kind == "renamed" && !listing.contains(told["from"])) return;
  replay(listing, told);
}

std::string content_of(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Since : public ::testing::Test {
 protected:
  Since() {
    fs::create_directory(root_);
    write_file(root_ / "a", "1");
    fs::create_directory(root_ / "d");
    write_file(root_ / "d" / "b", "2");
  }

  void take() {
    let_clock_tick(top_.path());
    const Outcome outcome = run({"snapshot", "-o", file_, root_});
    EXPECT_EQ(0, outcome.exit_code) << outcome.error;
    EXPECT_EQ("", outcome.output + outcome.error);
    let_clock_tick(top_.path());
  }

  Outcome since(std::vector<std::string> options = {}) {
    options.insert(options.begin(), "since");
    options.push_back(file_);
    return run(options, {.directory = root_});
  }

  const TemporaryDirectory top_;
  const fs::path root_ = top_ / "root";
  const fs::path file_ = top_ / "file";
};

TEST_F(Since, TellsWhatChangedInEachFormat) {
  take();
  EXPECT_EQ("", since().output);
  fs::rename(root_ / "a", root_ / "d" / "c");
  write_file(root_ / "new");
  let_clock_tick(top_.path());
  const Outcome human = since();
  EXPECT_EQ(0, human.exit_code);
  EXPECT_THAT(human.output, AllOf(HasSubstr("renamed    a -> d/c\n"), HasSubstr("created    new\n")));
  EXPECT_THAT(since({"--format=json"}).output,
              AllOf(HasSubstr("\"kind\":\"renamed\""), HasSubstr("\"synthetic\":true"), Not(HasSubstr("ready"))));
  EXPECT_THAT(since({"--print0"}).output, HasSubstr("new" + std::string(1, '\0')));
  EXPECT_EQ(4, since({"--exit-code"}).exit_code);
}

TEST_F(Since, UpdateTellsEachChangeOnce) {
  take();
  write_file(root_ / "new");
  let_clock_tick(top_.path());
  EXPECT_THAT(since({"--update"}).output, HasSubstr("created    new"));
  let_clock_tick(top_.path());
  EXPECT_EQ("", since({"--update"}).output);
  EXPECT_EQ(0, since({"--exit-code"}).exit_code);
}

// What nobody could read counts as untold.
TEST_F(Since, UpdatesNothingWhereTheOutputFails) {
  take();
  const std::string before = content_of(file_);
  write_file(root_ / "new");
  Setting setting;
  setting.output = Setting::Stream::full_disk;
  const Outcome outcome = run({"since", "--update", file_}, setting);
  EXPECT_EQ(1, outcome.exit_code);
  EXPECT_EQ(before, content_of(file_));
}

TEST_F(Since, ItsOwnFileIsNotInIt) {
  const fs::path inside = root_ / "own[file]";
  let_clock_tick(top_.path());
  EXPECT_EQ(0, run({"snapshot", "--output", inside, root_}).exit_code);
  EXPECT_EQ("", run({"since", "--update", inside}).output);
  EXPECT_EQ("", run({"since", inside}).output);
}

TEST_F(Since, FilesThatAreNoSnapshots) {
  const auto refused = [&](const std::string& content) {
    write_file(file_, content);
    const Outcome outcome = since({"--update"});
    EXPECT_EQ(1, outcome.exit_code);
    EXPECT_EQ(content, content_of(file_));
    return outcome.error;
  };
  EXPECT_THAT(refused("hello"), HasSubstr("is no snapshot of vigil"));
  take();
  std::string bytes = content_of(file_);
  EXPECT_THAT(refused(bytes.substr(0, bytes.size() / 2)), HasSubstr("is cut off"));
  std::string newer = bytes;
  newer[8] = 9;
  EXPECT_THAT(refused(newer), HasSubstr("newer vigil"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  EXPECT_THAT(refused(bytes), HasSubstr("is damaged"));
  EXPECT_EQ(1, run({"since", top_ / "missing"}).exit_code);
  EXPECT_EQ(1, run({"watch", "--since", file_}).exit_code);
}

TEST_F(Since, CommandLinesThatMakeNoSense) {
  EXPECT_EQ(2, run({"since"}).exit_code);
  EXPECT_EQ(2, run({"since", file_, file_}).exit_code);
  EXPECT_EQ(2, run({"snapshot", root_}).exit_code);
  EXPECT_EQ(2, run({"snapshot", "-o", file_, root_, root_}).exit_code);
  EXPECT_EQ(2, run({"snapshot", "-o", file_, "--exclude=[", root_}).exit_code);
  EXPECT_EQ(1, run({"snapshot", "-o", file_, root_ / "missing"}).exit_code);
  EXPECT_EQ(1, run({"snapshot", "-o", top_ / "missing" / "file", root_}).exit_code);
  EXPECT_EQ(2, run({"watch", "--since", file_, "--initial", root_}).exit_code);
  EXPECT_EQ(2, run({"watch", "--since", file_, root_, top_.path()}).exit_code);
  take();
  EXPECT_EQ(2, run({"watch", "--since", file_, top_.path()}).exit_code);
}

TEST_F(Since, NamesOfAnyBytes) {
  take();
  const std::string name = "\xff\n\\ x";
  write_file(root_ / name);
  let_clock_tick(top_.path());
  EXPECT_THAT(since({"--print0", "--update"}).output, HasSubstr(name));
  let_clock_tick(top_.path());
  EXPECT_EQ("", since().output);
}

TEST_F(Since, TheRootIsGone) {
  take();
  fs::rename(root_, top_ / "elsewhere");
  const Outcome outcome = run({"since", "--update", file_});
  EXPECT_EQ(1, outcome.exit_code);
  EXPECT_THAT(outcome.error, HasSubstr(root_.string()));
}

TEST_F(Since, WatchBeginsWithTheDifferenceAndKeepsTheFile) {
  take();
  write_file(root_ / "while nobody watched");
  {
    Stream stream({"--since", file_});
    EXPECT_EQ("ready", stream.next()["kind"]);
    EXPECT_FALSE(stream.next_of("created", root_ / "while nobody watched").is_null());
    EXPECT_FALSE(stream.next_of("live").is_null());
    write_file(root_ / "live");
    EXPECT_FALSE(stream.next_of("closed", root_ / "live").is_null());
    let_clock_tick(top_.path());
    stream.command().signal(SIGTERM);
    EXPECT_EQ(0, stream.command().wait());
  }
  EXPECT_EQ("", since().output);
}

// The rules may change while nobody watches, too.
TEST_F(Since, IgnoreFilesCountThenAndNow) {
  write_file(root_ / ".gitignore", "*.o\n");
  write_file(root_ / "d" / "b.o");
  let_clock_tick(top_.path());
  EXPECT_EQ(0, run({"snapshot", "--gitignore", "-o", file_, root_}).exit_code);
  let_clock_tick(top_.path());
  write_file(root_ / "d" / "new.o");
  write_file(root_ / "d" / "new.c");
  let_clock_tick(top_.path());
  EXPECT_EQ("created    d/new.c\n", since({"--update"}).output);
  let_clock_tick(top_.path());
  write_file(root_ / ".gitignore", "*.c\n");
  let_clock_tick(top_.path());
  const std::string told = since().output;
  EXPECT_THAT(told, AllOf(HasSubstr("removed    d/new.c\n"), HasSubstr("created    d/new.o\n"),
                          HasSubstr("created    d/b.o\n"), HasSubstr("modified   .gitignore\n")));
}

// Killed at any moment, again and again, beside what changes the tree: a reader that takes no notice of what is no news
// knows at the end what there is.
TEST_F(Since, KilledAtAnyMomentTheReaderEndsRight) {
  take();
  Listing listing = listing_of(root_);
  std::mt19937 random(7);
  int sure = 0;
  const auto path = [&] { return root_ / std::to_string(random() % 6) / std::to_string(random() % 6); };
  const auto work = [&] {
    std::error_code ignored;
    const fs::path one = path();
    switch (random() % 6) {
      case 0: fs::remove_all(one.parent_path(), ignored); break;
      case 1: fs::rename(one.parent_path(), path().parent_path(), ignored); break;
      case 2: fs::remove_all(one, ignored); break;
      case 3: fs::rename(one, path(), ignored); break;
      default: fs::create_directories(one.parent_path(), ignored); std::ofstream(one) << "x";
    }
  };
  for (int session = 0; session < 12; ++session) {
    Stream stream({"--since", file_});
    const std::size_t events = random() % 40;
    for (std::size_t event = 0; event < events; ++event) {
      work();
      write_file(root_ / ("sure" + std::to_string(++sure)));  // that there is something to read
      const nlohmann::json told = stream.next();
      ASSERT_FALSE(told.is_null()) << stream.command().error();
      take_in(listing, told);
    }
    const bool is_stopped = random() % 3 == 0;
    stream.command().signal(is_stopped ? SIGTERM : SIGKILL);
    // Of one that was killed it is not known what was read of all that it wrote.
    if (is_stopped || random() % 2 == 0) {
      for (const nlohmann::json& told : stream.rest()) take_in(listing, told);
    }
    (void)stream.command().wait();
    for (int count = 0; count < 20; ++count) work();
  }
  Stream stream({"--since", file_});
  for (nlohmann::json told = stream.next(); !told.is_null(); told = stream.next()) {
    take_in(listing, told);
    if (told["kind"] == "live") break;
  }
  EXPECT_EQ(listing, listing_of(root_));
}

TEST_F(Since, TwoDoNotKeepOneFile) {
  take();
  Stream stream({"--since", file_});
  EXPECT_FALSE(stream.next_of("live").is_null());
  const Outcome second = run({"watch", "--since", file_});
  EXPECT_EQ(1, second.exit_code);
  EXPECT_THAT(second.error, HasSubstr("another process keeps"));
}

// Without a file it begins with what there is, and the file is made at once.
TEST_F(Since, WatchMakesTheFile) {
  let_clock_tick(top_.path());
  {
    Stream stream({"--since", file_, root_});
    EXPECT_FALSE(stream.next_of("ready").is_null());
    write_file(root_ / "live");
    EXPECT_FALSE(stream.next_of("closed", root_ / "live").is_null());
    stream.command().signal(SIGKILL);
    EXPECT_NE(0, stream.command().wait());
  }
  EXPECT_THAT(since().output, HasSubstr("created    live"));
}

}  // namespace
}  // namespace vigil::cli
