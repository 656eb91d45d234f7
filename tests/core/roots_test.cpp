// Roots: added and removed while it runs, single files, missing, lost, found again.
#include "core/watching.hpp"

#include "support/child.hpp"
#include "support/random_work.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <thread>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Roots : public Watching {};

TEST_F(Roots, TheSamePathOnce) {
  watch();
  const Status again = watcher().add(root());
  EXPECT_EQ(ErrorCode::already_watched, code_of(again));
  EXPECT_THAT(again.error().message(), HasSubstr(root()));
}

TEST_F(Roots, RemovedIsSilent) {
  make_directory(path("d"));
  watch();
  write_file(path("before"), "");
  expect_done(watcher().sync(kPatience));
  expect_done(watcher().remove(root()));
  write_file(path("d/after"));
  EXPECT_THAT(told(), ElementsAre("created file before", "closed file before"));
  EXPECT_EQ(0u, watcher().stats().watches);
  EXPECT_EQ(0u, watcher().stats().entries);
  EXPECT_EQ(ErrorCode::not_watched, code_of(watcher().remove(root())));
}

TEST_F(Roots, AddedAgain) {
  make_directory(path("d"));
  for (int round = 0; round < 3; ++round) {
    watch();
    write_file(path("d/f"), "");
    EXPECT_THAT(told(), ElementsAre("created file d/f", "closed file d/f"));
    remove(path("d/f"));
    EXPECT_THAT(told(), ElementsAre("removed file d/f"));
    expect_done(watcher().remove(root()));
  }
}

TEST_F(Roots, OneBelowTheOther) {
  make_directory(path("d/e"));
  open();
  expect_done(watcher().add(path("d/e")));
  const std::size_t watches = watcher().stats().watches;
  expect_done(watcher().remove(path("d/e")));
  catch_up(watcher());
  watch();
  expect_done(watcher().add(path("d")));
  catch_up(watcher());
  write_file(path("d/e/f"), "");
  std::vector<std::string> paths;
  for (const Told& told : only(catch_up(watcher()), {Kind::created})) paths.push_back(told.path);
  EXPECT_THAT(paths, ElementsAre(path("d/e/f"), path("d/e/f")));
  // What one root gives up, the other keeps.
  expect_done(watcher().remove(path("d")));
  write_file(path("d/e/g"), "");
  EXPECT_THAT(told(), ElementsAre("created file d/e/g", "closed file d/e/g"));
  expect_done(watcher().add(path("d/e")));
  expect_done(watcher().remove(root()));
  catch_up(watcher());
  write_file(path("d/e/h"), "");
  EXPECT_THAT(told(), ElementsAre("created file d/e/h", "closed file d/e/h"));
  EXPECT_EQ(watches, watcher().stats().watches);
}

TEST_F(Roots, MovedFromOneToTheOther) {
  make_directory(path("one/d"));
  make_directory(path("two"));
  write_file(path("one/d/f"));
  open();
  expect_done(watcher().add(path("one")));
  expect_done(watcher().add(path("two")));
  catch_up(watcher());
  move(path("one/d"), path("two/d"));
  EXPECT_THAT(told(),
              UnorderedElementsAre("removed directory one/d", "created directory two/d", "created file two/d/f"));
  append_to(path("two/d/f"));
  EXPECT_THAT(told(), ElementsAre("modified file two/d/f", "closed file two/d/f"));
}

// Adding a tree that takes a while does not hold up the others, nor does removing it half-way.
TEST_F(Roots, AddedAndRemovedWhileOthersChange) {
  constexpr int kDirectories = 2000;
  for (int number = 0; number < kDirectories; ++number) make_directory(outside("big/" + std::to_string(number)));
  Model model(root());
  watch();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    make_directory(outside("beside"));
    RandomWork work(1, root(), outside("beside"));
    while (!done) work.run(100);
  });
  for (int round = 0; round < 10; ++round) {
    std::thread adder([&] { static_cast<void>(watcher().add(outside("big"))); });
    while (watcher().stats().roots < 2) std::this_thread::yield();
    if (round % 2 == 0) adder.join();
    expect_done(watcher().remove(outside("big")));
    if (adder.joinable()) adder.join();
    for (const Told& told : take(watcher())) model.apply(told);
  }
  done = true;
  writer.join();
  expect_model_true(model);
  EXPECT_EQ(1u, watcher().stats().roots);
}

