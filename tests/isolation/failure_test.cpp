// Helpers that are killed, stopped, or are none.
#include "fake/seeds.hpp"
#include "isolation/isolated.hpp"
#include "support/descriptor.hpp"
#include "support/random_work.hpp"
#include "sys/error_codes.hpp"
#include "sys/process.hpp"

#include <array>
#include <fstream>
#include <random>
#include <thread>

namespace vigil::isolation {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Failure : public Isolated {
 protected:
  // Waits until a program has said it.
  static void hear(sys::Processes& processes, sys::Process& process, std::string_view words) {
    std::string heard;
    std::array<char, 64> room;
    while (heard != words) {
      ASSERT_TRUE(is_readable(processes.descriptor(), kPatience));
      (void)processes.look();
      const sys::Transfer received = process.receive(room);
      ASSERT_FALSE(received.closed) << heard;
      heard.append(room.data(), received.bytes);
    }
  }

  // Ends the only helper, and returns when the watcher has said so.
  std::vector<Told> kill_helper() {
    kill_process(only_helper());
    return take_until(watcher(), Kind::lost);
  }
};

TEST_F(Failure, AKilledHelperIsLostAndRestored) {
  make_directory(path("d"));
  write_file(path("d/f"));
  let_clock_of_files_tick();
  watch_isolated();
  const std::vector<Told> lost = kill_helper();
  EXPECT_THAT(plainly(lost, root()), ElementsAre("lost directory ."));
  EXPECT_THAT(lost.back().reason, HasSubstr(kKilled));
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), root()),
              ElementsAre("restored directory .", "live directory ."));
  write_file(path("d/g"), "");
  EXPECT_THAT(told_plainly(), ElementsAre("created file d/g"));
  EXPECT_THAT(helpers_left(), SizeIs(1));
  EXPECT_EQ(1u, watcher().stats().losses);
}

// The watcher does not look while the consumer is away for less than that, and the helper is stopped meanwhile: so all
// this happens without a helper.
TEST_F(Failure, WhatHappenedMeanwhileIsTold) {
  make_directory(path("d/sub"));
  for (const char* const name : {"written", "untouched", "moved", "gone", "d/sub/deep"}) write_file(path(name));
  watch_isolated();
  append_to(path("untouched"));
  settle();
  const ProcessId helper = only_helper();
  pause_process(helper);
  append_to(path("written"));
  move(path("moved"), path("d/moved"));
  remove(path("gone"));
  write_file(path("new"));
  move(path("d/sub"), path("elsewhere"));
  change_mode(path("elsewhere/deep"), 0600);
  kill_process(helper);
  const std::vector<std::string> all = texts(take_until(watcher(), Kind::live), root());
  EXPECT_THAT(all, Contains("modified file written"));
  EXPECT_THAT(all, Contains("renamed file moved -> d/moved"));
  EXPECT_THAT(all, Contains("removed file gone"));
  EXPECT_THAT(all, Contains("created file new"));
  EXPECT_THAT(all, Contains("renamed directory d/sub -> elsewhere"));
  EXPECT_THAT(all, Contains("attributes file elsewhere/deep"));
  EXPECT_THAT(all, Not(Contains(HasSubstr("untouched"))));
}

// Told by its identity although it was made while it was watched, and known without one at first.
TEST_F(Failure, WhatWasMadeMeanwhileIsRecognised) {
  watch_isolated();
  make_directory(path("d"));
  make_directory(path("g"));
  write_file(path("g/f"));
  (void)told();  // sync() has the helper find out about it
  settle();
  std::this_thread::sleep_for(300ms);  // nothing tells when it has told what it has found out
  const ProcessId helper = only_helper();
  pause_process(helper);
  move(path("g/f"), path("f"));
  move(path("d"), path("e"));
  kill_process(helper);
  const std::vector<std::string> all = texts(take_until(watcher(), Kind::live), root());
  EXPECT_THAT(all, Contains("renamed directory d -> e"));
  EXPECT_THAT(all, Contains("renamed file g/f -> f"));
}

TEST_F(Failure, AFileAsARoot) {
  write_file(path("f"));
  open_isolated();
  expect_done(watcher().add(path("f")));
  (void)told();
  let_clock_of_files_tick();
  const ProcessId helper = only_helper();
  pause_process(helper);
  append_to(path("f"));
  kill_process(helper);
  const std::vector<Told> all = take_until(watcher(), Kind::live);
  EXPECT_THAT(plainly(all, root()), ElementsAre("lost file f", "restored file f", "live file f"));
  EXPECT_THAT(texts(all, root()), Contains("modified file f"));
  remove(path("f"));
  EXPECT_THAT(told(), Contains("removed file f"));
}

