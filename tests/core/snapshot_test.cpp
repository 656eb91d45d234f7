// Snapshots of trees on the real disk, and what changed since.
#include "core/watching.hpp"
#include "snapshot/image.hpp"
#include "sys/whole_file.hpp"

#include <vigil/snapshot.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class Snapshots : public Watching {
 protected:
  std::string file() const { return outside("snapshot"); }

  // What was made so far is told apart from what follows.
  Snapshot take(const RootOptions& options = {}, bool hash = false) {
    let_clock_of_files_tick();
    Result<Snapshot> snapshot = Snapshot::take(root(), options, hash);
    EXPECT_TRUE(snapshot) << snapshot.error().message();
    let_clock_of_files_tick();
    return *std::move(snapshot);
  }

  // The changes, and the snapshot that holds them.
  std::vector<std::string> changes(const Snapshot& since, std::optional<Snapshot>* now = nullptr,
                                   bool reads_all = false) {
    std::vector<Told> told;
    Result<Snapshot> after = since.tell_changes(
        [&](const Batch& batch) {
          for (const Event& event : batch) told.emplace_back(event);
        },
        reads_all);
    EXPECT_TRUE(after) << after.error().message();
    if (after && now != nullptr) *now = *after;
    std::erase_if(told, [](const Told& each) { return each.kind == Kind::ready || each.kind == Kind::live; });
    for (const Told& each : told) EXPECT_TRUE(each.synthetic);
    return texts(told, root());
  }
};

TEST_F(Snapshots, NothingChangedNothingTold) {
  make_directory(path("d/e"));
  write_file(path("d/f"));
  const Snapshot before = take();
  EXPECT_EQ(before.entries(), 3u);
  EXPECT_EQ(before.path(), root());
  EXPECT_THAT(changes(before), IsEmpty());
}

TEST_F(Snapshots, TellsWhatChanged) {
  make_directory(path("d"));
  for (const char* const name : {"d/gone", "d/written", "d/moved"}) write_file(path(name));
  const Snapshot before = take();
  remove(path("d/gone"));
  append_to(path("d/written"));
  move(path("d/moved"), path("there"));
  make_directory(path("new"));
  write_file(path("new/f"));
  let_clock_of_files_tick();
  std::optional<Snapshot> now;
  const std::vector<std::string> told = changes(before, &now);
  EXPECT_THAT(told, Contains("removed file d/gone"));
  EXPECT_THAT(told, Contains("modified file d/written"));
  EXPECT_THAT(told, Contains("renamed file d/moved -> there"));
  EXPECT_THAT(told, Contains("created directory new"));
  EXPECT_THAT(told, Contains("created file new/f"));
  ASSERT_TRUE(now);
  EXPECT_THAT(changes(*now), IsEmpty());
}

TEST_F(Snapshots, AFileKeepsIt) {
  write_file(path("f"));
  expect_done(take({.exclude = {"x*"}, .include = {"*f"}}).save(file()));
  const Result<Snapshot> loaded = Snapshot::load(file());
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->options().exclude, std::vector<std::string>{"x*"});
  EXPECT_EQ(loaded->options().include, std::vector<std::string>{"*f"});
  EXPECT_EQ(loaded->entries(), 1u);
  append_to(path("f"));
  EXPECT_THAT(changes(*loaded), Contains("modified file f"));
  EXPECT_FALSE(std::filesystem::exists(file() + std::string(sys::kUnfinished)));
}

// A file that was only touched, one that was rewritten as it was, one that moved; and one that did change.
TEST_F(Snapshots, HashesTellWhatOnlyLooksChanged) {
  for (const char* const name : {"touched", "rewritten", "moved", "changed"}) write_file(path(name), "content");
  make_directory(path("d"));
  const Snapshot before = take({}, true);
  EXPECT_TRUE(before.has_hashes());
  std::filesystem::last_write_time(path("touched"), std::filesystem::file_time_type::clock::now());
  save_atomically(path("rewritten"), "content");
  move(path("moved"), path("d/moved"));
  write_file(path("changed"), "CONTENT");
  let_clock_of_files_tick();
  std::optional<Snapshot> now;
  const std::vector<std::string> told = changes(before, &now);
  EXPECT_THAT(told, Contains("modified file changed"));
  EXPECT_THAT(told, Contains("renamed file moved -> d/moved"));
  EXPECT_THAT(told, Not(Contains("modified file touched")));
  EXPECT_THAT(told, Not(Contains("modified file rewritten")));
  EXPECT_THAT(told, Contains("attributes file touched"));
  ASSERT_TRUE(now);
  EXPECT_TRUE(now->has_hashes());
  EXPECT_THAT(changes(*now), IsEmpty());
  save_atomically(path("changed"), "CONTENT");
  let_clock_of_files_tick();
  EXPECT_THAT(changes(*now), Not(Contains("modified file changed")));
}

