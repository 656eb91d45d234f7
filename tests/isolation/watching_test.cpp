// What an isolated watcher does while nothing goes wrong. The behaviour scripts are run over it as well.
#include "isolation/isolated.hpp"
#include "support/descriptor.hpp"
#include "support/process_state.hpp"

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
  const std::vector<std::string> all = told();
  EXPECT_THAT(all, Contains("created file d/f"));
  EXPECT_THAT(all, Contains("modified file d/f"));
  move(path("d"), path("e"));
  remove(path("e/f"));
  EXPECT_THAT(told_shape(), ElementsAre("renamed directory d -> e", "removed file e/f"));
}

TEST_F(Watching, ReadySaysByWhat) {
  open_isolated();
  expect_done(watcher().add(root()));
  const std::vector<Told> all = catch_up(watcher());
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ("isolated/" VIGIL_BACKEND, all.front().backend);
}

TEST_F(Watching, WhatExistsIsToldWhenAskedFor) {
  make_directory(path("d"));
  write_file(path("d/f"));
  open_isolated();
  expect_done(watcher().add(root(), {.initial = true}));
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), root()),
              ElementsAre("ready directory .", "created directory d", "created file d/f", "live directory ."));
}

TEST_F(Watching, AFile) {
  write_file(path("f"));
  open_isolated();
  expect_done(watcher().add(path("f")));
  EXPECT_THAT(told_plainly(), ElementsAre("ready file f"));
  append_to(path("f"));
  EXPECT_THAT(told(), Contains("modified file f"));
  remove(path("f"));
  EXPECT_THAT(told_plainly(), ElementsAre("removed file f"));
  write_file(path("f"), "");
  EXPECT_THAT(told_plainly(), ElementsAre("created file f"));
}

TEST_F(Watching, WhatIsMissingIsRefusedOrAwaited) {
  open_isolated();
  const Status added = watcher().add(path("missing"));
  EXPECT_EQ(ErrorCode::not_found, code_of(added));
  EXPECT_THAT(added.error().message(), HasSubstr("missing"));
  EXPECT_THAT(helpers_left(), IsEmpty());
  expect_done(watcher().add(path("missing"), {.await_missing = true}));
  EXPECT_THAT(told_plainly(), ElementsAre("ready directory missing", "lost directory missing"));
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
  EXPECT_THAT(told_plainly(), ElementsAre("ready directory r", "lost directory r"));
  make_directory(path("r"));
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), root()),
              ElementsAre("restored directory r", "removed file r/f", "live directory r"));
}

TEST_F(Watching, BadRequestsAreRefused) {
  open_isolated();
  EXPECT_EQ(ErrorCode::invalid_argument, code_of(watcher().add("")));
  EXPECT_EQ(ErrorCode::invalid_argument, code_of(watcher().add(std::string("a\0b", 3))));
  EXPECT_EQ(ErrorCode::invalid_pattern, code_of(watcher().add(root(), {.exclude = {"["}})));
  EXPECT_EQ(ErrorCode::not_watched, code_of(watcher().remove(root())));
  expect_done(watcher().add(root()));
  EXPECT_EQ(ErrorCode::already_watched, code_of(watcher().add(root())));
  EXPECT_EQ(ErrorCode::invalid_argument, Watcher::open(isolated({.hang_timeout = 0ms})).error().code());
}

TEST_F(Watching, ARelativePathComesBackAsGiven) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(root());
  open_isolated();
  const Status added = watcher().add(".");
  std::filesystem::current_path(before);
  expect_done(added);
  write_file(path("f"), "");
  EXPECT_THAT(plainly(catch_up(watcher()), {}), ElementsAre("ready directory .", "created file ./f"));
}

TEST_F(Watching, FiltersAndKinds) {
  make_directory(path("d"));
  make_directory(path("hidden"));
  open_isolated({.kinds = {Kind::created, Kind::removed, Kind::renamed}});
  watch({.exclude = {"hidden"}, .include = {"*.c"}});
  write_file(path("d/a.c"));
  write_file(path("d/a.o"));
  write_file(path("hidden/a.c"));
  EXPECT_THAT(told_shape(), ElementsAre("created file d/a.c"));
  move(path("d/a.c"), path("d/a.x"));
  move(path("d/a.o"), path("d/o.c"));
  EXPECT_THAT(told_shape(), ElementsAre("removed file d/a.c", "created file d/o.c"));
  move(path("d"), path("e"));  // takes along what was told
  EXPECT_THAT(told_shape(), ElementsAre("renamed directory d -> e"));
  remove(path("e/o.c"));
  EXPECT_THAT(told_shape(), ElementsAre("removed file e/o.c"));
}

