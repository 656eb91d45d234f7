// `vigil run`: when it runs the command, and what it gives it.
#include "cli/command.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A watched directory, and one beside it for what the command writes and waits for.
struct Place {
  TemporaryDirectory top;
  TemporaryDirectory beside;
  std::string watched() const { return top.path(); }

  // In one change: a file that is written has several, and what settles fast may run between them.
  void save(std::string_view name, std::string_view text) const {
    write_file(beside / name, text);
    fs::rename(beside / name, top / name);
  }
};

// `vigil run OPTIONS... TOP -- WORDS...`.
std::vector<std::string> run_of(const std::string& top, const std::vector<std::string>& options,
                                const std::vector<std::string>& words) {
  std::vector<std::string> arguments = {"run", "--no-config"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), {top, "--"});
  arguments.insert(arguments.end(), words.begin(), words.end());
  return arguments;
}

std::string contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void stop(Command& command) {
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0) << command.error();
}

// A pipe with a name; a command that opens it for reading waits until somebody writes.
class Gate {
 public:
  explicit Gate(fs::path path) : path_(std::move(path)) { EXPECT_EQ(::mkfifo(path_.c_str(), 0644), 0); }
  const std::string& path() const { return path_.native(); }
  void open() const { std::ofstream(path_) << "open\n"; }

 private:
  fs::path path_;
};

TEST(Run, RunsAtOnceAndAfterEachChange) {
  const Place place;
  Command command(run_of(place.watched(), {"--why"}, {"echo", "ran"}));
  EXPECT_EQ(command.next_line(), "ran");
  write_file(place.top / "a");
  EXPECT_EQ(command.next_line(), "ran");
  EXPECT_TRUE(command.error_shows("run 2: created " + place.watched() + "/a\n")) << command.error();
  write_file(place.top / "a", "text");
  EXPECT_EQ(command.next_line(), "ran");
  EXPECT_TRUE(command.error_shows("run 3: modified ")) << command.error();
  stop(command);
  EXPECT_EQ(command.output(), "");
}

TEST(Run, ATouchIsAChangeAndReadingIsNone) {
  const Place place;
  write_file(place.top / "a", "text");
  Command command(run_of(place.watched(), {"--why", "--settle", "0"}, {"cat", place.top / "a"}));
  EXPECT_TRUE(command.output_shows("text"));
  fs::last_write_time(place.top / "a", fs::file_time_type::clock::now());
  // A file that was written only just before might have been written since: that may be told as modified.
  EXPECT_TRUE(command.error_shows("run 2: ")) << command.error();
  stop(command);
  EXPECT_EQ(command.error().find("run 3"), std::string::npos) << command.error();
}

TEST(Run, ASaveThroughATemporaryFileIsOneModifiedFile) {
  const Place place;
  write_file(place.top / "a", "old");
  Command command(
      run_of(place.top / "a", {"--why", "--no-initial", "--settle", "200ms", "--verbose"}, {"cat", place.top / "a"}));
  ASSERT_TRUE(command.error_shows("ready"));
  for (int round = 1; round <= 2; ++round) {
    write_file(place.top / "t", "new");
    fs::rename(place.top / "t", place.top / "a");
    EXPECT_TRUE(command.error_shows("run " + std::to_string(round) + ": modified ")) << command.error();
  }
  EXPECT_TRUE(command.output_shows("newnew"));
  stop(command);
}

TEST(Run, QueuesChangesWhileTheCommandRuns) {
  const Place place;
  const Gate gate(place.beside / "gate");
  Command command(
      run_of(place.watched(), {}, {"sh", "-c", "echo \"ran $VIGIL_CREATED\"; read line < \"$0\"", gate.path()}));
  EXPECT_EQ(command.next_line(), "ran ");
  write_file(place.top / "a");
  gate.open();
  EXPECT_EQ(command.next_line(), "ran " + place.watched() + "/a");
  EXPECT_EQ(command.next_line(), "");
  stop(command);
}

