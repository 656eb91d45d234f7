// Polling on the real disk.
#include "core/watching.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Polling : public Watching {
 protected:
  Polling() { open({.kinds = kAlike, .backend = BackendChoice::poll}); }
};

TEST_F(Polling, SaysSo) {
  expect_done(watcher().add(root()));
  const std::optional<Batch> batch = watcher().wait(10s);
  ASSERT_TRUE(batch && batch->size() == 1);
  EXPECT_EQ((*batch)[0].backend, "poll");
}

TEST_F(Polling, SyncTellsAllThatWasDone) {
  make_directory(path("d"));
  write_file(path("d/f"));
  watch();
  write_file(path("d/new"));
  append_to(path("d/f"));
  make_directory(path("e/g"));
  EXPECT_THAT(told(), UnorderedElementsAre("created file d/new", "modified file d/f", "created directory e",
                                           "created directory e/g"));
  remove(path("d/new"));
  EXPECT_THAT(told_shape(), Contains("removed file d/new"));
  EXPECT_THAT(told_shape(), IsEmpty());
}

// Within a tick of the clock, again and again.
TEST_F(Polling, SyncTellsWhatWasWrittenJustNow) {
  write_file(path("f"));
  watch();
  for (int round = 0; round < 50; ++round) {
    append_to(path("f"));
    EXPECT_THAT(told(), Contains("modified file f"));
  }
}

TEST_F(Polling, TellsWithoutBeingAsked) {
  watch();
  write_file(path("f"));
  const std::optional<Batch> batch = watcher().wait(10s);
  ASSERT_TRUE(batch && !batch->empty());
  EXPECT_EQ((*batch)[0].kind, Kind::created);
  EXPECT_TRUE((*batch)[0].synthetic);
}

// More entries than a patrol has, and more directories.
TEST_F(Polling, OfManyEntriesTellsThoseThatChanged) {
  make_directory(path("many"));
  for (int number = 0; number < 600; ++number) write_file(path("many/" + std::to_string(number)));
  for (int number = 0; number < 100; ++number) make_directory(path("d" + std::to_string(number)));
  watch();
  append_to(path("many/543"));
  write_file(path("d77/f"));
  remove(path("many/99"));
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file d77/f", "removed file many/99"));
}

TEST_F(Polling, StopsInTheMiddleOfAPass) {
  for (int number = 0; number < 100; ++number) {
    make_directory(path("d" + std::to_string(number)));
    write_file(path("d" + std::to_string(number) + "/f"));
  }
  watch();
  (void)watcher().sync(0ns);
  const auto begin = std::chrono::steady_clock::now();
  watcher().stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

}  // namespace
}  // namespace vigil::core
