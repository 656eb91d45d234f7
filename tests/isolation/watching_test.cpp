// What an isolated watcher does while nothing goes wrong. The behaviour scripts are run over it as well.
#include "isolation/isolated.hpp"
#include "support/process_state.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <thread>

namespace vigil::isolation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class Watching : public Isolated {};

TEST_F(Watching, TellsWhatHappens) {
  make_directory(path("d"));
  watch_isolated();
  write_file(path("d/f"));
  EXPECT_THAT(told(), ElementsAre("created file d/f", "modified file d/f", "closed file d/f"));
  move(path("d"), path("e"));
  remove(path("e/f"));
  EXPECT_THAT(told(), ElementsAre("renamed directory d -> e", "removed file e/f"));
}

TEST_F(Watching, ReadySaysByWhat) {
  open_isolated();
  expect_done(watcher().add(root()));
  const std::vector<Told> all = catch_up(watcher());
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ("isolated/inotify", all.front().backend);
}

TEST_F(Watching, WhatExistsIsToldWhenAskedFor) {
  make_directory(path("d"));
  write_file(path("d/f"));
  open_isolated();
  expect_done(watcher().add(root(), {.initial = true}));
  EXPECT_THAT(texts(take_until(watcher(), Kind::live), root()),
              ElementsAre("ready directory .", "created directory d", "created file d/f", "live directory ."));
}

TEST_F(Watching, AFile) {
  write_file(path("f"));
  open_isolated();
  expect_done(watcher().add(path("f")));
  EXPECT_THAT(texts(catch_up(watcher()), root()), ElementsAre("ready file f"));
  append_to(path("f"));
  remove(path("f"));
  write_file(path("f"), "");
  EXPECT_THAT(told(),
              ElementsAre("modified file f", "closed file f", "removed file f", "created file f", "closed file f"));
}

TEST_F(Watching, WhatIsMissingIsRefusedOrAwaited) {
  open_isolated();
  const Status added = watcher().add(path("missing"));
  EXPECT_EQ(ErrorCode::not_found, code_of(added));
  EXPECT_THAT(added.error().message(), HasSubstr("missing"));
  EXPECT_THAT(helpers_left(), IsEmpty());
  expect_done(watcher().add(path("missing"), {.await_missing = true}));
  EXPECT_THAT(told(), ElementsAre("ready directory missing", "lost directory missing"));
  make_directory(path("missing"));
  write_file(path("missing/f"));
  const std::vector<std::string> all = texts(take_until(watcher(), Kind::live), root());
  EXPECT_THAT(all, Contains("restored directory missing"));
  // By the listing, or later.
  if (std::find(all.begin(), all.end(), "created file missing/f") == all.end()) {
    EXPECT_THAT(told(), Contains("created file missing/f"));
  }
}

TEST_F(Watching, ARootThatGoesAndComes) {
  make_directory(path("r"));
  write_file(path("r/f"));
  open_isolated();
  expect_done(watcher().add(path("r")));
  move(path("r"), outside("elsewhere"));
  EXPECT_THAT(told(), ElementsAre("ready directory r", "lost directory r"));
  make_directory(path("r"));
  EXPECT_THAT(texts(take_until(watcher(), Kind::live), root()),
              ElementsAre("restored directory r", "removed file r/f", "live directory r"));
}

TEST_F(Watching, BadRequestsAreRefused) {
  open_isolated();
  EXPECT_EQ(ErrorCode::invalid_argument, code_of(watcher().add("")));
  EXPECT_EQ(ErrorCode::invalid_argument, code_of(watcher().add(std::string("a\0b", 3))));
  EXPECT_EQ(ErrorCode::invalid_pattern, code_of(watcher().add(root(), {.exclude = {"["}})));
  EXPECT_EQ(ErrorCode::not_watchable, code_of(watcher().add("/dev/null")));
  EXPECT_EQ(ErrorCode::not_watched, code_of(watcher().remove(root())));
  expect_done(watcher().add(root()));
  EXPECT_EQ(ErrorCode::already_watched, code_of(watcher().add(root())));
  EXPECT_EQ(ErrorCode::invalid_argument, Watcher::open(isolated({.hang_timeout = 0ms})).error().code());
}