TEST(Run, IgnoresChangesWhileTheCommandRuns) {
  const Place place;
  const Gate gate(place.beside / "gate");
  Command command(run_of(place.watched(), {"--on-busy", "ignore", "--verbose"},
                         {"sh", "-c", "printf 'ran %s\\n' $VIGIL_CREATED; read line < \"$0\"", gate.path()}));
  EXPECT_EQ(command.next_line(), "ran ");
  write_file(place.top / "a");
  ASSERT_TRUE(command.error_shows("a change while the command was running: ignored")) << command.error();
  gate.open();
  ASSERT_TRUE(command.error_shows("run 1 exited with 0")) << command.error();
  write_file(place.top / "b");
  EXPECT_EQ(command.next_line(), "ran " + place.watched() + "/b");
  stop(command);
}

TEST(Run, SignalsTheCommandThatRuns) {
  const Place place;
  Command command(
      run_of(place.watched(), {"--on-busy", "signal", "--signal", "HUP"},
             {"sh", "-c", "trap 'echo hup' HUP; trap 'exit 0' TERM; echo ran; while :; do sleep 0.01; done"}));
  EXPECT_EQ(command.next_line(), "ran");
  write_file(place.top / "a");
  EXPECT_EQ(command.next_line(), "hup");
  fs::remove(place.top / "a");
  EXPECT_EQ(command.next_line(), "hup");
  // It is asked to end with the same signal, and does not; twice is enough for anything.
  command.signal(SIGQUIT);
  EXPECT_EQ(command.wait(), 0);
}

TEST(Run, OnceEndsAsTheCommandDoes) {
  const Place place;
  for (const auto& [script, code] : std::map<std::string, int>{{"exit 0", 0}, {"exit 7", 7}, {"kill -SEGV $$", 139}}) {
    Command command(run_of(place.watched(), {"--once", "--verbose"}, {"sh", "-c", script}));
    ASSERT_TRUE(command.error_shows("ready"));
    write_file(place.top / "a", script);
    EXPECT_EQ(command.wait(), code) << script;
  }
  Command command(run_of(place.watched(), {"--once", "--verbose"}, {"true"}));
  ASSERT_TRUE(command.error_shows("ready"));
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 128 + SIGTERM) << "nothing was run: `&& deploy` must not follow";
}

TEST(Run, SaysHowTheCommandFailed) {
  const Place place;
  Command command(run_of(place.watched(), {}, {"sh", "-c", "exit 3"}));
  EXPECT_TRUE(command.error_shows("vigil: the command exited with 3\n"));
  stop(command);
  Command quiet(run_of(place.watched(), {"--quiet"}, {"sh", "-c", "echo ran; exit 3"}));
  EXPECT_EQ(quiet.next_line(), "ran");
  stop(quiet);
  EXPECT_EQ(quiet.error(), "");
}

TEST(Run, WhatCannotBeRunIsSaid) {
  const Place place;
  write_file(place.beside / "file", "text");
  write_file(place.beside / "script", "#!/no/such/interpreter\n");
  fs::permissions(place.beside / "script", fs::perms(0755));
  const std::string file = place.beside / "file";
  const std::string script = place.beside / "script";
  const std::string directory = place.beside.path();
  for (const auto& [program, code] : std::map<std::string, int>{{"no-such-command", 127},
                                                                {"/no/such/command", 127},
                                                                {file + "/below", 127},
                                                                {file, 126},
                                                                {script, 126},
                                                                {directory, 126}}) {
    const Outcome outcome = run(run_of(place.watched(), {}, {program}));
    EXPECT_EQ(outcome.exit_code, code) << program;
    EXPECT_TRUE(outcome.error.starts_with("vigil: cannot run '" + program + "': ")) << outcome.error;
  }
}

TEST(Run, ATextWithoutAFirstLineIsTheShells) {
  const Place place;
  write_file(place.beside / "script", "echo \"ran $1\"\n");
  fs::permissions(place.beside / "script", fs::perms(0755));
  Command command(run_of(place.watched(), {}, {place.beside / "script", "word"}));
  EXPECT_EQ(command.next_line(), "ran word");
  stop(command);
}

TEST(Run, ACommandThatIsBuiltAnewMayBeMissingForAWhile) {
  const Place place;
  const auto build = [&](const std::string& text) {
    write_file(place.beside / "new", "#!/bin/sh\necho " + text + "\n");
    fs::permissions(place.beside / "new", fs::perms(0755));
    fs::rename(place.beside / "new", place.beside / "program");
  };
  build("one");
  Command command(run_of(place.watched(), {}, {place.beside / "program"}));
  EXPECT_EQ(command.next_line(), "one");
  fs::remove(place.beside / "program");
  write_file(place.top / "a");
  EXPECT_TRUE(command.error_shows("cannot run '"));
  build("two");
  write_file(place.top / "b");
  EXPECT_EQ(command.next_line(), "two");
  stop(command);
}

