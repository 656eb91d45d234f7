// What a watcher tells, by its options.
#include "core/watching.hpp"

#include "support/child.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class WatcherTest : public Watching {};

TEST_F(WatcherTest, ReadyComesFirstAndSaysHow) {
  write_file(path("old"));
  open();
  expect_done(watcher().add(root()));
  write_file(path("new"), "");
  const std::vector<Told> all = catch_up(watcher());
  ASSERT_THAT(texts(all, root()), ElementsAre("ready directory .", "created file new", "closed file new"));
  EXPECT_EQ("inotify", all[0].backend);
  EXPECT_FALSE(all[1].synthetic);
}

TEST_F(WatcherTest, TellsChangesInTheirOrder) {
  watch();
  write_file(path("a"));
  change_mode(path("a"), 0600);
  make_directory(path("d"));
  EXPECT_THAT(told(), ElementsAre("created file a", "modified file a", "closed file a", "attributes file a",
                                  "created directory d"));
  move(path("a"), path("d/b"));
  remove(path("d/b"));
  remove(path("d"));
  EXPECT_THAT(told(), ElementsAre("renamed file a -> d/b", "removed file d/b", "removed directory d"));
}

// What came and went in a directory before that could be watched leaves no trace, and nothing wrong either.
TEST_F(WatcherTest, DirectoryThatComesAndGoes) {
  write_file(path("a"), "");
  Model model(root(), listing_of(root()));
  watch();
  make_directory(path("d"));
  move(path("a"), path("d/b"));
  remove(path("d"));
  for (const Told& told : catch_up(watcher())) model.apply(told);
  EXPECT_EQ("", model.violations());
  EXPECT_THAT(model.listing(), IsEmpty());
}

TEST_F(WatcherTest, NumbersRiseAndTimesAreNow) {
  const auto before = std::chrono::system_clock::now();
  watch();
  for (int number = 0; number < 100; ++number) write_file(path(std::to_string(number)));
  std::uint64_t last = 0;
  for (const Told& told : catch_up(watcher())) {
    EXPECT_GT(told.seq, last);
    last = told.seq;
    EXPECT_GE(told.time, before);
    EXPECT_LE(told.time, std::chrono::system_clock::now());
  }
  EXPECT_GT(last, 300u);
}

TEST_F(WatcherTest, EveryTypeOfEntry) {
  watch();
  write_file(path("file"), "");
  make_directory(path("directory"));
  ASSERT_EQ(0, ::symlink("nowhere", path("link").c_str()));
  make_fifo(path("pipe"));
  ASSERT_EQ(0, ::link(path("file").c_str(), path("hard").c_str()));
  EXPECT_THAT(told_shape(), UnorderedElementsAre("created file file", "created directory directory",
                                                 "created symlink link", "created other pipe", "created file hard"));
}