// Nothing that the system keeps of it says that it changed: as on a disk that fails. Here the hash is not of the
// content.
TEST_F(Snapshots, ReadingAllFindsWhatLooksTheSame) {
  write_file(path("f"), "content");
  write_file(path("g"), "content");
  const Snapshot before = take({}, true);
  snapshot::Writer writer(before.image().description());
  snapshot::Reader reader = before.image().reader();
  writer.begin(reader.root());
  writer.begin_directory(*reader.next_directory());
  for (int entry = 0; entry < 2; ++entry) {
    snapshot::Entry changed = reader.next();
    ASSERT_TRUE(changed.hash);
    if (changed.name == "f") (*changed.hash)[3] ^= 1;
    writer.add(changed);
  }
  auto image = snapshot::Image::of(writer.finish());
  ASSERT_TRUE(image);
  const Snapshot other(*image);
  EXPECT_THAT(changes(other), IsEmpty());
  EXPECT_THAT(changes(other, nullptr, true), ElementsAre("modified file f"));
}

TEST_F(Snapshots, OfOneFile) {
  const std::string one = path("f");
  write_file(one);
  write_file(path("other"));
  let_clock_of_files_tick();
  const Result<Snapshot> before = Snapshot::take(one, {});
  ASSERT_TRUE(before) << before.error().message();
  let_clock_of_files_tick();
  append_to(one);
  append_to(path("other"));
  const std::vector<std::string> told = changes(*before);
  EXPECT_THAT(told, Contains("modified file f"));
  EXPECT_THAT(told, Not(Contains(HasSubstr("other"))));
}

TEST_F(Snapshots, WhatCannotBeTakenIsRefused) {
  const Result<Snapshot> missing = Snapshot::take(path("missing"), {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  const Result<Snapshot> pattern = Snapshot::take(root(), {.exclude = {"["}});
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().code(), ErrorCode::invalid_pattern);
}

TEST_F(Snapshots, TheRootIsGone) {
  const Snapshot before = take();
  move(root(), outside("elsewhere"));
  const Result<Snapshot> after = before.tell_changes([](const Batch&) {});
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code(), ErrorCode::not_found);
}

TEST_F(Snapshots, FilesThatAreNone) {
  const auto message = [&](std::string_view content) {
    write_file(file(), content);
    const Result<Snapshot> loaded = Snapshot::load(file());
    if (loaded) return std::string("sound");
    EXPECT_EQ(loaded.error().code(), ErrorCode::damaged);
    EXPECT_THAT(loaded.error().message(), HasSubstr(file()));
    return loaded.error().message();
  };
  EXPECT_THAT(message(""), HasSubstr("empty"));
  EXPECT_THAT(message("hello"), HasSubstr("is no snapshot of vigil"));
  expect_done(take().save(file()));
  std::string bytes;
  std::getline(std::ifstream(file(), std::ios::binary), bytes, '\0');
  EXPECT_THAT(message(bytes), HasSubstr("cut off"));
  EXPECT_FALSE(Snapshot::load(outside("missing")));
  EXPECT_EQ(Snapshot::load(outside("missing")).error().code(), ErrorCode::not_found);
  EXPECT_FALSE(Snapshot::load(root()));
}

// Whatever happens while it is written, the old one or the new one is there.
TEST_F(Snapshots, SavesWholeOrNotAtAll) {
  const Snapshot one = take();
  write_file(path("f"));
  const Snapshot other = take();
  expect_done(one.save(file()));
  std::atomic<bool> stops = false;
  std::thread writer([&] {
    for (int round = 0; round < 200; ++round) (void)(round % 2 == 0 ? other : one).save(file());
    stops = true;
  });
  while (!stops) {
    const Result<Snapshot> loaded = Snapshot::load(file());
    EXPECT_TRUE(loaded) << loaded.error().message();
  }
  writer.join();
}

