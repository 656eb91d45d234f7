// Roots that heed ignore files. What rules mean is tested with the matcher (tests/event); this is when they count.
#include "core/watching.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Ignoring : public Watching {
 protected:
  static RootOptions heeding(RootOptions options = {}) {
    options.ignore.standard = true;
    return options;
  }

  // Names only: of what a directory holds the order is nobody's business.
  std::vector<std::string> listed() {
    RootOptions options = heeding();
    options.initial = true;
    if (!has_watcher()) open();
    expect_done(watcher().add(root(), options));
    return texts(only(catch_up(watcher()), {Kind::created}), root());
  }

  // In one step, for what is written in place may be read half written.
  void put(const std::string& path, std::string_view text) {
    write_file(outside("put"), text);
    move(outside("put"), path);
  }

  // Of those paths and what is below them.
  std::vector<std::string> told_of(const std::vector<std::string>& paths) {
    std::vector<std::string> all = told_shape();
    std::erase_if(all, [&](const std::string& text) {
      const std::string path = text.substr(text.rfind(' ') + 1);
      return std::none_of(paths.begin(), paths.end(),
                          [&](const std::string& each) { return path == each || path.starts_with(each + '/'); });
    });
    return all;
  }

  bool has_watcher() const { return opened_; }
  Watcher& open(Options options = {}) {
    opened_ = true;
    return Watching::open(std::move(options));
  }

 private:
  bool opened_ = false;
};

TEST_F(Ignoring, NothingUnlessItIsAskedFor) {
  write_file(path(".gitignore"), "*\n");
  watch();
  write_file(path("a"));
  EXPECT_THAT(told_shape(), ElementsAre("created file a"));
}

TEST_F(Ignoring, WhatIsIgnoredIsNotListed) {
  make_directory(path("build/deep"));
  make_directory(path("src"));
  write_file(path("build/deep/x"));
  write_file(path("src/a.o"));
  write_file(path("src/keep.o"));
  write_file(path(".gitignore"), "build/\n*.o\n");
  write_file(path("src/.gitignore"), "!keep.o\n");
  EXPECT_THAT(listed(), UnorderedElementsAre("created file .gitignore", "created directory src",
                                             "created file src/.gitignore", "created file src/keep.o"));
}

TEST_F(Ignoring, WhatIsIgnoredIsNotTold) {
  write_file(path(".gitignore"), "build/\n*.o\n");
  watch(heeding());
  make_directory(path("build"));
  write_file(path("build/x"));
  write_file(path("a.o"));
  write_file(path("a.c"));
  EXPECT_THAT(told_shape(), ElementsAre("created file a.c"));
  append_to(path("a.o"));
  remove(path("a.o"));
  remove(path("build"));
  EXPECT_THAT(told_shape(), IsEmpty());
}

TEST_F(Ignoring, MovesAcrossTheLineAreHalves) {
  write_file(path(".gitignore"), "*.o\nout/\n");
  make_directory(path("in"));
  write_file(path("in/f"));
  watch(heeding());
  write_file(path("a.o"));
  move(path("a.o"), path("a.c"));
  EXPECT_THAT(told_shape(), ElementsAre("created file a.c"));
  move(path("a.c"), path("b.o"));
  EXPECT_THAT(told_shape(), ElementsAre("removed file a.c"));
  move(path("in"), path("out"));
  EXPECT_THAT(told_shape(), ElementsAre("removed directory in"));
  move(path("out"), path("in"));
  EXPECT_THAT(told_shape(), ElementsAre("created directory in", "created file in/f"));
}

TEST_F(Ignoring, RulesThatChangeTellTheDifference) {
  make_directory(path("d/e"));
  write_file(path("d/e/a.o"));
  write_file(path("d/b.o"));
  watch(heeding());
  put(path(".gitignore"), "*.o\n");
  EXPECT_THAT(told_of({"d"}), UnorderedElementsAre("removed file d/b.o", "removed file d/e/a.o"));
  put(path(".gitignore"), "d/*\n!d/b.o\n");
  EXPECT_THAT(told_of({"d"}), UnorderedElementsAre("created file d/b.o", "removed directory d/e"));
  save_atomically(path(".gitignore"), "d/b.o\n");
  EXPECT_THAT(told_of({"d/b.o", "d/e"}),
              UnorderedElementsAre("removed file d/b.o", "created directory d/e", "created file d/e/a.o"));
  remove(path(".gitignore"));
  EXPECT_THAT(told_of({"d"}), ElementsAre("created file d/b.o"));
  write_file(path("d/e/new"));
  EXPECT_THAT(told_shape(), ElementsAre("created file d/e/new"));
}