TEST_F(Roots, ASingleFile) {
  write_file(path("f"));
  write_file(path("g"));
  open();
  expect_done(watcher().add(path("f")));
  EXPECT_THAT(told(), ElementsAre("ready file f"));
  append_to(path("f"));
  append_to(path("g"));
  make_directory(path("d"));
  EXPECT_THAT(told(), ElementsAre("modified file f", "closed file f"));
}

TEST_F(Roots, ASingleFileSavedAgainAndAgain) {
  write_file(path("f"));
  open();
  expect_done(watcher().add(path("f")));
  catch_up(watcher());
  for (int round = 0; round < 20; ++round) {
    save_atomically(path("f"));
    EXPECT_THAT(told(), ElementsAre("modified file f"));
    append_to(path("f"));
    EXPECT_THAT(told(), ElementsAre("modified file f", "closed file f"));
    remove(path("f"));
    EXPECT_THAT(told(), ElementsAre("removed file f"));
    write_file(path("f"), "");
    EXPECT_THAT(told(), ElementsAre("created file f", "closed file f"));
    move(path("f"), path("away"));
    EXPECT_THAT(told(), ElementsAre("removed file f"));
    move(path("away"), path("f"));
    EXPECT_THAT(told(), ElementsAre("created file f"));
  }
}

TEST_F(Roots, ASingleFileAndItsDirectory) {
  write_file(path("f"));
  watch();
  expect_done(watcher().add(path("f")));
  catch_up(watcher());
  remove(path("f"));
  EXPECT_THAT(told(), ElementsAre("removed file f", "removed file f"));
}

TEST_F(Roots, TheDirectoryOfASingleFileGoesAndReturns) {
  make_directory(path("d"));
  write_file(path("d/f"));
  open();
  expect_done(watcher().add(path("d/f")));
  catch_up(watcher());
  move(path("d"), path("e"));
  EXPECT_THAT(told(), ElementsAre("lost file d/f"));
  append_to(path("e/f"));
  EXPECT_THAT(told(), IsEmpty());
  let_clock_of_files_tick();
  move(path("e"), path("d"));
  EXPECT_THAT(told(), ElementsAre("restored file d/f", "modified file d/f", "live file d/f"));
  append_to(path("d/f"));
  EXPECT_THAT(told(), ElementsAre("modified file d/f", "closed file d/f"));
}

TEST_F(Roots, MissingAndAwaited) {
  const std::string wanted = path("a/b/c");
  open();
  expect_done(watcher().add(wanted, {.await_missing = true}));
  const std::vector<Told> first = catch_up(watcher());
  ASSERT_THAT(texts(first, root()), ElementsAre("ready directory a/b/c", "lost directory a/b/c"));
  EXPECT_EQ(ENOENT, first[1].code);
  make_directory(path("x"));
  make_directory(path("a/x"));
  EXPECT_THAT(told(), IsEmpty());
  make_directory(path("a/b"));
  EXPECT_THAT(told(), IsEmpty());
  make_directory(path("x/d"));
  move(path("x"), path("a/b/c"));  // with what is in it, at once
  EXPECT_THAT(told(), ElementsAre("restored directory a/b/c", "created directory a/b/c/d", "live directory a/b/c"));
  write_file(path("a/b/c/d/f"), "");
  EXPECT_THAT(told(), ElementsAre("created file a/b/c/d/f", "closed file a/b/c/d/f"));
}

TEST_F(Roots, AwaitedAndMovedInWithAllAbove) {
  open();
  expect_done(watcher().add(path("a/b/c"), {.await_missing = true}));
  catch_up(watcher());
  make_directory(outside("a/b/c"));
  write_file(outside("a/b/c/f"));
  move(outside("a"), path("a"));
  EXPECT_THAT(told(), ElementsAre("restored directory a/b/c", "created file a/b/c/f", "live directory a/b/c"));
}