TEST_F(Snapshots, CannotBeSavedEverywhere) {
  const Snapshot snapshot = take();
  const Status status = snapshot.save(outside("missing/snapshot"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::not_found);
  EXPECT_FALSE(snapshot.save(root()));
}

// A watch of the kind, that goes on from a snapshot.
class SinceSnapshot : public Snapshots, public ::testing::WithParamInterface<BackendChoice> {
 protected:
  Watcher& open_one() { return open({.kinds = kAlike, .backend = GetParam()}); }

  std::vector<std::string> begin(const Snapshot& since) {
    open_one();
    RootOptions options;
    options.since = since;
    expect_done(watcher().add(root(), options));
    return texts(take_until(watcher(), Kind::live), root());
  }
};
INSTANTIATE_TEST_SUITE_P(, SinceSnapshot, ::testing::Values(BackendChoice::automatic, BackendChoice::poll));

TEST_P(SinceSnapshot, TellsTheDifferenceAndGoesOn) {
  make_directory(path("d"));
  write_file(path("d/f"));
  const Snapshot before = take();
  move(path("d/f"), path("f"));
  make_directory(path("e"));
  write_file(path("e/new"));
  let_clock_of_files_tick();
  const std::vector<std::string> told = begin(before);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front(), "ready directory .");
  EXPECT_THAT(told, Contains("renamed file d/f -> f"));
  EXPECT_THAT(told, Contains("created directory e"));
  EXPECT_THAT(told, Contains("created file e/new"));
  write_file(path("e/live"));
  EXPECT_THAT(this->told(), Contains("created file e/live"));
}

TEST_P(SinceSnapshot, SavesWhatWasToldSinceThen) {
  write_file(path("f"));
  (void)begin(take());
  write_file(path("g"));
  append_to(path("f"));
  (void)told();
  let_clock_of_files_tick();
  (void)told();  // a poll tells once more of what may have been written after it was found
  expect_done(watcher().save(root(), file()));
  watcher().stop();
  const Result<Snapshot> saved = Snapshot::load(file());
  ASSERT_TRUE(saved) << saved.error().message();
  EXPECT_THAT(changes(*saved), IsEmpty());
  append_to(path("g"));
  EXPECT_THAT(changes(*saved), ElementsAre("modified file g"));
}

// What is queued and was not taken comes again.
TEST_P(SinceSnapshot, WhatWasNotTakenComesAgain) {
  (void)begin(take());
  write_file(path("f"));
  expect_done(watcher().sync(30s));
  const Result<Snapshot> saved = watcher().snapshot(root());
  ASSERT_TRUE(saved) << saved.error().message();
  watcher().stop();
  EXPECT_THAT(changes(*saved), Contains("created file f"));
}

TEST_P(SinceSnapshot, OfARootThatIsNotWatched) {
  open_one();
  const Result<Snapshot> none = watcher().snapshot(root());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::not_watched);
  expect_done(watcher().add(root()));
  watcher().stop();
  EXPECT_EQ(watcher().snapshot(root()).error().code(), ErrorCode::stopped);
}

TEST_P(SinceSnapshot, FromTheCallback) {
  const Snapshot before = take();
  std::atomic<bool> saved = false;
  Watcher* self = nullptr;
  Watcher& watcher = open({.backend = GetParam(), .callback = [&](const Batch& batch) {
                             for (const Event& event : batch) {
                               if (event.kind != Kind::created) continue;
                               const Result<Snapshot> snapshot = self->snapshot(root());
                               EXPECT_TRUE(snapshot) << snapshot.error().message();
                               saved = true;
                             }
                           }});
  self = &watcher;
  RootOptions options;
  options.since = before;
  expect_done(watcher.add(root(), options));
  write_file(path("f"));
  expect_done(watcher.sync(30s));
  EXPECT_TRUE(saved);
  const Result<Snapshot> after = watcher.snapshot(root());
  EXPECT_TRUE(after) << after.error().message();
}

// Snapshots are made while others write and the consumer takes.
TEST_P(SinceSnapshot, WhileOthersWrite) {
  (void)begin(take());
  std::atomic<bool> stops = false;
  std::thread writer([&] {
    for (int number = 0; !stops; ++number) {
      write_file(path("f" + std::to_string(number % 50)));
      if (number % 7 == 0) remove(path("f" + std::to_string(number % 50)));
    }
  });
  for (int round = 0; round < 5; ++round) {
    const Result<Snapshot> snapshot = watcher().snapshot(root());
    EXPECT_TRUE(snapshot) << snapshot.error().message();
    (void)watcher().wait(1ms);
  }
  stops = true;
  writer.join();
}

TEST_P(SinceSnapshot, NotWithInitial) {
  open_one();
  RootOptions options;
  options.since = take();
  options.initial = true;
  EXPECT_EQ(code_of(watcher().add(root(), options)), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace vigil::core
