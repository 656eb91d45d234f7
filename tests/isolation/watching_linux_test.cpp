// What an isolated watcher does, in terms of Linux.
#include "isolation/isolated.hpp"

#include <unistd.h>
#include <filesystem>
#include <thread>

namespace vigil::isolation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WatchingLinux : public Isolated {};

TEST_F(WatchingLinux, TellsAllKinds) {
  make_directory(path("d"));
  watch_isolated();
  write_file(path("d/f"));
  EXPECT_THAT(told(), ElementsAre("created file d/f", "modified file d/f", "closed file d/f"));
  move(path("d"), path("e"));
  change_mode(path("e/f"), 0600);
  remove(path("e/f"));
  EXPECT_THAT(told(), ElementsAre("renamed directory d -> e", "attributes file e/f", "removed file e/f"));
}

TEST_F(WatchingLinux, WhatIsNoFileIsRefused) {
  open_isolated();
  EXPECT_EQ(ErrorCode::not_watchable, code_of(watcher().add("/dev/null")));
}

// The choices of the caller are those of the helper.
TEST_F(WatchingLinux, TakesNoMoreWatchesThanItMay) {
  for (int number = 0; number < 20; ++number) make_directory(path("d" + std::to_string(number)));
  open_isolated({.backend = BackendChoice::inotify, .max_watches = 10});
  core::expect_done(watcher().add(root()));
  const std::vector<Told> first = catch_up(watcher());
  ASSERT_THAT(texts(first, root()), ElementsAre("ready directory .", "degraded directory ."));
  EXPECT_THAT(first[1].reason, HasSubstr("no more than 10 watches"));
  EXPECT_LE(watcher().stats().watches, 10u);
  write_file(path("d19/f"));
  write_file(path("d0/f"));
  std::size_t created = 0;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (created < 2 && std::chrono::steady_clock::now() < deadline) {
    const std::optional<Batch> batch = watcher().wait(std::chrono::milliseconds(20));
    for (const Event& event : *batch) created += event.kind == Kind::created ? 1 : 0;
  }
  EXPECT_EQ(2u, created);
}

// A consumer that does not come: the channel fills, then the queues on both sides, then the kernel's.
TEST_F(WatchingLinux, ASlowConsumerGetsTheDifference) {
  const TemporaryDirectory place(place_in_memory());
  open_isolated({.queue_bytes_max = 64 * 1024, .hang_timeout = 2 * kHang});
  expect_done(watcher().add(place.path()));
  Model model(place.path());
  for (const Told& event : catch_up(watcher())) model.apply(event);
  for (int number = 0; number < 12'000; ++number) make_directory(place / ("d" + std::to_string(number)));
  for (int number = 0; number < 12'000; ++number) write_file(place / ("f" + std::to_string(number)), "");
  // Twice what the queues were seen to hold, however much a slow machine lets pass meanwhile.
  for (int number = 0; number < 12'000; ++number) change_mode(place / ("d" + std::to_string(number)), 0700);
  for (int number = 0; number < 12'000; ++number) change_mode(place / ("f" + std::to_string(number)), 0600);
  EXPECT_LT(watcher().stats().queued_bytes, 4u << 20);
  std::this_thread::sleep_for(3 * kHang);  // a helper that waits for room does not hang
  const std::vector<Told> all = catch_up(watcher());
  for (const Told& event : all) model.apply(event);
  EXPECT_EQ("", model.violations());
  EXPECT_EQ("", differences(model.listing(), listing_of(place.path())));
  EXPECT_EQ(0u, model.count(Kind::lost)) << reason_of(all, Kind::lost);
  EXPECT_GT(model.count(Kind::rescan), 0u) << "all of it found room";
}

TEST_F(WatchingLinux, TheHelperInheritsNothing) {
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

TEST_F(WatchingLinux, AHelperThatIsNoProgram) {
  Options options = isolated();
  options.helper = path("no such helper");
  open(options);
  Status added = watcher().add(root());
  EXPECT_EQ(ErrorCode::not_found, code_of(added));
  EXPECT_THAT(added.error().message(), HasSubstr("no such helper"));
  EXPECT_EQ(0u, watcher().stats().roots);

  write_file(path("text"));
  options.helper = path("text");
  added = open(options).add(root());
  EXPECT_EQ(ErrorCode::permission_denied, code_of(added));
  change_mode(path("text"), 0700);
  added = open(options).add(root());
  EXPECT_EQ(ErrorCode::system, code_of(added));
  EXPECT_THAT(added.error().message(), HasSubstr("text"));
}

}  // namespace
}  // namespace vigil::isolation