// Perhaps before its helper has told everything about it.
TEST_F(Failure, AFileThatHasJustBecomeARoot) {
  write_file(path("f"));
  for (int round = 0; round < 5; ++round) {
    open_isolated();
    expect_done(watcher().add(path("f"), {.initial = true}));
    for (const ProcessId helper : helpers()) kill_process(helper);
    (void)told();
    append_to(path("f"));
    EXPECT_THAT(told(), Contains("modified file f"));
    EXPECT_EQ(2u, watcher().stats().entries);
  }
}

// The root is gone as well: it stays lost until it comes back.
TEST_F(Failure, TheRootGoesMeanwhile) {
  make_directory(path("r"));
  write_file(path("r/f"));
  let_clock_of_files_tick();
  open_isolated();
  expect_done(watcher().add(path("r")));
  (void)told();
  const ProcessId helper = only_helper();
  pause_process(helper);
  move(path("r"), path("away"));
  kill_process(helper);
  EXPECT_THAT(plainly(take_until(watcher(), Kind::lost), root()), ElementsAre("lost directory r"));
  EXPECT_THAT(told_plainly(), IsEmpty());
  move(path("away"), path("r"));
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), root()),
              ElementsAre("restored directory r", "live directory r"));
}

TEST_F(Failure, KilledWhileTheRootIsGone) {
  make_directory(path("r"));
  open_isolated();
  expect_done(watcher().add(path("r")));
  move(path("r"), path("away"));
  EXPECT_THAT(told_plainly(), ElementsAre("ready directory r", "lost directory r"));
  kill_process(only_helper());
  EXPECT_THAT(plainly(take_until(watcher(), Kind::error), root()), ElementsAre("error directory r"));
  expect_done(watcher().sync(kPatience));
  move(path("away"), path("r"));
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), root()),
              ElementsAre("restored directory r", "live directory r"));
}

TEST_F(Failure, OneRootOfTwo) {
  make_directory(path("a"));
  make_directory(path("b"));
  open_isolated();
  expect_done(watcher().add(path("a")));
  const ProcessId first = only_helper();
  expect_done(watcher().add(path("b")));
  (void)told();
  kill_process(first);
  write_file(path("b/f"), "");
  const std::vector<std::string> all = texts(take_until(watcher(), Kind::live), root());
  EXPECT_THAT(all, Contains("lost directory a"));
  EXPECT_THAT(all, Contains("created file b/f"));
  EXPECT_THAT(all, Not(Contains("lost directory b")));
}

// sync() waits for what the next helper has to tell.
TEST_F(Failure, SyncSpansTheLoss) {
  watch_isolated();
  const ProcessId helper = only_helper();
  pause_process(helper);
  write_file(path("f"), "");
  std::thread killer([&] {
    std::this_thread::sleep_for(20ms);
    kill_process(helper);
  });
  EXPECT_THAT(told_plainly(),
              ElementsAre("lost directory .", "restored directory .", "created file f", "live directory ."));
  killer.join();
}

TEST_F(Failure, AStoppedHelperIsNoticedBySync) {
  watch_isolated({.hang_timeout = kHang});
  write_file(path("before"), "");
  settle();
  const ProcessId helper = only_helper();
  pause_process(helper);
  write_file(path("f"), "");
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Told> all = catch_up(watcher());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, kHang);
  EXPECT_THAT(plainly(all, root()),
              ElementsAre("lost directory .", "restored directory .", "created file f", "live directory ."));
  EXPECT_THAT(reason_of(all, Kind::lost), HasSubstr("no sign of life for " + std::to_string(kHang.count()) + " ms"));
  EXPECT_NE(helper, only_helper());
}

// A helper that was active is asked once whether it still is.
TEST_F(Failure, AStoppedHelperIsNoticedAfterActivity) {
  watch_isolated({.hang_timeout = kHang});
  settle();
  pause_process(only_helper());
  write_file(path("g"), "");
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), root()),
              ElementsAre("lost directory .", "restored directory .", "created file g", "live directory ."));
}

// Without sync(), and without anybody in wait(): the watcher's own thread notices.
TEST_F(Failure, NoticedWhileNobodyWaits) {
  watch_isolated();
  const ProcessId helper = only_helper();
  kill_process(helper);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::vector<ProcessId> all = helpers();
    if (all.size() == 1 && all.front() != helper) break;
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), root()),
              ElementsAre("lost directory .", "restored directory .", "live directory ."));
}

TEST_F(Failure, StopDoesNotWaitForAStoppedHelper) {
  watch_isolated();
  pause_process(only_helper());
  const auto begin = std::chrono::steady_clock::now();
  watcher().stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_THAT(helpers_left(), IsEmpty());
}