// What is watched for it is removed as well, and made again.
TEST_F(Roots, AwaitedWhileThePathAboveComesAndGoes) {
  open();
  expect_done(watcher().add(path("a/b/c"), {.await_missing = true}));
  catch_up(watcher());
  for (int round = 0; round < 5; ++round) {
    make_directory(path("a/b"));
    EXPECT_THAT(told(), IsEmpty());
    remove(path("a"));
    EXPECT_THAT(told(), IsEmpty());
    make_directory(path("a/b/c"));
    EXPECT_THAT(told(), ElementsAre("restored directory a/b/c", "live directory a/b/c"));
    remove(path("a"));
    EXPECT_THAT(told(), ElementsAre("lost directory a/b/c"));
  }
}

TEST_F(Roots, AwaitedAsAFile) {
  open();
  expect_done(watcher().add(path("d/f"), {.await_missing = true}));
  catch_up(watcher());
  make_directory(path("d"));
  write_file(path("d/f"), "");
  const std::vector<Told> all = take_until(watcher(), Kind::live);
  EXPECT_THAT(texts(only(all, {Kind::restored, Kind::created, Kind::live}), root()),
              ElementsAre("restored file d/f", "created file d/f", "live file d/f"));
  save_atomically(path("d/f"));
  EXPECT_THAT(told(), ::testing::Contains("modified file d/f"));
}

TEST_F(Roots, AwaitedBehindADanglingLink) {
  ASSERT_EQ(0, ::symlink("target", path("link").c_str()));
  open();
  expect_done(watcher().add(path("link"), {.await_missing = true}));
  catch_up(watcher());
  make_directory(path("target"));
  EXPECT_THAT(told(), ElementsAre("restored directory link", "live directory link"));
}

TEST_F(Roots, RemovedWhileAwaited) {
  open();
  expect_done(watcher().add(path("a/b"), {.await_missing = true}));
  expect_done(watcher().remove(path("a/b")));
  catch_up(watcher());
  make_directory(path("a/b"));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(0u, watcher().stats().watches);
}

TEST_F(Roots, DeletedAndMadeAgain) {
  make_directory(path("d"));
  write_file(path("d/f"));
  write_file(path("gone"));
  Model model(root(), listing_of(root()));
  watch();
  remove(root());
  // What is below a lost root may be told first, or not.
  const std::vector<Told> before = take_until(watcher(), Kind::lost);
  for (const Told& told : before) model.apply(told);
  EXPECT_EQ(root(), before.back().path);
  EXPECT_FALSE(before.back().reason.empty());
  make_directory(path("d"));
  write_file(path("d/g"));
  for (const Told& told : take_until(watcher(), Kind::live)) model.apply(told);
  EXPECT_EQ(1u, model.count(Kind::restored));
  expect_model_true(model);
  write_file(path("d/h"), "");
  EXPECT_THAT(told(), ElementsAre("created file d/h", "closed file d/h"));
}

TEST_F(Roots, DeletedTwentyTimes) {
  make_directory(path("d"));
  Model model(root(), listing_of(root()));
  watch();
  for (int round = 0; round < 20; ++round) {
    remove(root());
    make_directory(path("d" + std::to_string(round)));
    expect_model_true(model);
  }
  write_file(path("f"), "");
  EXPECT_THAT(told(), ElementsAre("created file f", "closed file f"));
}