TEST_F(Watching, ARelativePathComesBackAsGiven) {
  const std::string before = std::filesystem::current_path();
  ASSERT_EQ(0, ::chdir(root().c_str()));
  open_isolated();
  const Status added = watcher().add(".");
  ASSERT_EQ(0, ::chdir(before.c_str()));
  expect_done(added);
  write_file(path("f"), "");
  EXPECT_THAT(texts(catch_up(watcher())), ElementsAre("ready directory .", "created file ./f", "closed file ./f"));
}

TEST_F(Watching, FiltersAndKinds) {
  make_directory(path("d"));
  make_directory(path("hidden"));
  open_isolated({.kinds = {Kind::created, Kind::removed, Kind::renamed}});
  watch({.exclude = {"hidden"}, .include = {"*.c"}});
  write_file(path("d/a.c"));
  write_file(path("d/a.o"));
  write_file(path("hidden/a.c"));
  EXPECT_THAT(told(), ElementsAre("created file d/a.c"));
  move(path("d/a.c"), path("d/a.x"));
  move(path("d/a.o"), path("d/o.c"));
  EXPECT_THAT(told(), ElementsAre("removed file d/a.c", "created file d/o.c"));
  move(path("d"), path("e"));  // takes along what was told
  remove(path("e/o.c"));
  remove(path("e"));
  EXPECT_THAT(told(), ElementsAre("renamed directory d -> e", "removed file e/o.c"));
}

TEST_F(Watching, NetDelivery) {
  watch_isolated({.settle = 20ms});
  write_file(path("f"));
  append_to(path("f"));
  write_file(path("g"));
  remove(path("g"));
  EXPECT_THAT(told(), ElementsAre("created file f"));
}

TEST_F(Watching, SeveralRootsAndNames) {
  make_directory(path("a"));
  make_directory(path("b"));
  const std::string odd = "x\n\xff\x01 y";
  open_isolated();
  expect_done(watcher().add(path("a")));
  expect_done(watcher().add(path("b")));
  EXPECT_THAT(helpers(), SizeIs(2));
  (void)told();
  write_file(path("a/" + odd), "");
  write_file(path("b/f"), "");
  move(path("a/" + odd), path("b/g"));
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file a/" + odd, "created file b/f", "removed file a/" + odd,
                                                 "created file b/g"));
  expect_done(watcher().remove(path("a")));
  EXPECT_THAT(helpers_left(), SizeIs(1));
  write_file(path("a/new"));
  write_file(path("b/new"), "");
  EXPECT_THAT(told_shape(), ElementsAre("created file b/new"));
  EXPECT_EQ(1u, watcher().stats().roots);
}

TEST_F(Watching, CallbackAndDescriptor) {
  std::mutex mutex;
  std::vector<std::string> called;
  {
    Watcher pushing = open_watcher(isolated({.callback = [&](const Batch& batch) {
      const std::lock_guard lock(mutex);
      for (const Event& event : batch) called.push_back(to_string(Told(event), root()));
    }}));
    expect_done(pushing.add(root()));
    write_file(path("f"), "");
    expect_done(pushing.sync(kPatience));
    const std::lock_guard lock(mutex);
    EXPECT_THAT(called, ElementsAre("ready directory .", "created file f", "closed file f"));
  }
  watch_isolated();
  pollfd polled{watcher().descriptor(), POLLIN, 0};
  remove(path("f"));
  ASSERT_EQ(1, ::poll(&polled, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())));
  EXPECT_THAT(told(), ElementsAre("removed file f"));
}

TEST_F(Watching, StatsComeFromTheHelper) {
  make_directory(path("d"));
  watch_isolated();
  write_file(path("d/f"));
  (void)told();
  const Stats stats = watcher().stats();
  EXPECT_EQ(1u, stats.roots);
  EXPECT_EQ(3u, stats.entries);
  EXPECT_GE(stats.records, 3u);
  EXPECT_GE(stats.watches, 2u);
  EXPECT_GT(stats.tree_bytes, 0u);
}

