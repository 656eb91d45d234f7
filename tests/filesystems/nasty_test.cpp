// What nobody does on purpose: names of any bytes, trees deeper than a path is long, very large directories, links in
// circles, a watch of "/", few watches, and a worker who means no good.
#include "filesystems/nasty.hpp"
#include "support/child.hpp"
#include "support/raw_files.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

namespace vigil::filesystems {
namespace {

using namespace std::chrono_literals;
using replay::apply;
using replay::apply_all;
using ::testing::IsEmpty;
using testing::Model;
using testing::Told;

INSTANTIATE_TEST_SUITE_P(, Nasty, ::testing::ValuesIn(kChoices), choice_name);

TEST_P(Nasty, NamesOfEveryByte) {
  watch();
  const auto is_free = [](int byte) { return byte != '/' && byte != '.'; };
  for (int byte = 1; byte < 256; ++byte) {
    if (!is_free(byte)) continue;
    const std::string name(1, static_cast<char>(byte));
    testing::make_directory(path(name));
    testing::write_file(path(name) + '/' + std::string(255, static_cast<char>(byte)));
  }
  expect_law();
  EXPECT_EQ(253u * 2, model_->listing().size());
  for (int byte = 1; byte < 255; ++byte) {
    if (!is_free(byte) || !is_free(byte + 1)) continue;
    const std::string name(1, static_cast<char>(byte));
    testing::move(path(name) + '/' + std::string(255, static_cast<char>(byte)), path(name) + "..moved");
  }
  expect_law();
}

TEST_P(Nasty, DeeperThanAnyPath) {
  constexpr std::size_t kDepth = 2500;  // of names of two bytes: beyond PATH_MAX, which is 4096
  ::close(make_deep(root_, "aa", kDepth));
  watch();
  const int last = make_deep(root_, "bb", kDepth);
  EXPECT_EQ(0, ::mkdirat(last, "under", 0755));
  expect_law();
  // What is deep moves up, and what is high moves down.
  const int root = ::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT_EQ(0, ::renameat(root, "aa", last, "aa"));
  EXPECT_EQ(0, ::close(::openat(last, "under/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644)));
  expect_law();
  EXPECT_EQ(0, ::renameat(last, "under", root, "over"));
  EXPECT_EQ(0, ::mkdirat(last, "file", 0755));
  EXPECT_EQ(0, ::syscall(SYS_renameat2, last, "file", root, "over", RENAME_EXCHANGE));
  expect_law();
  EXPECT_EQ(0, ::renameat(last, "aa", root, "aa"));
  ::close(last);
  ::close(root);
  expect_law();
  remove_deep(path("aa"));
  expect_law();
  EXPECT_EQ(kDepth + 4, model_->listing().size());
}

TEST_P(Nasty, ManyEntriesInOneDirectory) {
  constexpr int kEntries = 100'000 / VIGIL_LESS;
  const std::string large = outside("large");
  testing::make_directory(large);
  for (int number = 0; number < kEntries; ++number) {
    (void)testing::raw::write(large + '/' + std::to_string(number), {}, testing::raw::Write::over);
  }
  watch();
  testing::move(large, path("large"));
  expect_law();
  EXPECT_EQ(std::size_t{kEntries} + 1, model_->listing().size());
  testing::move(path("large"), path("moved"));
  for (int number = 0; number < kEntries; number += 2) {
    (void)testing::raw::remove_file(path("moved/") + std::to_string(number));
  }
  expect_law();
  testing::move(path("moved"), large);
  expect_law();
  EXPECT_THAT(model_->listing(), IsEmpty());
}

TEST_P(Nasty, LinksInCircles) {
  testing::make_directory(path("d/e"));
  const auto link = [&](const std::string& target, const std::string& name) {
    EXPECT_TRUE(testing::raw::symbolic_link(target, path(name)));
  };
  link("..", "d/up");
  link("self", "self");
  watch();
  link("b", "a");
  link("a", "b");
  link(root_, "d/e/root");
  link("/", "d/slash");
  testing::move(path("d/up"), path("d/e/up"));
  testing::write_file(path("d/e/root/through"));
  expect_law();
  EXPECT_TRUE(model_->listing().contains("through"));
  EXPECT_FALSE(model_->listing().contains("d/e/root/through"));
  testing::exchange_entries(path("a"), path("d"));
  expect_law();
}

// A file is told of under the name it was written through.
TEST_P(Nasty, HardLinks) {
  testing::write_file(path("one"));
  EXPECT_TRUE(testing::raw::hard_link(path("one"), path("two")));
  EXPECT_TRUE(testing::raw::hard_link(path("one"), outside("three")));
  watch();
  const auto told = [&] { return texts(testing::catch_up(*watcher_), root_); };
  (void)told();
  testing::append_to(path("two"));
  const std::vector<std::string> written = told();
  EXPECT_THAT(written, ::testing::Contains("modified file two"));
  // Who polls sees that the file changed, under each of its names.
  if (GetParam().backend != BackendChoice::poll) {
    EXPECT_THAT(written, ::testing::Not(::testing::Contains("modified file one")));
  }
  if (GetParam().backend == BackendChoice::inotify) {
    testing::append_to(outside("three"));
    EXPECT_THAT(told(), IsEmpty());
  }
  testing::move(outside("three"), path("three"));
  testing::remove(path("one"));
  expect_law();
}

TEST_P(Nasty, WatchOfSlash) {
  if (::geteuid() != 0) GTEST_SKIP() << "a root of our own takes root";
  for (const char* const name : {"a/b", "proc", "sys"}) testing::make_directory(path(name));
  ASSERT_TRUE(testing::in_child(
      [&] {
        ASSERT_EQ(0, ::chroot(root_.c_str()));
        ASSERT_EQ(0, ::chdir("/"));
        ASSERT_EQ(0, ::mount("proc", "/proc", "proc", 0, nullptr));
        const std::unique_ptr<Watcher> watcher = replay::open({.backend = GetParam().backend});
        replay::add(*watcher, "/", {.exclude = {"/proc", "/sys"}});
        testing::write_file("/a/b/file");
        const std::vector<std::string> all = texts(testing::catch_up(*watcher));
        ASSERT_FALSE(all.empty());
        EXPECT_EQ("ready directory /", all[0]);
        EXPECT_THAT(all, ::testing::Contains("created file /a/b/file"));
        watcher->stop();
      },
      CLONE_NEWNS));
}

// fanotify needs no watches, and no user namespace may have it.
class FewWatches : public Nasty {};
INSTANTIATE_TEST_SUITE_P(, FewWatches,
                         ::testing::Values(Choice{BackendChoice::inotify, "inotify"},
                                           Choice{BackendChoice::poll, "poll"}),
                         choice_name);

// Almost all is polled.
TEST_P(FewWatches, AlmostNone) {
  for (const int watches : {1, 3, 7}) {
    const bool done = testing::in_child(
        [&] {
          std::ofstream("/proc/sys/user/max_inotify_watches") << watches << std::flush;
          watch();
          testing::work_together(static_cast<std::uint64_t>(watches), 2, 600 / VIGIL_LESS, root_, directory_->path());
          const auto deadline = std::chrono::steady_clock::now() + testing::kPatience;
          while (model_->listing() != listing_of_deep(root_) && std::chrono::steady_clock::now() < deadline) {
            if (const std::optional<Batch> batch = watcher_->wait(50ms)) apply(*model_, *batch);
          }
          expect_law();
          if (GetParam().backend == BackendChoice::inotify) {
            EXPECT_GT(model_->count(Kind::degraded), 0u);
          }
          watcher_->stop();
        },
        CLONE_NEWUSER);
    if (!done) GTEST_SKIP() << "no user namespace of our own allowed";
  }
}

// ---- the hostile worker ----

// In few names and at full speed, trees are moved into one another until they are thousands of levels deep.
class HostileWorker {
 public:
  HostileWorker(std::uint64_t seed, std::string inside, std::string outside)
      : random_(seed), tops_{std::move(inside), std::move(outside)} {}

  void run_for(std::chrono::milliseconds time, int operations_max) {
    const auto end = std::chrono::steady_clock::now() + time;
    for (int done = 0; done < operations_max && std::chrono::steady_clock::now() < end; done += 100) {
      for (int count = 0; count < 100; ++count) one();
    }
  }

 private:
  std::string path() {
    std::string path = tops_[random_() % 4 == 0 ? 1 : 0];
    for (auto depth = 1 + random_() % 3; depth > 0; --depth) path.append("/").append(1, "abcd"[random_() % 4]);
    return path;
  }

  void one() {
    const std::string one = path();
    const std::string other = path();
    const auto drawn = random_() % 10;
    if (drawn < 3) {
      (void)testing::raw::make_directories(one);
    } else if (drawn < 5) {
      (void)testing::raw::write(one, "text", testing::raw::Write::over);
    } else if (drawn < 7) {
      (void)testing::raw::rename(one, other);
    } else if (drawn < 8) {
      (void)testing::raw::exchange(one, other);
    } else if (drawn < 9) {
      (void)testing::raw::remove_file(one);
    } else {
      (void)testing::raw::remove_directory(one);
    }
  }

  std::mt19937_64 random_;
  std::string tops_[2];
};

// VIGIL_SECONDS=600 goes on for ten minutes.
TEST_P(Nasty, AHostileWorker) {
  const char* const wanted = std::getenv("VIGIL_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(wanted != nullptr ? std::atoi(wanted) : 3);
  // Who polls opens each directory by its whole path, so that a pass takes levels times directories: of a tree that a
  // fast machine makes in a second, minutes.
  const bool polls = GetParam().backend == BackendChoice::poll;
  const int operations_max = polls ? 10'000 : std::numeric_limits<int>::max();
  testing::make_directory(outside("out"));
  watch();
  for (std::uint64_t round = 1; std::chrono::steady_clock::now() < end && !HasFailure(); ++round) {
    replay::work_watched(
        [&] {
          std::thread other([&] { HostileWorker(round * 2, root_, outside("out")).run_for(1s, operations_max); });
          HostileWorker(round * 2 + 1, root_, outside("out")).run_for(1s, operations_max);
          other.join();
        },
        [&] {
          if (const std::optional<Batch> batch = watcher_->wait(1ms)) apply(*model_, *batch);
        });
    expect_law();
  }
}

}  // namespace
}  // namespace vigil::filesystems