TEST(Run, APathThatIsNotThereIsRefused) {
  const TemporaryDirectory top;
  const Outcome outcome = run(run_of(top / "missing", {}, {"echo", "ran"}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_NE(outcome.error.find("missing"), std::string::npos);
}

TEST(Run, TellsTheCommandWhatChanged) {
  const Place place;
  fs::create_directory(place.top / "src");
  for (const char* name : {"changed", "gone", "old"}) write_file(place.top / "src" / name, name);
  Command command(run_of(
      place.watched(), {"--no-initial", "--settle", "300ms", "--verbose"},
      {"sh", "-c", "env -0 > \"$0/environment\"; mv \"$0/environment\" \"$0/done\"; echo ran", place.beside.path()}));
  ASSERT_TRUE(command.error_shows("ready"));
  write_file(place.top / "src" / "new");
  write_file(place.top / "src" / "changed", "text");
  fs::remove(place.top / "src" / "gone");
  fs::rename(place.top / "src" / "old", place.top / "src" / "renamed");
  EXPECT_EQ(command.next_line(), "ran");
  const std::string environment = '\0' + contents_of(place.beside / "done");
  const std::string src = place.watched() + "/src";
  for (const std::string& variable :
       {"VIGIL_CREATED=" + src + "/new\n", "VIGIL_MODIFIED=" + src + "/changed\n", "VIGIL_REMOVED=" + src + "/gone\n",
        "VIGIL_RENAMED=" + src + "/old\n" + src + "/renamed\n", "VIGIL_COMMON=" + src,
        std::string("VIGIL_OMITTED=0")}) {
    EXPECT_NE(environment.find('\0' + variable + '\0'), std::string::npos) << variable << "\nin " << environment;
  }
  stop(command);
}

TEST(Run, GivesTheChangesAsJson) {
  const Place place;
  const fs::path odd = place.top / "odd \xff\n\"name";
  Command command(run_of(place.watched(), {"--stdin", "json"}, {"sh", "-c", "cat; echo end"}));
  EXPECT_EQ(command.next_line(), "end");
  write_file(odd);
  const json event = json::parse(command.next_line().value_or("null"));
  EXPECT_EQ(event["kind"], "created");
  EXPECT_TRUE(event.contains("path_base64"));
  EXPECT_EQ(command.next_line(), "end");
  stop(command);
}

// More than a pipe would hold, for a command that does not read it.
TEST(Run, ManyChangesWaitForNoReaderAndDoNotKeepTheCommandFromRunning) {
  const Place place;
  const std::string padding = "PADDING=" + std::string(100'000, 'x');
  const std::string limited = "ulimit -s 512; exec \"$0\" \"$@\"";  // so that 128 KiB are all that a program is given
  Command command(run_of(place.watched(), {"--no-initial", "--settle", "500ms", "--stdin", "json", "--verbose"},
                         {"sh", "-c", "echo \"omitted $VIGIL_OMITTED\"; read line; echo \"$line\" | cut -c1-17"}),
                  {.wrapper = {"sh", "-c", limited}, .environment = {padding}});
  ASSERT_TRUE(command.error_shows("ready"));
  const std::string long_name(200, 'n');
  constexpr int kFiles = 1000;
  for (int index = 0; index < kFiles; ++index) write_file(place.top / (long_name + std::to_string(index)));
  EXPECT_EQ(command.next_line(), "omitted 1000") << command.error();
  EXPECT_EQ(command.next_line(), "{\"kind\":\"created\"");
  stop(command);
}

TEST(Run, TheEnvironmentIsBounded) {
  const Place place;
  Command command(run_of(place.watched(), {"--no-initial", "--settle", "500ms", "--verbose"},
                         {"sh", "-c", "echo \"omitted $VIGIL_OMITTED\"; printf %s \"$VIGIL_CREATED\" | wc -c"}));
  ASSERT_TRUE(command.error_shows("ready"));
  const std::string long_name(200, 'n');
  for (int index = 0; index < 1000; ++index) write_file(place.top / (long_name + std::to_string(index)));
  const std::string omitted = command.next_line().value_or("");
  EXPECT_TRUE(omitted.starts_with("omitted ")) << command.error();
  EXPECT_GT(std::stoi(omitted.substr(8)), 100);
  EXPECT_GT(std::stoi(command.next_line().value_or("0")), 60'000);
  stop(command);
}

// Names that a shell would take for more than a name.
const std::vector<std::string> kHostileNames = {
    "a b", ";$(touch pwned)", "`touch pwned`", "-rf", "a\nb", "\xff\xfe", "'\"", "$HOME", "*", "{}"};

class Hostile : public testing::TestWithParam<bool> {};

TEST_P(Hostile, NamesReachTheCommandAsTheyAre) {
  const bool shell = GetParam();
  const Place place;
  const std::string out = place.beside / "out";
  const std::vector<std::string> words =
      shell ? std::vector<std::string>{"printf '%s\\0' \"$1\" >> '" + out + "'; echo ran"}
            : std::vector<std::string>{"sh", "-c", "printf '%s\\0' \"$1\" >> \"$0\"; echo ran", out, "{}"};
  std::vector<std::string> options = {"--each", "--verbose", "--events", "created"};
  if (shell) options.emplace_back("--shell");
  Command command(run_of(place.watched(), options, words), {.directory = place.beside.path()});
  ASSERT_TRUE(command.error_shows("ready"));
  std::string expected;
  for (const std::string& name : kHostileNames) {
    write_file(place.top / name);
    ASSERT_EQ(command.next_line(), "ran") << name << command.error();
    expected += (place.top / name).native() + '\0';
  }
  EXPECT_EQ(contents_of(out), expected);
  EXPECT_FALSE(fs::exists(place.beside / "pwned"));
  stop(command);
}

INSTANTIATE_TEST_SUITE_P(Run, Hostile, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "InAShell" : "AsWords"; });

TEST(Run, EachRunsSoManyAtATimeInOrder) {
  const Place place;
  const Gate gate(place.beside / "gate");
  Command command(run_of(place.watched(), {"--each", "--jobs", "2", "--verbose", "--settle", "300ms"},
                         {"sh", "-c", "echo \"$1\"; read line < \"$0\"", gate.path(), "{/}"}));
  ASSERT_TRUE(command.error_shows("ready"));
  for (const char* name : {"c", "a", "b"}) write_file(place.top / name);
  EXPECT_TRUE(command.error_shows("run 2 starts for"));
  gate.open();
  EXPECT_TRUE(command.error_shows("run 3 starts for")) << "one has ended, or both: one message was for two readers";
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 0);
  std::string error = command.error();
  std::vector<std::string> lines;
  for (const char* what : {"run 1 starts for", "run 2 starts for", "exited with", "run 3 starts for"}) {
    const std::size_t at = error.find(what);
    ASSERT_NE(at, std::string::npos) << what << "\n" << command.error();
    error.erase(0, at);
    const std::string line = error.substr(0, error.find('\n'));
    if (line.find("starts") != std::string::npos) lines.push_back(line.substr(line.rfind('/') + 1));
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"c", "a", "b"}));
}