// A root that is removed takes along what was asked of its helper.
TEST_F(Failure, RemoveEndsWhatWasAsked) {
  watch_isolated({.hang_timeout = 1h});
  pause_process(only_helper());
  std::thread syncer([&] { expect_done(watcher().sync(kPatience)); });
  std::this_thread::sleep_for(50ms);
  expect_done(watcher().remove(root()));
  syncer.join();
  EXPECT_THAT(helpers_left(), IsEmpty());
}

// Helpers die all the time while the tree changes; whoever believes the events is right whenever it is quiet.
TEST_F(Failure, TheReplayLawHolds) {
  for (const std::uint64_t seed : fake::seeds(VIGIL_SEEDS)) {
    SCOPED_TRACE("VIGIL_SEED=" + std::to_string(seed));
    const TemporaryDirectory place(place_in_memory());
    const std::string inside = place / "inside";
    make_directory(inside);
    make_directory(place / "outside");
    work_together(seed * 100, 2, 200, inside, place / "outside");
    Watcher watcher = open_watcher(isolated());
    expect_done(watcher.add(inside));
    Model model(inside, listing_of(inside));
    std::mt19937_64 random(seed);
    for (std::uint64_t round = 1; round <= 5 && !HasFailure(); ++round) {
      std::thread killer([&] {
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
        for (const ProcessId helper : helpers()) kill_process(helper);
      });
      work_together(seed * 100 + round, 2, 300, inside, place / "outside");
      killer.join();
      for (const Told& event : catch_up(watcher)) model.apply(event);
      EXPECT_EQ("", model.violations());
      EXPECT_EQ("", differences(model.listing(), listing_of(inside))) << model.history();
    }
    EXPECT_GT(model.count(Kind::lost), 0u);
    EXPECT_GT(model.count(Kind::restored), 0u);
    if (HasFailure()) return;
  }
}

// The same, from nothing, with the listing told.
TEST_F(Failure, KilledWhileItLists) {
  const TemporaryDirectory place(place_in_memory());
  for (int number = 0; number < VIGIL_FILES / 10; ++number) {
    const std::string directory = place / ("d" + std::to_string(number / 10));
    if (number % 10 == 0) make_directory(directory);
    write_file(directory + "/" + std::to_string(number));
  }
  for (int round = 0; round < 5; ++round) {
    SCOPED_TRACE(round);
    Watcher watcher = open_watcher(isolated());
    Model model(place.path());
    expect_done(watcher.add(place.path(), {.initial = true}));
    std::this_thread::sleep_for(std::chrono::milliseconds(2 * round));
    for (const ProcessId helper : helpers()) kill_process(helper);
    for (const Told& event : catch_up(watcher)) model.apply(event);
    EXPECT_EQ("", model.violations());
    EXPECT_EQ("", differences(model.listing(), listing_of(place.path())));
  }
}

// More than fits into what is sent at a time.
TEST_F(Failure, ALargeTreeIsHandedOver) {
  constexpr int kFiles = VIGIL_FILES;
  const TemporaryDirectory place(place_in_memory());
  for (int number = 0; number < kFiles; ++number) {
    const std::string directory = place / ("d" + std::to_string(number / 1000));
    if (number % 1000 == 0) make_directory(directory);
    std::ofstream(directory + "/a file with rather a long name " + std::to_string(number));
  }
  let_clock_of_files_tick();
  open_isolated();
  const auto begin = std::chrono::steady_clock::now();
  expect_done(watcher().add(place.path()));
  (void)kill_helper();
  EXPECT_THAT(plainly(take_until(watcher(), Kind::live), place.path()),
              ElementsAre("restored directory .", "live directory ."));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience) << "what there is room for is sent at once";
  EXPECT_EQ(1u + kFiles / 1000 + kFiles, watcher().stats().entries);
}

TEST_F(Failure, AHelperThatIsMissing) {
  Options options = isolated();
  options.helper = path("no such helper");
  open(options);
  const Status added = watcher().add(root());
  EXPECT_EQ(ErrorCode::not_found, code_of(added));
  EXPECT_THAT(added.error().message(), HasSubstr("no such helper"));
  EXPECT_EQ(0u, watcher().stats().roots);
}

// With which job, pipe or signal is the system's business.
TEST_F(Failure, HelpersEndWithTheirProgram) {
  const auto processes = sys::open_processes();
  ASSERT_TRUE(processes);
  const auto program = processes.value->start(fake_helper(), {"program", root(), command()});
  ASSERT_TRUE(program) << sys::words_of(program.error);
  hear(*processes.value, *program.value, "watches");
  const std::vector<ProcessId> all = helpers_of(program.value->id());
  ASSERT_THAT(all, SizeIs(1));
  kill_process(program.value->id());
  EXPECT_TRUE(ends(all.front()));
}

}  // namespace
}  // namespace vigil::isolation