// Rules are read by the helper, and followed.
TEST_F(Watching, IgnoreFiles) {
  write_file(path(".gitignore"), "*.o\n");
  write_file(path("b.o"));
  write_file(outside("mine"), "c\n");
  RootOptions options;
  options.ignore = {.standard = true, .more = {outside("mine")}};
  options.exclude_regex = {"^d$"};
  open_isolated();
  watch(options);
  for (const char* const name : {"a", "a.o", "c", "d"}) write_file(path(name));
  EXPECT_THAT(told_shape(), ElementsAre("created file a"));
  write_file(outside("put"), "a\n");
  move(outside("put"), path(".gitignore"));
  std::vector<std::string> shape = told_shape();
  // Windows does not say whether a name's entry was replaced, or went and another came.
  if constexpr (std::filesystem::path::preferred_separator != '/') {
    std::erase_if(shape, [](const std::string& event) { return event.ends_with(".gitignore"); });
  }
  EXPECT_THAT(shape, ::testing::UnorderedElementsAre("created file a.o", "created file b.o", "removed file a"));
}

TEST_F(Watching, NetDelivery) {
  watch_isolated({.settle = 20ms});
  write_file(path("f"));
  append_to(path("f"));
  write_file(path("g"));
  remove(path("g"));
  EXPECT_THAT(told_shape(), ElementsAre("created file f"));
}

TEST_F(Watching, SeveralRootsAndNames) {
  make_directory(path("a"));
  make_directory(path("b"));
  const std::string odd = kOddName;
  open_isolated();
  expect_done(watcher().add(path("a")));
  expect_done(watcher().add(path("b")));
  EXPECT_THAT(helpers(), SizeIs(2));
  (void)told();
  write_file(path("a/" + odd), "");
  write_file(path("b/f"), "");
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file a/" + odd, "created file b/f"));
  move(path("a/" + odd), path("b/g"));
  EXPECT_THAT(told_shape(), UnorderedElementsAre("removed file a/" + odd, "created file b/g"));
  expect_done(watcher().remove(path("a")));
  EXPECT_THAT(helpers_left(), SizeIs(1));
  write_file(path("a/new"));
  write_file(path("b/new"), "");
  EXPECT_THAT(told_shape(), ElementsAre("created file b/new"));
  EXPECT_EQ(1u, watcher().stats().roots);
}

TEST_F(Watching, CallbackAndDescriptor) {
  std::mutex mutex;
  std::vector<Told> called;
  {
    Watcher pushing = open_watcher(isolated({.callback = [&](const Batch& batch) {
      const std::lock_guard lock(mutex);
      for (const Event& event : batch) called.emplace_back(event);
    }}));
    expect_done(pushing.add(root()));
    write_file(path("f"), "");
    expect_done(pushing.sync(kPatience));
    const std::lock_guard lock(mutex);
    EXPECT_THAT(plainly(called, root()), ElementsAre("ready directory .", "created file f"));
  }
  watch_isolated();
  const Descriptor descriptor = watcher().descriptor();
  remove(path("f"));
  ASSERT_TRUE(is_readable(descriptor, kPatience));
  EXPECT_THAT(told_shape(), ElementsAre("removed file f"));
}

TEST_F(Watching, StatsComeFromTheHelper) {
  make_directory(path("d"));
  watch_isolated();
  write_file(path("d/f"));
  (void)told();
  const Stats stats = watcher().stats();
  EXPECT_EQ(1u, stats.roots);
  EXPECT_EQ(3u, stats.entries);
  EXPECT_GE(stats.records, 1u);
  EXPECT_GE(stats.watches, 1u);
  EXPECT_GT(stats.tree_bytes, 0u);
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

TEST_F(Watching, StopsWhileAHelperStarts) {
  for (int round = 0; round < VIGIL_ROUNDS; ++round) {
    Watcher watcher = open_watcher(isolated());
    std::thread adder([&] {
      const Status added = watcher.add(root());
      EXPECT_TRUE(added || code_of(added) == ErrorCode::stopped) << added.error().message();
    });
    std::this_thread::sleep_for(std::chrono::microseconds(50 * round));
    const auto begin = std::chrono::steady_clock::now();
    watcher.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    adder.join();
  }
  EXPECT_THAT(helpers_left(), IsEmpty());
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

}  // namespace
}  // namespace vigil::isolation