TEST(Run, EachTakesWhatIsThereAlready) {
  const Place place;
  fs::create_directory(place.top / "d");
  write_file(place.top / "d" / "f");
  Command command(run_of(place.watched(), {"--each", "--initial"}, {"echo", "{//}", "{/}"}));
  EXPECT_EQ(command.next_line(), place.watched() + "/d f");
  stop(command);
  EXPECT_EQ(command.output(), "") << "directories are left out";
}

TEST(Run, AnEndlessLoopIsNamed) {
  const Place place;
  Command command(
      run_of(place.watched(), {"--settle", "1ms"}, {"sh", "-c", "date >> \"$0/build.log\"", place.watched()}));
  EXPECT_TRUE(command.error_shows("/build.log', which changed each time while the command was running"))
      << command.error();
  EXPECT_TRUE(command.error_shows("--ignore-own-writes"));
  stop(command);
}

TEST(Run, OwnWritesAreNoReasonToRun) {
  const Place place;
  Command command(run_of(place.watched(), {"--ignore-own-writes", "--verbose", "--settle", "1ms"},
                         {"sh", "-c", "date >> \"$0/log\"; echo ran", place.watched()}));
  constexpr int kRounds = 5;
  for (int round = 1; round <= kRounds; ++round) {
    EXPECT_EQ(command.next_line(), "ran");
    ASSERT_TRUE(command.error_shows("run " + std::to_string(round) + " exited with 0")) << command.error();
    if (round < kRounds) place.save("source", std::to_string(round));
  }
  stop(command);
  EXPECT_EQ(command.output(), "");
  EXPECT_EQ(command.error().find("run 6"), std::string::npos) << command.error();
}

