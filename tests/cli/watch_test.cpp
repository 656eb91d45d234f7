// What `vigil watch` reports, option by option.
#include "cli/stream.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace vigil::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Kinds and paths of events, in words.
std::vector<std::string> summary(const std::vector<json>& events) {
  std::vector<std::string> words;
  for (const json& event : events) {
    words.push_back(event["kind"].get<std::string>() + " " + event["path"].get<std::string>());
  }
  return words;
}

std::string utc(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts)};
}

TEST(Watch, TheFirstLineIsReady) {
  const TemporaryDirectory top;
  const auto before = std::chrono::system_clock::now();
  Stream stream({top.path()});
  const json event = stream.next();
  ASSERT_FALSE(event.is_null()) << stream.command().error();
  EXPECT_EQ(event["kind"], "ready");
  EXPECT_EQ(event["path"], top.path().string());
  EXPECT_EQ(event["type"], "directory");
  EXPECT_EQ(event["backend"], "inotify");
  EXPECT_GE(event["seq"], 1);
  const std::string time = event["time"];
  ASSERT_EQ(time.size(), 30u);
  EXPECT_EQ(time.back(), 'Z');
  EXPECT_GE(time.substr(0, 19), utc(before));
  EXPECT_LE(time.substr(0, 19), utc(std::chrono::system_clock::now()));
}