// Nothing that was ignored is watched meanwhile.
TEST_F(Ignoring, RulesThatAreRewrittenGoOnToHold) {
  write_file(path(".gitignore"), "*.o\n");
  write_file(path("a.o"));
  watch(heeding());
  int in_time = 0;
  for (int round = 0; round < 20; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    write_file(path(".gitignore"), "*.o\n#\n");
    remove(path(".gitignore"));
    write_file(path(".gitignore"), "*.o\n");
    // On a busy machine it may be gone for longer than rules hold without their file.
    const bool was_quick = std::chrono::steady_clock::now() - begin < 50ms;
    const std::vector<std::string> wrong = told_of({"a.o"});
    // Wine: what comes under the name of a removed file that somebody has open yet goes with it.
    if (!std::filesystem::exists(path(".gitignore"))) {
      write_file(path(".gitignore"), "*.o\n");
      EXPECT_THAT(told_of({"a.o"}), ElementsAre("removed file a.o"));
      continue;
    }
    if (!was_quick) continue;
    ++in_time;
    EXPECT_THAT(wrong, IsEmpty());
  }
  EXPECT_GT(in_time, 0);
  write_file(path(".gitignore"), "");
  EXPECT_THAT(told_of({"a.o"}), ElementsAre("created file a.o"));
}

TEST_F(Ignoring, ARuleFileMayIgnoreItself) {
  make_directory(path("cache"));
  write_file(path("cache/.gitignore"), "*\n");
  write_file(path("cache/x"));
  watch(heeding());
  put(path("cache/.gitignore"), "*\n!x\n");
  EXPECT_THAT(told_shape(), ElementsAre("created file cache/x"));
}

TEST_F(Ignoring, DotIgnoreComesFirst) {
  write_file(path(".gitignore"), "a\n");
  write_file(path(".ignore"), "!a\nb\n");
  write_file(path("a"));
  write_file(path("b"));
  EXPECT_THAT(listed(), UnorderedElementsAre("created file .gitignore", "created file .ignore", "created file a"));
}

TEST_F(Ignoring, GitsOwnRulesAndItsDirectory) {
  make_directory(path(".git/info"));
  write_file(path(".git/info/exclude"), "secret\n");
  write_file(path("secret"));
  write_file(path("open"));
  EXPECT_THAT(listed(), ElementsAre("created file open"));
  write_file(path(".git/index.lock"));
  EXPECT_THAT(told_shape(), IsEmpty());
  put(path(".git/info/exclude"), "open\n");
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file secret", "removed file open"));
  remove(path(".git/info"));
  EXPECT_THAT(told_shape(), ElementsAre("created file open"));
  make_directory(path(".git/info"));
  write_file(path(".git/info/exclude"), "open\n");
  EXPECT_THAT(told_shape(), ElementsAre("removed file open"));
}

TEST_F(Ignoring, RulesAboveTheRootCount) {
  make_directory(outside(".git"));
  write_file(outside(".gitignore"), "*.o\nroot/x\n");
  write_file(path("a.o"));
  write_file(path("x"));
  write_file(path("y"));
  EXPECT_THAT(listed(), ElementsAre("created file y"));
  put(outside(".gitignore"), "y\n");
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file a.o", "created file x", "removed file y"));
  remove(outside(".git"));  // there is no repository any more, and what is above is nobody's business
  EXPECT_THAT(told_shape(), ElementsAre("created file y"));
  make_directory(outside(".git"));
  EXPECT_THAT(told_shape(), ElementsAre("removed file y"));
}

TEST_F(Ignoring, ARootIsNeverIgnoredItself) {
  make_directory(outside(".git"));
  write_file(outside(".gitignore"), "root/\n*.o\n");
  write_file(path("a.o"));
  write_file(path("a.c"));
  EXPECT_THAT(listed(), ElementsAre("created file a.c"));
}

TEST_F(Ignoring, ARepositoryWithinBeginsAnew) {
  make_directory(path(".git"));
  make_directory(path("inner"));
  write_file(path(".gitignore"), "*.o\n");
  write_file(path("inner/a.o"));
  write_file(path("inner/a.tmp"));
  watch(heeding());
  make_directory(path("inner/.git"));
  EXPECT_THAT(told_shape(), ElementsAre("created file inner/a.o"));
  make_directory(path("inner/.git/info"));
  write_file(path("inner/.git/info/exclude"), "*.tmp\n");
  EXPECT_THAT(told_shape(), ElementsAre("removed file inner/a.tmp"));
  remove(path("inner/.git"));
  EXPECT_THAT(told_shape(), UnorderedElementsAre("removed file inner/a.o", "created file inner/a.tmp"));
}

TEST_F(Ignoring, SettingsOfTheRepository) {
  std::string global = outside("global");
  std::replace(global.begin(), global.end(), '\\', '/');
  make_directory(path(".git"));
  write_file(path(".git/config"), "[core]\n\texcludesFile = \"" + global + "\"\n\tignoreCase\n");
  write_file(outside("global"), "BUILD\n*.o\n");
  write_file(path(".gitignore"), "!Keep.O\n");
  for (const char* const name : {"build", "a.O", "keep.o", "b"}) write_file(path(name));
  EXPECT_THAT(listed(), UnorderedElementsAre("created file .gitignore", "created file b", "created file keep.o"));
  put(outside("global"), "b\n");
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file build", "created file a.O", "removed file b"));
}