TEST_F(Roots, MovedAwayAndBack) {
  make_directory(path("d"));
  write_file(path("d/f"));
  write_file(path("left"));
  watch();
  move(root(), outside("away"));
  EXPECT_THAT(told(), ElementsAre("lost directory ."));
  append_to(outside("away/d/f"));
  move(outside("away/left"), outside("away/d/moved"));
  write_file(outside("away/new"));
  EXPECT_THAT(told(), IsEmpty());
  move(outside("away"), root());
  const std::vector<std::string> difference = told();
  ASSERT_FALSE(difference.empty());
  EXPECT_EQ("restored directory .", difference.front());
  EXPECT_EQ("live directory .", difference.back());
  EXPECT_THAT(difference, ::testing::Contains("modified file d/f"));
  EXPECT_THAT(difference, ::testing::Contains("created file new"));
  EXPECT_THAT(difference, ::testing::Not(::testing::Contains("created directory d")));
  append_to(path("d/f"));
  EXPECT_THAT(told(), ElementsAre("modified file d/f", "closed file d/f"));
}

TEST_F(Roots, ADirectoryAboveMovedAway) {
  make_directory(path("a/b/c"));
  open();
  expect_done(watcher().add(path("a/b/c")));
  catch_up(watcher());
  move(path("a"), path("x"));
  // Nothing tells of that but the next look at the disk.
  make_directory(path("x/b/c/d"));
  EXPECT_THAT(texts(take_until(watcher(), Kind::lost), root()), ::testing::Contains("lost directory a/b/c"));
  move(path("x"), path("a"));
  EXPECT_THAT(texts(take_until(watcher(), Kind::live), root()), ::testing::Contains("restored directory a/b/c"));
  write_file(path("a/b/c/d/f"), "");
  EXPECT_THAT(told_shape(), ElementsAre("created file a/b/c/d/f"));
}

TEST_F(Roots, AnotherDirectoryInItsPlace) {
  write_file(path("old"));
  make_directory(outside("other"));
  write_file(outside("other/new"));
  Model model(root(), listing_of(root()));
  watch();
  exchange_entries(root(), outside("other"));
  expect_model_true(model);
  EXPECT_EQ(1u, model.count(Kind::lost));
  EXPECT_EQ(1u, model.count(Kind::restored));
  write_file(path("f"), "");
  EXPECT_THAT(told(), ElementsAre("created file f", "closed file f"));
}

TEST_F(Roots, AFileInItsPlace) {
  make_directory(path("d"));
  watch();
  remove(root());
  write_file(root());
  take_until(watcher(), Kind::live);
  (void)told();  // its first writing may be told later than that it is there
  append_to(root());
  EXPECT_THAT(told(), ElementsAre("modified file .", "closed file ."));
  remove(root());
  make_directory(root());
  write_file(path("f"), "");
  // A root that was a file is still looked for by its name; what it is now is told.
  Model model(root());
  for (const Told& told : catch_up(watcher())) model.apply(told);
  EXPECT_GE(model.count(Kind::removed), 1u);
}

// Somebody may sit in it: the kernel then says nothing about the directory itself.
TEST_F(Roots, DeletedWhileInUse) {
  make_directory(path("d"));
  watch();
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(root());
  remove(root());
  EXPECT_THAT(texts(take_until(watcher(), Kind::lost), root()), ::testing::Contains("lost directory ."));
  make_directory(root());
  EXPECT_THAT(texts(take_until(watcher(), Kind::live), root()), ::testing::Contains("restored directory ."));
  std::filesystem::current_path(before);
}

class RootsOfNobody : public Roots {
 protected:
  // Of a directory above the root, the root and what is in it, everything belongs to an ordinary user, who watches.
  void as_nobody(const std::function<void()>& body) {
    for (const std::string& each : {above(), closed_root(), closed_root() + "/d"}) {
      make_directory(each);
      ASSERT_EQ(0, ::geteuid() == 0 ? ::chown(each.c_str(), 65534, 65534) : 0);
    }
    std::filesystem::permissions(std::filesystem::path(above()).parent_path(), std::filesystem::perms(0755));
    ASSERT_TRUE(in_child([&] {
      become_nobody();
      open();
      expect_done(watcher().add(closed_root()));
      catch_up(watcher());
      body();
    }));
  }

  std::string above() const { return outside("above"); }
  std::string closed_root() const { return outside("above/closed"); }
  std::vector<std::string> told_there() { return texts(catch_up(watcher()), closed_root()); }
};