TEST(Run, ItsOutputIsNoReasonToRun) {
  const Place place;
  Command command(run_of(place.watched(), {"--verbose", "--why", "--settle", "1ms"}, {"echo", "ran"}),
                  {.output_file = place.top / "log"});
  for (int run = 1; run <= 3; ++run) {
    ASSERT_TRUE(command.error_shows("run " + std::to_string(run) + " exited with 0")) << command.error();
    if (run < 3) place.save("source", std::to_string(run));
  }
  stop(command);
  EXPECT_EQ(contents_of(place.top / "log"), "ran\nran\nran\n");
}

TEST(Run, ALostRootIsToldAndItsReturnRuns) {
  const Place place;
  const fs::path root = place.top / "root";
  fs::create_directory(root);
  Command command(run_of(root, {}, {"echo", "ran"}));
  EXPECT_EQ(command.next_line(), "ran");
  fs::remove_all(root);
  ASSERT_TRUE(command.error_shows("vigil: lost ")) << command.error();
  fs::create_directory(root);
  ASSERT_TRUE(command.error_shows("vigil: restored ")) << command.error();
  write_file(root / "a");
  EXPECT_EQ(command.next_line(), "ran");
  stop(command);
}

struct Refused {
  const char* name;
  std::vector<std::string> options;
  std::vector<std::string> words;
  const char* message;
};

class Refusal : public testing::TestWithParam<Refused> {};

TEST_P(Refusal, SaysWhatMakesNoSense) {
  const TemporaryDirectory top;
  const Outcome outcome = run(run_of(top.path(), GetParam().options, GetParam().words));
  EXPECT_EQ(outcome.exit_code, 2) << outcome.error;
  EXPECT_EQ(outcome.output, "");
  EXPECT_NE(outcome.error.find(GetParam().message), std::string::npos) << outcome.error;
}

INSTANTIATE_TEST_SUITE_P(
    Run, Refusal,
    testing::Values(Refused{"NoCommand", {}, {}, "the command is missing"},
                    Refused{"EmptyCommand", {}, {""}, "the command is empty"},
                    Refused{"UnknownSignal", {"--signal", "TREM"}, {"true"}, "'TREM' is no signal"},
                    Refused{"UnknownOnBusy", {"--on-busy", "wait"}, {"true"}, "'wait' is none of queue, restart"},
                    Refused{"TwoOnBusy", {"--restart", "--on-busy", "queue"}, {"true"}, "excludes"},
                    Refused{"UnknownStdin", {"--stdin", "tty"}, {"true"}, "'tty' is none of inherit, null, json"},
                    Refused{"JobsWithoutEach", {"--jobs", "2"}, {"true"}, "--jobs: only with --each"},
                    Refused{"NoJobs", {"--each", "--jobs", "0"}, {"true"}, "no whole number from 1 on"},
                    Refused{"OnceEach", {"--once", "--each"}, {"true"}, "--once"},
                    Refused{"PastedPath", {"--shell", "--each"}, {"rm {}"}, "write \"$1\""},
                    Refused{"OwnWritesOfAServer", {"--restart", "--ignore-own-writes"}, {"true"}, "--exclude"},
                    Refused{"NoChange", {"--events", "opened"}, {"true"}, "'opened' is no change to run for"},
                    Refused{"UnknownKind", {"--events", "create"}, {"true"}, "'create' is none of"},
                    Refused{"BadGlob", {"--exclude", "["}, {"true"}, "["},
                    Refused{"BadTime", {"--stop-timeout", "soon"}, {"true"}, "'soon' is no duration"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace vigil::cli