// What is opened as soon as it is made is taken for a file, until it is looked at.
TEST_F(WatcherTest, PipeThatIsOpenedAtOnce) {
  watch();
  make_fifo(path("pipe"));
  const int pipe = ::open(path("pipe").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ASSERT_NE(-1, pipe);
  ::close(pipe);
  Model model(root());
  for (const Told& told : catch_up(watcher())) model.apply(told);
  EXPECT_EQ("", model.violations());
  EXPECT_EQ(listing_of(root()), model.listing());
}

TEST_F(WatcherTest, TreeMadeAtOnce) {
  watch();
  make_directory(path("a/b/c/d"));
  write_file(path("a/b/c/d/f"), "");
  EXPECT_THAT(told_shape(), ElementsAre("created directory a", "created directory a/b", "created directory a/b/c",
                                        "created directory a/b/c/d", "created file a/b/c/d/f"));
  write_file(path("a/b/c/d/later"), "");
  EXPECT_THAT(told(), ElementsAre("created file a/b/c/d/later", "closed file a/b/c/d/later"));
}

TEST_F(WatcherTest, TreeMovedInAndOut) {
  make_directory(outside("tree/s"));
  write_file(outside("tree/s/f"));
  watch();
  move(outside("tree"), path("in"));
  EXPECT_THAT(told(), ElementsAre("created directory in", "created directory in/s", "created file in/s/f"));
  append_to(path("in/s/f"));
  EXPECT_THAT(told(), ElementsAre("modified file in/s/f", "closed file in/s/f"));
  const std::size_t watches = watcher().stats().watches;
  move(path("in"), outside("tree"));
  EXPECT_THAT(told(), ElementsAre("removed directory in"));
  EXPECT_EQ(watches - 2, watcher().stats().watches);
  append_to(outside("tree/s/f"));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WatcherTest, PathsAfterADirectoryWasRenamed) {
  make_directory(path("a/s"));
  make_directory(path("ab"));
  watch();
  move(path("a"), path("c"));
  write_file(path("c/s/f"), "");
  write_file(path("ab/f"), "");
  EXPECT_THAT(told(), ElementsAre("renamed directory a -> c", "created file c/s/f", "closed file c/s/f",
                                  "created file ab/f", "closed file ab/f"));
}

TEST_F(WatcherTest, RenamesOverOtherEntries) {
  write_file(path("a"));
  write_file(path("b"));
  make_directory(path("d"));
  make_directory(path("e"));
  make_fifo(path("pipe"));
  watch();
  move(path("a"), path("b"));
  move(path("d"), path("e"));
  move(path("b"), path("pipe"));
  EXPECT_THAT(told(), ElementsAre("renamed file a -> b replaced", "renamed directory d -> e replaced",
                                  "removed other pipe", "renamed file b -> pipe"));
}

TEST_F(WatcherTest, Exchange) {
  write_file(path("file"));
  make_directory(path("directory/s"));
  write_file(path("directory/s/f"));
  Model model(root(), listing_of(root()));
  watch();
  exchange_entries(path("file"), path("directory"));
  for (const Told& told : catch_up(watcher())) model.apply(told);
  EXPECT_EQ("", model.violations());
  EXPECT_EQ(listing_of(root()), model.listing());
  append_to(path("file/s/f"));
  EXPECT_THAT(told(), ElementsAre("modified file file/s/f", "closed file file/s/f"));
}

TEST_F(WatcherTest, NamesAreBytes) {
  const std::string long_name(255, 'x');
  watch();
  for (const std::string& name : {std::string("\xff\xfe"), std::string("new\nline"), std::string("\x01"), long_name}) {
    write_file(path(name), "");
    EXPECT_THAT(told_shape(), ElementsAre("created file " + name));
  }
}

// A walk by names, for the path is longer than what one system call takes.
TEST_F(WatcherTest, PathsLongerThanPathMax) {
  watch();
  const std::string name(200, 'd');
  const int before = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(0, ::chdir(root().c_str()));
  constexpr int kDepth = 40;
  for (int depth = 0; depth < kDepth; ++depth) {
    ASSERT_EQ(0, ::mkdir(name.c_str(), 0755));
    ASSERT_EQ(0, ::chdir(name.c_str()));
  }
  EXPECT_EQ(static_cast<std::size_t>(kDepth), told_shape().size());
  write_file("deep", "");
  const std::vector<Told> all = only(catch_up(watcher()), kShape);
  ASSERT_EQ(1u, all.size());
  EXPECT_EQ(root().size() + kDepth * (name.size() + 1) + 5, all[0].path.size());
  ASSERT_EQ(0, ::fchdir(before));
  ::close(before);
}

TEST_F(WatcherTest, ReadingIsNoChange) {
  write_file(path("f"));
  make_directory(path("d"));
  watch();
  std::filesystem::directory_iterator listing(path("d"));
  const int file = ::open(path("f").c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  ASSERT_EQ(1, ::read(file, &byte, 1));
  ::close(file);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WatcherTest, OnlyTheKindsAskedFor) {
  open({.kinds = {Kind::removed}});
  watch();
  make_directory(path("a/b"));
  write_file(path("a/b/f"));
  EXPECT_THAT(told(), IsEmpty());
  move(path("a"), path("c"));
  remove(path("c/b/f"));
  EXPECT_THAT(told(), ElementsAre("removed file c/b/f"));
}

TEST_F(WatcherTest, OpenedAndAccessedWhenAskedFor) {
  write_file(path("f"));
  make_directory(path("d"));
  open({.kinds = {Kind::opened, Kind::accessed}});
  watch();
  std::filesystem::directory_iterator listing(path("d"));
  const int file = ::open(path("f").c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  ASSERT_EQ(1, ::read(file, &byte, 1));
  ::close(file);
  EXPECT_THAT(told(), ElementsAre("opened file f", "accessed file f"));
}

TEST_F(WatcherTest, NoKindsAtAll) {
  open({.kinds = {}});
  watch();
  const std::size_t entries = watcher().stats().entries;
  write_file(path("f"));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(entries + 1, watcher().stats().entries);
}

TEST_F(WatcherTest, OnlyDirectEntries) {
  watch();
  const std::size_t watches = watcher().stats().watches;
  expect_done(watcher().remove(root()));
  make_directory(path("d"));
  watch({.recursive = false});
  EXPECT_EQ(watches, watcher().stats().watches);
  write_file(path("d/f"));
  make_directory(path("e/g"));
  write_file(path("f"), "");
  move(path("d"), path("e/d"));
  move(path("e/d"), path("h"));
  EXPECT_THAT(told(), UnorderedElementsAre("created directory e", "created file f", "closed file f",
                                           "removed directory d", "created directory h"));
  EXPECT_EQ(watches, watcher().stats().watches);
}

TEST_F(WatcherTest, ExcludedCostsNothing) {
  make_directory(path("src"));
  watch();
  const Stats without = watcher().stats();
  expect_done(watcher().remove(root()));
  make_directory(path("build/deep/deeper"));
  make_directory(path("src/build"));
  watch({.exclude = {"build"}});
  EXPECT_EQ(without.watches, watcher().stats().watches);
  EXPECT_EQ(without.entries, watcher().stats().entries);
  write_file(path("build/deep/f"));
  write_file(path("src/build/f"));
  remove(path("build"));
  make_directory(path("build/again"));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(without.watches, watcher().stats().watches);
}

TEST_F(WatcherTest, MovesAcrossAnExclusion) {
  make_directory(path("hidden/tree"));
  write_file(path("hidden/tree/f"));
  watch({.exclude = {"hidden"}});
  move(path("hidden/tree"), path("tree"));
  EXPECT_THAT(told(), ElementsAre("created directory tree", "created file tree/f"));
  move(path("tree"), path("hidden/tree"));
  EXPECT_THAT(told(), ElementsAre("removed directory tree"));
  move(path("hidden"), path("shown"));
  EXPECT_THAT(told(), UnorderedElementsAre("created directory shown", "created directory shown/tree",
                                           "created file shown/tree/f"));
  move(path("shown"), path("hidden"));
  EXPECT_THAT(told(), ElementsAre("removed directory shown"));
}

TEST_F(WatcherTest, IncludedIsFoundHoweverDeep) {
  watch({.include = {"*.txt"}});
  make_directory(path("a/b"));
  write_file(path("a/b/f.txt"), "");
  write_file(path("a/b/f.o"));
  EXPECT_THAT(told_shape(), ElementsAre("created file a/b/f.txt"));
  move(path("a/b/f.txt"), path("a/f.text"));
  EXPECT_THAT(told(), ElementsAre("removed file a/b/f.txt"));
  move(path("a/f.text"), path("g.txt"));
  EXPECT_THAT(told(), ElementsAre("created file g.txt"));
}

TEST_F(WatcherTest, InitialListing) {
  make_directory(path("d/e"));
  write_file(path("d/e/f"));
  open();
  expect_done(watcher().add(root(), {.initial = true}));
  const std::vector<Told> all = take_until(watcher(), Kind::live);
  EXPECT_THAT(texts(all, root()), ElementsAre("ready directory .", "created directory d", "created directory d/e",
                                              "created file d/e/f", "live directory ."));
  EXPECT_TRUE(all[1].synthetic);
}

TEST_F(WatcherTest, InitialListingOfAnEmptyRoot) {
  open();
  expect_done(watcher().add(root(), {.initial = true}));
  EXPECT_THAT(told(), ElementsAre("ready directory .", "live directory ."));
}

TEST_F(WatcherTest, Statistics) {
  watch();
  const Stats empty = watcher().stats();
  expect_done(watcher().remove(root()));
  make_directory(path("d"));
  write_file(path("d/f"));
  watch();
  Stats stats = watcher().stats();
  EXPECT_EQ(empty.entries + 2, stats.entries);
  EXPECT_EQ(empty.watches + 1, stats.watches);
  EXPECT_EQ(1u, stats.roots);
  EXPECT_EQ(0u, stats.queued_events);
  EXPECT_EQ(0u, stats.queued_bytes);
  EXPECT_EQ(0u, stats.directories_pending);
  EXPECT_EQ(2u, stats.events);
  EXPECT_GT(stats.tree_bytes, 0u);
  append_to(path("d/f"));
  expect_done(watcher().sync(kPatience));
  stats = watcher().stats();
  EXPECT_EQ(4u, stats.events);
  EXPECT_GE(stats.records, 2u);
  EXPECT_EQ(2u, stats.queued_events);
  EXPECT_GT(stats.queued_bytes, 0u);
  take(watcher());
  EXPECT_EQ(0u, watcher().stats().queued_events);
  EXPECT_EQ(0u, watcher().stats().queued_bytes);
  EXPECT_EQ(0u, watcher().stats().losses);
  EXPECT_EQ(0u, watcher().stats().repairs);
}

TEST_F(WatcherTest, OptionsThatMakeNoSense) {
  EXPECT_EQ(ErrorCode::invalid_argument, Watcher::open({.settle = -1ms}).error().code());
  EXPECT_EQ(ErrorCode::invalid_argument, Watcher::open({.settle = 1ms, .max_latency = -1ms}).error().code());
}

TEST_F(WatcherTest, RootsThatCannotBe) {
  make_fifo(path("pipe"));
  write_file(path("file"));
  ASSERT_EQ(0, ::symlink("loop", path("loop").c_str()));
  Watcher& watcher = open();
  EXPECT_EQ(ErrorCode::invalid_argument, code_of(watcher.add("")));
  EXPECT_EQ(ErrorCode::invalid_argument, code_of(watcher.add(std::string_view("a\0b", 3))));
  EXPECT_EQ(ErrorCode::not_found, code_of(watcher.add(path("missing"))));
  EXPECT_EQ(ErrorCode::not_found, code_of(watcher.add(path("missing/deep"))));
  EXPECT_EQ(ErrorCode::not_found, code_of(watcher.add(path("file/below"))));
  EXPECT_EQ(ErrorCode::not_watchable, code_of(watcher.add(path("pipe"))));
  EXPECT_EQ(ErrorCode::not_watchable, code_of(watcher.add("/dev/null")));
  EXPECT_NE(ErrorCode{}, code_of(watcher.add(path("loop"))));
  EXPECT_EQ(ErrorCode::invalid_pattern, code_of(watcher.add(root(), {.exclude = {"["}})));
  EXPECT_EQ(ErrorCode::invalid_pattern, code_of(watcher.add(root(), {.include = {"{a"}})));
  EXPECT_EQ(ErrorCode::not_watched, code_of(watcher.remove(root())));
  EXPECT_EQ(0u, watcher.stats().roots);
  EXPECT_EQ(0u, watcher.stats().entries);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WatcherTest, RefusalsNameThePathAndTheCause) {
  const Status missing = open().add(path("missing"));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr(path("missing")));
  EXPECT_THAT(missing.error().message(), HasSubstr("No such file"));
  EXPECT_EQ(ENOENT, missing.error().os_code());
}

TEST_F(WatcherTest, RootThatMayNotBeRead) {
  make_directory(path("closed/inner"));
  change_mode(path("closed"), 0);
  change_mode(root(), 0755);
  std::filesystem::permissions(std::filesystem::path(root()).parent_path(), std::filesystem::perms(0755));
  ASSERT_TRUE(in_child([&] {
    become_nobody();
    Watcher watcher = open_watcher();
    const Status closed = watcher.add(path("closed"));
    EXPECT_EQ(ErrorCode::permission_denied, code_of(closed));
    EXPECT_THAT(closed.error().message(), HasSubstr(path("closed")));
    EXPECT_EQ(ErrorCode::permission_denied, code_of(watcher.add(path("closed/inner"))));
    EXPECT_EQ(0u, watcher.stats().roots);
  }));
  change_mode(path("closed"), 0755);
}

// It is told, costs the others nothing, and is watched as soon as it may be.
TEST_F(WatcherTest, DirectoryThatMayNotBeRead) {
  make_directory(path("closed"));
  write_file(path("closed/f"));
  make_directory(path("open"));
  for (const char* const name : {"closed", "open", "."}) {
    ASSERT_EQ(0, ::geteuid() == 0 ? ::chown(path(name).c_str(), 65534, 65534) : 0);
  }
  change_mode(path("closed"), 0);
  std::filesystem::permissions(std::filesystem::path(root()).parent_path(), std::filesystem::perms(0755));
  ASSERT_TRUE(in_child([&] {
    become_nobody();
    open();
    expect_done(watcher().add(root()));
    const std::vector<Told> all = catch_up(watcher());
    EXPECT_THAT(texts(all, root()), ElementsAre("ready directory .", "error directory closed"));
    EXPECT_EQ(EACCES, all[1].code);
    EXPECT_THAT(all[1].reason, HasSubstr("cannot be read"));
    write_file(path("open/f"), "");
    EXPECT_THAT(told(), ElementsAre("created file open/f", "closed file open/f"));
    change_mode(path("closed"), 0755);
    EXPECT_THAT(told(), ElementsAre("attributes directory closed", "created file closed/f"));
    write_file(path("closed/g"), "");
    EXPECT_THAT(told(), ElementsAre("created file closed/g", "closed file closed/g"));
  }));
}

TEST_F(WatcherTest, PathsBeginAsTheRootWasWritten) {
  make_directory(path("d"));
  std::filesystem::create_directory_symlink(root(), outside("link"));
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(root());
  Watcher& watcher = open();
  for (const std::string& shown :
       {std::string("."), std::string("d/.."), std::string("./"), root() + "//", outside("link"), outside("link/")}) {
    expect_done(watcher.add(shown));
    std::filesystem::current_path("/");
    catch_up(watcher);
    write_file(path("f"), "");
    const std::vector<Told> all = catch_up(watcher);
    ASSERT_THAT(texts(all), ::testing::SizeIs(2)) << shown;
    EXPECT_EQ(shown + (shown.back() == '/' ? "f" : "/f"), all[0].path);
    expect_done(watcher.remove(shown));
    remove(path("f"));
    std::filesystem::current_path(root());
  }
  std::filesystem::current_path(before);
}

TEST_F(WatcherTest, MovesLikeAnyValue) {
  Watcher first = open_watcher();
  expect_done(first.add(root()));
  Watcher second = std::move(first);
  write_file(path("f"), "");
  EXPECT_THAT(texts(catch_up(second), root()), ElementsAre("ready directory .", "created file f", "closed file f"));
  second = open_watcher();
  expect_done(second.add(root()));
  EXPECT_THAT(texts(catch_up(second), root()), ElementsAre("ready directory ."));
}

}  // namespace
}  // namespace vigil::core