TEST_F(RootsOfNobody, PermissionTakenAwayAndGivenBack) {
  as_nobody([&] {
    change_mode(closed_root(), 0);
    EXPECT_THAT(told_there(), ElementsAre("attributes directory ."));
    change_mode(closed_root(), 0755);
    EXPECT_THAT(told_there(), ElementsAre("attributes directory ."));
    write_file(closed_root() + "/d/f", "");
    EXPECT_THAT(told_there(), ElementsAre("created file d/f", "closed file d/f"));
  });
}

// What is made meanwhile, by one who is in it already, is told when it can be looked at.
TEST_F(RootsOfNobody, PermissionTakenAwayAbove) {
  as_nobody([&] {
    const int inside = ::open(closed_root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    change_mode(above(), 0);
    ASSERT_EQ(0, ::mkdirat(inside, "new", 0755));
    ASSERT_EQ(0, ::mkdirat(inside, "new/inner", 0755));
    std::vector<Told> all = catch_up(watcher());
    EXPECT_THAT(texts(all, closed_root()), ElementsAre("created directory new", "error directory new"));
    EXPECT_EQ(EACCES, all.back().code);
    ASSERT_EQ(0, ::mkdirat(inside, "new/later", 0755));
    ::close(inside);
    change_mode(above(), 0755);
    all = take_until(watcher(), Kind::created);
    for (Told& told : catch_up(watcher())) all.push_back(std::move(told));
    EXPECT_THAT(texts(all, closed_root()),
                UnorderedElementsAre("created directory new/inner", "created directory new/later"));
    write_file(closed_root() + "/new/inner/f", "");
    EXPECT_THAT(told_there(), ElementsAre("created file new/inner/f", "closed file new/inner/f"));
  });
}

// Nor does it matter while it is gone.
TEST_F(RootsOfNobody, RemovedAndMadeAgainBehindAClosedDirectory) {
  as_nobody([&] {
    const int inside = ::open(above().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_EQ(0, ::unlinkat(inside, "closed/d", AT_REMOVEDIR));
    ASSERT_EQ(0, ::unlinkat(inside, "closed", AT_REMOVEDIR));
    EXPECT_THAT(told_there(), ::testing::Contains("lost directory ."));
    change_mode(above(), 0);
    change_mode(above(), 0755);
    ASSERT_EQ(0, ::mkdirat(inside, "closed", 0755));
    ASSERT_EQ(0, ::mkdirat(inside, "closed/e", 0755));
    ::close(inside);
    std::vector<std::string> all = texts(take_until(watcher(), Kind::live), closed_root());
    for (std::string& text : told_there()) all.push_back(std::move(text));
    EXPECT_THAT(all, ::testing::Contains("restored directory ."));
    EXPECT_THAT(all, ::testing::Contains("created directory e"));
  });
}

// A directory that is polled is asked for again and again, and its error told once.
TEST_F(RootsOfNobody, APolledDirectoryThatBecomesUnreadableIsOneError) {
  as_nobody([&] {
    expect_done(watcher().remove(closed_root()));
    Options options;
    options.max_watches = 1;
    Watcher polling = open_watcher(std::move(options));
    expect_done(polling.add(closed_root()));
    catch_up(polling);
    change_mode(closed_root() + "/d", 0);
    std::vector<Told> all;
    const auto deadline = std::chrono::steady_clock::now() + 6s;
    while (std::chrono::steady_clock::now() < deadline) {
      const std::optional<Batch> batch = polling.wait(20ms);
      for (const Event& event : *batch) all.emplace_back(event);
    }
    EXPECT_THAT(texts(only(all, {Kind::error}), closed_root()), ElementsAre("error directory d"));
    change_mode(closed_root() + "/d", 0755);
    write_file(closed_root() + "/d/f");
    EXPECT_THAT(texts(take_until(polling, Kind::created), closed_root()), ::testing::Contains("created file d/f"));
  });
}

}  // namespace
}  // namespace vigil::core
