// Ignore files that only Linux has: pipes and links. And the ways of watching that need a privilege.
#include "core/watching.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace vigil::core {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class IgnoringOnLinux : public Watching {
 protected:
  static RootOptions heeding() {
    RootOptions options;
    options.ignore.standard = true;
    options.initial = true;
    return options;
  }

  std::vector<Told> listed(Options options = {}) {
    open(std::move(options));
    expect_done(watcher().add(root(), heeding()));
    return catch_up(watcher());
  }
};

// Opening it would let go on who waits for a reader, and never return if nobody writes.
TEST_F(IgnoringOnLinux, APipeIsNotOpened) {
  make_fifo(path(".gitignore"));
  write_file(path("a"));
  const std::vector<Told> all = listed();
  EXPECT_THAT(texts(only(all, {Kind::created}), root()),
              UnorderedElementsAre("created other .gitignore", "created file a"));
  const std::vector<Told> errors = only(all, {Kind::error});
  ASSERT_EQ(1U, errors.size());
  EXPECT_THAT(errors.front().reason, HasSubstr("/.gitignore: it is no file"));
}

TEST_F(IgnoringOnLinux, ALinkIsNotFollowedInTheTree) {
  write_file(outside("rules"), "a\n");
  std::filesystem::create_symlink(outside("rules"), path(".gitignore"));
  write_file(path("a"));
  const std::vector<Told> all = listed();
  EXPECT_THAT(texts(only(all, {Kind::created}), root()),
              UnorderedElementsAre("created symlink .gitignore", "created file a"));
  EXPECT_EQ(1U, only(all, {Kind::error}).size());
}

// As one that is kept with others in a place for them.
TEST_F(IgnoringOnLinux, TheUsersOwnFileMayBeALink) {
  make_directory(outside("home/git"));
  make_directory(outside("dots"));
  write_file(outside("dots/ignore"), "a\n");
  std::filesystem::create_symlink("../../dots/ignore", outside("home/git/ignore"));
  ASSERT_EQ(0, ::setenv("XDG_CONFIG_HOME", outside("home").c_str(), 1));
  make_directory(path(".git"));
  write_file(path("a"));
  write_file(path("b"));
  const std::vector<Told> all = listed();
  EXPECT_THAT(texts(only(all, {Kind::created}), root()), ElementsAre("created file b"));
  append_to(outside("dots/ignore"), "b\n");
  EXPECT_THAT(told_shape(), ElementsAre("removed file b"));
  EXPECT_EQ(0, ::unsetenv("XDG_CONFIG_HOME"));
}

TEST_F(IgnoringOnLinux, WhatIsIgnoredTakesNoWatch) {
  write_file(path(".gitignore"), "build\n");
  for (int number = 0; number < 100; ++number) make_directory(path("build/" + std::to_string(number)));
  make_directory(path("src"));
  (void)listed();
  const std::size_t few = watcher().stats().watches;
  EXPECT_LT(few, 30U);  // the root, src, and what is above
  const std::size_t entries = watcher().stats().entries;
  write_file(outside("put"), "");
  move(outside("put"), path(".gitignore"));
  (void)told();
  EXPECT_EQ(few + 101, watcher().stats().watches);
  write_file(outside("put"), "build\n");
  move(outside("put"), path(".gitignore"));
  (void)told();
  EXPECT_EQ(few, watcher().stats().watches);
  EXPECT_EQ(entries, watcher().stats().entries);
}

// One mark tells of the whole file system: what is ignored is told apart by name alone, and `ready` waits for the
// rules.
TEST_F(IgnoringOnLinux, ByMarksOnFileSystems) {
  const Result<Watcher> privileged = Watcher::open({.backend = BackendChoice::fanotify});
  if (!privileged) GTEST_SKIP() << privileged.error().message();
  write_file(path(".gitignore"), "build\n");
  make_directory(path("build/deep"));
  const std::vector<Told> all = listed({.backend = BackendChoice::fanotify});
  EXPECT_THAT(texts(only(all, {Kind::created}), root()), ElementsAre("created file .gitignore"));
  write_file(path("build/deep/x"));
  write_file(path("build/.gitignore"), "!*\n");
  write_file(path("y"));
  EXPECT_THAT(told_shape(), ElementsAre("created file y"));
  remove(path(".gitignore"));
  EXPECT_THAT(told_shape(),
              UnorderedElementsAre("removed file .gitignore", "created directory build", "created directory build/deep",
                                   "created file build/.gitignore", "created file build/deep/x"));
}

}  // namespace
}  // namespace vigil::core