TEST(Watch, EveryChangeIsALineWhenItHappens) {
  const TemporaryDirectory top;
  Stream stream({top.path()});
  ASSERT_EQ(stream.next()["kind"], "ready");

  write_file(top / "file", "text");
  EXPECT_EQ(stream.next_of("created", top / "file")["type"], "file");
  EXPECT_EQ(stream.next_of("modified", top / "file")["type"], "file");
  EXPECT_EQ(stream.next_of("closed", top / "file")["type"], "file");

  fs::permissions(top / "file", fs::perms(0600));
  EXPECT_EQ(stream.next_of("attributes", top / "file")["type"], "file");

  fs::create_directories(top.path() / "a/b");
  EXPECT_EQ(stream.next_of("created", top / "a")["type"], "directory");
  EXPECT_EQ(stream.next_of("created", top / "a/b")["type"], "directory");

  fs::create_symlink("nowhere", top / "link");
  EXPECT_EQ(stream.next_of("created", top / "link")["type"], "symlink");

  ASSERT_EQ(::mkfifo((top / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(stream.next_of("created", top / "fifo")["type"], "other");

  fs::rename(top / "a", top / "c");
  json renamed = stream.next_of("renamed", top / "c");
  EXPECT_EQ(renamed["from"], (top / "a").string());
  EXPECT_EQ(renamed["type"], "directory");
  EXPECT_FALSE(renamed.contains("replaced"));

  write_file(top / "other");
  EXPECT_FALSE(stream.next_of("closed", top / "other").is_null());
  fs::rename(top / "file", top / "other");
  renamed = stream.next_of("renamed", top / "other");
  EXPECT_EQ(renamed["from"], (top / "file").string());
  EXPECT_EQ(renamed["replaced"], true);

  fs::remove_all(top / "c");
  EXPECT_FALSE(stream.next_of("removed", top / "c/b").is_null());
  EXPECT_FALSE(stream.next_of("removed", top / "c").is_null());
}

TEST(Watch, PathsAreAbsoluteWhateverWasTyped) {
  const TemporaryDirectory top;
  fs::create_directories(top.path() / "one/two");
  for (const char* typed : {"one", "./one", "one/", "one/two/..", ".//one/./"}) {
    Stream stream({typed}, {.directory = top.path()});
    EXPECT_EQ(stream.next()["path"], (top / "one").string()) << typed;
  }
  Stream stream({}, {.directory = top.path()});
  EXPECT_EQ(stream.next()["path"], top.path().string()) << "the current directory, where no PATH is given";
}

TEST(Watch, SeveralPathsAreReadyInOrder) {
  const TemporaryDirectory top;
  for (const char* name : {"one", "two", "watch", "[a,b]"}) fs::create_directory(top / name);
  Stream stream({"one", "two", "one", "./two", "watch", "[a,b]"}, {.directory = top.path()});
  for (const char* name : {"one", "two", "watch", "[a,b]"}) {
    const json event = stream.next();
    EXPECT_EQ(event["kind"], "ready");
    EXPECT_EQ(event["path"], (top / name).string()) << "each once";
  }
  for (const char* name : {"two", "one"}) {
    fs::create_directory(top / name / "new");
    EXPECT_EQ(stream.next()["path"], (top / name / "new").string());
  }
}

TEST(Watch, AFileIsWatchedByNameForEver) {
  const TemporaryDirectory top;
  write_file(top / "file");
  write_file(top / "other");
  Stream stream({top / "file", "--events", "modified,removed,created,renamed"});
  EXPECT_EQ(stream.next()["type"], "file");
  for (int save = 0; save < 3; ++save) {
    write_file(top / "other", "not looked at");
    write_file(top / "file.new", "x");
    fs::rename(top / "file.new", top / "file");
    const json event = stream.next();
    EXPECT_EQ(event["path"], (top / "file").string()) << event;
    EXPECT_EQ(event["kind"], "modified") << event;
  }
}

TEST(Watch, OnlyTheEventsAskedForCome) {
  const TemporaryDirectory top;
  Stream stream({top.path(), "--events", "removed,renamed", "--events", "closed"});
  EXPECT_EQ(stream.next()["kind"], "ready") << "notices always come";
  write_file(top / "a", "x");
  EXPECT_EQ(stream.next()["kind"], "closed");
  fs::permissions(top / "a", fs::perms(0600));
  fs::rename(top / "a", top / "b");
  EXPECT_EQ(stream.next()["kind"], "renamed");
  fs::remove(top / "b");
  EXPECT_EQ(stream.next()["kind"], "removed");
}

TEST(Watch, OpenedAndAccessedComeWhenAskedFor) {
  const TemporaryDirectory top;
  write_file(top / "file", "text");
  Stream stream({top.path(), "--events", "opened,accessed"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  std::string text;
  std::ifstream(top / "file") >> text;
  EXPECT_EQ(stream.next()["kind"], "opened");
  EXPECT_EQ(stream.next()["kind"], "accessed");
}

TEST(Watch, GlobsChooseWhatIsReported) {
  const TemporaryDirectory top;
  Stream stream({top.path(), "--include", "*.c", "--include", "*.h", "--exclude", "build", "--exclude", "[ab].c",
                 "--events", "created"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  fs::create_directories(top.path() / "build");
  fs::create_directories(top.path() / "src");
  for (const char* name : {"build/x.c", "a.c", "x.o", "src/x.c", "src/b.c", "last.h"}) write_file(top / name);
  // What is in a new directory may come after what is made elsewhere meanwhile.
  EXPECT_EQ((std::set<std::string>{stream.next()["path"], stream.next()["path"]}),
            (std::set<std::string>{(top / "src/x.c").string(), (top / "last.h").string()}));
}

TEST(Watch, NotRecursiveMeansTheDirectEntries) {
  const TemporaryDirectory top;
  fs::create_directory(top / "deep");
  Stream stream({top.path(), "--no-recursive", "--events", "created"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  write_file(top / "deep/file");
  write_file(top / "file");
  EXPECT_EQ(stream.next()["path"], (top / "file").string());
}

TEST(Watch, InitialGivesTheListingAndThenWhatHappens) {
  const TemporaryDirectory top;
  fs::create_directories(top.path() / "a/b");
  for (const char* name : {"x", "a/y", "a/b/z"}) write_file(top / name);
  fs::create_symlink("x", top / "link");
  Stream stream({top.path(), "--initial"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  Listing listing;
  while (true) {
    const json event = stream.next();
    ASSERT_FALSE(event.is_null());
    if (event["kind"] == "live") break;
    EXPECT_EQ(event["kind"], "created");
    EXPECT_EQ(event["synthetic"], true);
    EXPECT_EQ(listing.count(event["path"]), 0u) << "twice: " << event;
    replay(listing, event);
  }
  EXPECT_EQ(listing, listing_of(top.path()));

  fs::rename(top / "a", top / "c");
  fs::remove(top / "x");
  for (int count = 0; count < 2; ++count) replay(listing, stream.next());
  EXPECT_EQ(listing, listing_of(top.path()));
}

TEST(Watch, AwaitWaitsForWhatDoesNotExist) {
  const TemporaryDirectory top;
  Stream stream({top / "later/on", "--await"});
  const json lost = stream.next_of("lost");
  EXPECT_EQ(lost["path"], (top / "later/on").string());
  EXPECT_TRUE(lost.contains("reason"));
  fs::create_directories(top.path() / "later/on");
  EXPECT_EQ(stream.next_of("restored")["path"], (top / "later/on").string());
  write_file(top / "later/on/file");
  EXPECT_FALSE(stream.next_of("created", top / "later/on/file").is_null());
}

TEST(Watch, TheRootMayGoAndComeBack) {
  const TemporaryDirectory top;
  fs::create_directory(top / "root");
  Stream stream({top / "root"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  fs::remove(top / "root");
  EXPECT_FALSE(stream.next_of("lost")["reason"].get<std::string>().empty());
  fs::create_directory(top / "root");
  EXPECT_FALSE(stream.next_of("restored").is_null());
  write_file(top / "root/file");
  EXPECT_FALSE(stream.next_of("created", top / "root/file").is_null());
}

TEST(Watch, NetDeliveryGivesEachPathOnceWithItsNetEffect) {
  const TemporaryDirectory top;
  write_file(top / "old", "x");
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--net"}, {"--settle", "50ms"}}) {
    std::vector<std::string> arguments = {top.path().string(), "--count", "2"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    Stream stream(arguments);
    EXPECT_EQ(stream.next()["kind"], "ready");
    for (int write = 0; write < 5; ++write) write_file(top / "old", std::to_string(write));
    fs::create_directory(top / "gone");
    fs::remove(top / "gone");
    write_file(top / "new.part", "x");
    fs::rename(top / "new.part", top / "new");
    EXPECT_EQ(summary(stream.rest()),
              (std::vector<std::string>{"modified " + (top / "old").string(), "created " + (top / "new").string()}));
    fs::remove(top / "new");
  }
}

TEST(Watch, RawDeliveryGivesEverything) {
  const TemporaryDirectory top;
  Stream stream({top.path(), "--raw", "--count", "4"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  fs::create_directory(top / "a");
  fs::rename(top / "a", top / "b");
  fs::remove(top / "b");
  fs::create_directory(top / "a");
  EXPECT_EQ(summary(stream.rest()),
            (std::vector<std::string>{"created " + (top / "a").string(), "renamed " + (top / "b").string(),
                                      "removed " + (top / "b").string(), "created " + (top / "a").string()}));
}

TEST(Watch, CountStopsAfterSoManyChangesAndNoMore) {
  const TemporaryDirectory top;
  Stream stream({top.path(), "--count", "3", "--events", "created"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  for (const char* name : {"a", "b", "c", "d", "e"}) write_file(top / name);
  EXPECT_EQ(summary(stream.rest()),
            (std::vector<std::string>{"created " + (top / "a").string(), "created " + (top / "b").string(),
                                      "created " + (top / "c").string()}));
  EXPECT_EQ(stream.command().wait(), 0);
}

// The existing entries of --initial are changes for whoever counts: created.
TEST(Watch, CountCountsTheInitialListing) {
  const TemporaryDirectory top;
  for (const char* name : {"a", "b", "c"}) write_file(top / name);
  Stream stream({top.path(), "--initial", "--count", "2"});
  EXPECT_EQ(stream.rest().size(), 3u) << "ready and two more";
  EXPECT_EQ(stream.command().wait(), 0);
}

TEST(Watch, TimeoutEndsAQuietWatch) {
  const TemporaryDirectory top;
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = run({"watch", "--timeout", "200ms", top.path()});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
  EXPECT_EQ(outcome.error, "");
}

TEST(Watch, TimeoutBeforeTheCountHasItsOwnExitCode) {
  const TemporaryDirectory top;
  EXPECT_EQ(run({"watch", "--count", "1", "--timeout", "50ms", top.path()}).exit_code, 3);

  Stream stream({top.path(), "--count", "1", "--timeout", "30"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  fs::create_directory(top / "a");
  EXPECT_EQ(stream.command().wait(), 0);
}

TEST(Watch, EveryChangeStartsTheTimeoutAnew) {
  const TemporaryDirectory top;
  constexpr auto kTimeout = 2s;
  Stream stream({top.path(), "--timeout", "2"});
  EXPECT_EQ(stream.next()["kind"], "ready");
  const auto begin = std::chrono::steady_clock::now();
  std::size_t changes = 0;
  for (; std::chrono::steady_clock::now() - begin < kTimeout + 500ms; ++changes) {
    fs::create_directory(top / std::to_string(changes));
    ASSERT_FALSE(stream.next().is_null()) << "ended though something changed";
    std::this_thread::sleep_for(20ms);  // The pause between the changes of the user, not a wait for anything.
  }
  EXPECT_TRUE(stream.rest().empty());
  EXPECT_EQ(stream.command().wait(), 0);
}

TEST(Watch, Print0GivesPathsOnly) {
  const TemporaryDirectory top;
  Command command({"watch", "--print0", "--count", "3", "--events", "created,renamed,removed", top.path()});
  ASSERT_TRUE(command.error_shows("vigil: ready")) << "a notice, so not on the standard output";
  write_file(top / "a\nb");
  ASSERT_TRUE(command.output_shows("a\nb"));
  fs::rename(top / "a\nb", top / "c");
  fs::remove(top / "c");
  EXPECT_EQ(command.wait(), 0);
  std::string expected;
  for (const char* name : {"a\nb", "a\nb", "c", "c"}) expected += (top / name).string() + '\0';
  EXPECT_EQ(command.output(), expected);
}

TEST(Watch, HumanOutputIsRelativeAndPlainInAPipe) {
  const TemporaryDirectory top;
  fs::create_directory(top / "here");
  Command command({"watch", "--count", "4", "--events", "created,renamed", ".", top / "here"},
                  {.directory = top / "here"});
  ASSERT_TRUE(command.output_shows("ready      ./ (inotify)\n"));
  fs::create_directory(top / "here/directory");
  write_file(top / "here/file");
  ASSERT_TRUE(command.output_shows("file\n"));
  write_file(top / "here/two\nlines\x1b[31m\xFF");
  ASSERT_TRUE(command.output_shows("lines"));
  fs::rename(top / "here/file", top / "here/other");
  EXPECT_EQ(command.wait(), 0);
  EXPECT_EQ(command.output(),
            "ready      ./ (inotify)\n"
            "created    directory/\n"
            "created    file\n"
            "created    two\\nlines\\x1b[31m\\xff\n"
            "renamed    file -> other\n");
  EXPECT_EQ(command.error(), "");
}

// Each line would be a change of the file it is written to, and that a line again.
TEST(Watch, ItsOwnOutputIsNoChange) {
  const TemporaryDirectory top;
  Command command({"watch", "--print0", "--count", "2", "--events", "created,modified,removed", "."},
                  {.directory = top.path(), .output_file = top / "log"});
  ASSERT_TRUE(command.error_shows("vigil: the output is written below"));
  ASSERT_TRUE(command.error_shows("vigil: ready"));
  for (const char* name : {"a", "b"}) fs::create_directory(top / name);
  EXPECT_EQ(command.wait(), 0);
  std::ifstream log(top / "log");
  const std::string text{std::istreambuf_iterator<char>(log), {}};
  EXPECT_EQ(text, (top / "a").string() + '\0' + (top / "b").string() + '\0');
}

TEST(Watch, QuietSaysNothingWhileAllIsWell) {
  const TemporaryDirectory top;
  fs::create_directory(top / "directory");
  Command command({"watch", "--quiet", "--initial", "--events", "created", "--count", "1", "."},
                  {.directory = top.path()});
  EXPECT_EQ(command.wait(), 0);
  EXPECT_EQ(command.output(), "created    directory/\n");
  EXPECT_EQ(command.error(), "");
}

TEST(Watch, VerboseTellsWhatItFoundAndDid) {
  const TemporaryDirectory top;
  fs::create_directory(top / "directory");
  Command command({"watch", "--verbose", "--count", "1", "--events", "created", "."}, {.directory = top.path()});
  ASSERT_TRUE(command.output_shows("ready"));
  fs::create_directory(top / "new");
  EXPECT_EQ(command.wait(), 0);
  EXPECT_NE(command.error().find("vigil: watching '" + top.path().string() + "' after "), std::string::npos)
      << command.error();
  EXPECT_NE(command.error().find(" entries, "), std::string::npos) << command.error();
  EXPECT_NE(command.error().find("; 0 losses, 0 repairs\n"), std::string::npos) << command.error();
}

TEST(Watch, ATemplateIsFilledIn) {
  const TemporaryDirectory top;
  Command command({"watch", "--template", "{kind}|{type}|{relative}|{name}|{from}\\0", "--events", "created,renamed",
                   "--count", "2", "."},
                  {.directory = top.path()});
  ASSERT_TRUE(command.error_shows("vigil: ready"));
  fs::create_directory(top / "one");
  fs::rename(top / "one", top / "two\nlines");
  EXPECT_EQ(command.wait(), 0);
  const std::string expected = "created|directory|one|one|" + std::string(1, '\0') +
                               "renamed|directory|two\nlines|two\nlines|" + (top / "one").string() +
                               std::string(1, '\0');
  EXPECT_EQ(command.output(), expected);
}

TEST(Watch, PathsComeFromAFile) {
  const TemporaryDirectory top;
  for (const char* name : {"a", "b", "new\nline"}) fs::create_directory(top / name);
  write_file(top / "lines", "a\n\nb\n");
  Command lines({"watch", "--paths-from", "lines", "--timeout", "1ms"}, {.directory = top.path()});
  EXPECT_EQ(lines.wait(), 0);
  EXPECT_EQ(lines.output(), "ready      a/ (inotify)\nready      b/ (inotify)\n");

  write_file(top / "nul", std::string("a\0new\nline\0", 11));
  Command nul({"watch", "--paths-from", "nul", "--timeout", "1ms", "b"}, {.directory = top.path()});
  EXPECT_EQ(nul.wait(), 0);
  EXPECT_EQ(nul.output(), "ready      b/ (inotify)\nready      a/ (inotify)\nready      new\\nline/ (inotify)\n");

  write_file(top / "empty", "\n");
  EXPECT_EQ(run({"watch", "--paths-from", "empty"}, {.directory = top.path()}).exit_code, 2);
  EXPECT_EQ(run({"watch", "--paths-from", "missing"}, {.directory = top.path()}).exit_code, 2);
}

}  // namespace
}  // namespace vigil::cli