// A consumer that does not come: the channel fills, then the queues on both sides, then the kernel's.
TEST_F(Watching, ASlowConsumerGetsTheDifference) {
  const TemporaryDirectory place(place_in_memory());
  open_isolated({.queue_bytes_max = 64 * 1024, .hang_timeout = 2 * kHang});
  expect_done(watcher().add(place.path()));
  Model model(place.path());
  for (const Told& event : catch_up(watcher())) model.apply(event);
  for (int number = 0; number < 12'000; ++number) make_directory(place / ("d" + std::to_string(number)));
  for (int number = 0; number < 12'000; ++number) write_file(place / ("f" + std::to_string(number)), "");
  EXPECT_LT(watcher().stats().queued_bytes, 4u << 20);
  std::this_thread::sleep_for(3 * kHang);  // a helper that waits for room does not hang
  const std::vector<Told> all = catch_up(watcher());
  for (const Told& event : all) model.apply(event);
  EXPECT_EQ("", model.violations());
  EXPECT_EQ("", differences(model.listing(), listing_of(place.path())));
  EXPECT_EQ(0u, model.count(Kind::lost)) << reason_of(all, Kind::lost);
  EXPECT_GT(model.count(Kind::rescan), 0u) << "all of it found room";
}

TEST_F(Watching, TheHelperInheritsNothing) {
  int ends[2];
  ASSERT_EQ(0, ::pipe(ends));  // on purpose without O_CLOEXEC
  watch_isolated();
  const std::string process = "/proc/" + std::to_string(only_helper());
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
    const std::string target = std::filesystem::read_symlink(entry.path());
    EXPECT_THAT(target, ::testing::Not(::testing::StartsWith("pipe:"))) << entry.path();
  }
  EXPECT_EQ("/", std::filesystem::read_symlink(process + "/cwd").string());
  EXPECT_EQ(only_helper(), ::getpgid(only_helper()));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Watching, NothingIsLeftBehind) {
  watch_isolated();
  watcher().stop();
  (void)helpers_left();
  const std::size_t descriptors = open_descriptors();
  const std::size_t all_threads = threads();
  for (int round = 0; round < VIGIL_ROUNDS; ++round) {
    Watcher watcher = open_watcher(isolated());
    expect_done(watcher.add(root()));
    if (round % 2 == 0) write_file(path("f"));
    if (round % 3 == 0) watcher.stop();
  }
  EXPECT_THAT(helpers_left(), IsEmpty()) << "ended and not collected, or still there";
  EXPECT_EQ(descriptors, open_descriptors());
  EXPECT_EQ(all_threads, threads());
}

TEST_F(Watching, StopEndsEverythingThatWaits) {
  watch_isolated();
  std::thread consumer([&] { EXPECT_FALSE(watcher().wait()); });
  const auto begin = std::chrono::steady_clock::now();
  watcher().stop();
  consumer.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_THAT(helpers_left(), IsEmpty());
  EXPECT_EQ(ErrorCode::stopped, code_of(watcher().add(path("x"))));
}

// As this process ends, without a word.
TEST_F(Watching, HelpersEndWithTheirProgram) {
  int ends[2];
  ASSERT_EQ(0, ::pipe(ends));
  const pid_t child = ::fork();
  if (child == 0) {
    Result<Watcher> watcher = Watcher::open(isolated());
    const bool added = watcher && watcher->add(root());
    const pid_t helper = added ? helpers().front().pid : 0;
    (void)!::write(ends[1], &helper, sizeof helper);
    ::kill(::getpid(), SIGKILL);
  }
  pid_t helper = 0;
  ASSERT_EQ(static_cast<ssize_t>(sizeof helper), ::read(ends[0], &helper, sizeof helper));
  ASSERT_GT(helper, 0);
  ::waitpid(child, nullptr, 0);
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, helper, 0));
  if (handle >= 0) {  // else it has gone already
    pollfd ended{handle, POLLIN, 0};
    EXPECT_EQ(1, ::poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())));
    ::close(handle);
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace vigil::isolation