TEST_F(Ignoring, AWorktreeHasTheRulesOfItsRepository) {
  make_directory(outside("main/info"));
  make_directory(outside("main/worktrees/w"));
  write_file(outside("main/info/exclude"), "x\n");
  write_file(outside("main/worktrees/w/commondir"), "../..\n");
  write_file(path(".git"), "gitdir: ../main/worktrees/w\n");
  write_file(path("x"));
  write_file(path("y"));
  EXPECT_THAT(listed(), ElementsAre("created file y"));
  put(outside("main/info/exclude"), "y\n");
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file x", "removed file y"));
}

TEST_F(Ignoring, MoreFilesOfRules) {
  write_file(outside("mine"), "*.tmp\n/top\n");
  make_directory(path("d"));
  for (const char* const name : {"a.tmp", "top", "d/top", "d/b.tmp"}) write_file(path(name));
  RootOptions options;
  options.ignore.more = {outside("mine")};
  watch(options);
  append_to(path("d/top"));
  append_to(path("top"));
  EXPECT_THAT(texts(only(catch_up(watcher()), {Kind::modified}), root()), ::testing::Each("modified file d/top"));
  put(outside("mine"), "d\n");
  EXPECT_THAT(told_shape(), UnorderedElementsAre("removed directory d", "created file a.tmp", "created file top"));
}

TEST_F(Ignoring, AFileOfRulesThatIsNotThereIsRefused) {
  open();
  RootOptions options;
  options.ignore.more = {outside("mine")};
  EXPECT_EQ(ErrorCode::not_found, code_of(watcher().add(root(), options)));
  expect_done(watcher().add(root()));
}

TEST_F(Ignoring, WhatIsNoFileOfRulesIsToldOnce) {
  make_directory(path(".gitignore"));
  write_file(path(".ignore"), std::string((std::size_t{1} << 20) + 1, '#'));
  write_file(path("a"));
  open();
  expect_done(watcher().add(root(), heeding()));
  std::vector<std::string> reasons;
  for (const Told& told : only(catch_up(watcher()), {Kind::error})) {
    EXPECT_EQ(root(), told.path);
    reasons.push_back(told.reason);
  }
  EXPECT_THAT(reasons, UnorderedElementsAre(
                           ::testing::AllOf(::testing::HasSubstr(".gitignore"), ::testing::HasSubstr("a directory")),
                           ::testing::AllOf(::testing::HasSubstr(".ignore"), ::testing::HasSubstr("1048577 bytes"),
                                            ::testing::HasSubstr("1048576"))));
  write_file(path("b"));
  EXPECT_THAT(told(), ::testing::Not(::testing::Contains(::testing::HasSubstr("error"))));
  write_file(path(".ignore"), "a\n");
  EXPECT_THAT(told_shape(), ElementsAre("removed file a"));
}

// A rule file that is written is noticed also where nobody wants to know about what is written.
TEST_F(Ignoring, WithoutTheKindOfWriting) {
  write_file(path(".gitignore"), "a\n");
  write_file(path("a"));
  open({.kinds = {Kind::created}});
  watch(heeding());
  append_to(path(".gitignore"), "!a\n");
  EXPECT_THAT(told(), ElementsAre("created file a"));
}

TEST_F(Ignoring, PolledToo) {
  write_file(path(".gitignore"), ".*\na\n");
  write_file(path("a"));
  open({.backend = BackendChoice::poll});
  watch(heeding());
  write_file(path(".gitignore"), ".*\nb\n");
  write_file(path("b"));
  EXPECT_THAT(told_shape(), ElementsAre("created file a"));
}

TEST_F(Ignoring, ByNetEffect) {
  write_file(path(".gitignore"), "a\n");
  write_file(path("a"));
  open({.settle = std::chrono::milliseconds(20)});
  watch(heeding());
  put(path(".gitignore"), "b\n");
  write_file(path("b"));
  EXPECT_THAT(told_shape(), ElementsAre("created file a"));
}

TEST_F(Ignoring, ARootThatGoesAndComesBringsItsRules) {
  write_file(path(".gitignore"), "a\n");
  write_file(path("a"));
  watch(heeding());
  move(root(), outside("away"));
  (void)told();
  make_directory(root());
  write_file(path("a"));
  write_file(path("b"));
  take_until(watcher(), Kind::live);
  write_file(path(".gitignore"), "b\n");
  EXPECT_THAT(told_of({"a", "b"}), UnorderedElementsAre("removed file b"));
}

}  // namespace
}  // namespace vigil::core
