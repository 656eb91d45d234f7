// The replay law on every kind of file system that a machine may have.
#include "filesystems/choices.hpp"
#include "filesystems/ground.hpp"
#include "replay/watching.hpp"
#include "support/files.hpp"
#include "sys/disk.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <tuple>

namespace vigil::filesystems {
namespace {

using namespace std::chrono_literals;
using replay::apply;
using replay::apply_all;
using replay::is_true;
using testing::kPatience;
using testing::Model;

// Pairs that a backend rightly refuses: the file system, and the backend's name.
const std::vector<std::pair<std::string, std::string>> kLeftOut = {};

bool is_left_out(const std::string& ground, const std::string& backend) {
  return std::find(kLeftOut.begin(), kLeftOut.end(), std::pair(ground, backend)) != kLeftOut.end();
}

using Pair = std::tuple<std::string, Choice>;

std::vector<Pair> all_pairs() {
  std::vector<Pair> all;
  for (const std::string& ground : ground_names()) {
    for (const Choice& choice : kChoices) {
      if (!is_left_out(ground, choice.name)) all.emplace_back(ground, choice);
    }
  }
  return all;
}

class FileSystems : public ::testing::TestWithParam<Pair> {
 protected:
  void SetUp() override {
    if (const std::string why = why_not(); !why.empty()) GTEST_SKIP() << why;
    std::string why;
    ground_ = make_ground(std::get<0>(GetParam()), why);
    if (ground_ == nullptr) GTEST_SKIP() << why;
  }

  static Options options() { return {.backend = std::get<1>(GetParam()).backend}; }

  static void work(const Arena& arena, std::uint64_t number) {
    testing::work_together(number, replay::kWriters, replay::kOperations / replay::kRounds, arena.inside,
                           arena.outside);
  }

  void work_while_it_is_told(std::uint64_t seed);
  void work_while_a_callback_is_blocked(std::uint64_t seed);

  std::unique_ptr<Ground> ground_;
};

std::string pair_name(const ::testing::TestParamInfo<Pair>& parameter) {
  return std::get<0>(parameter.param) + '_' + std::get<1>(parameter.param).name;
}

INSTANTIATE_TEST_SUITE_P(, FileSystems, ::testing::ValuesIn(all_pairs()), pair_name);

void FileSystems::work_while_it_is_told(std::uint64_t seed) {
  const Arena arena = ground_->arena(seed);
  const std::unique_ptr<Watcher> watcher = replay::open(options());
  replay::add_and_list(*watcher, arena.watched);
  Model model(arena.watched, testing::listing_of(arena.watched));
  for (std::size_t round = 0; round < replay::kRounds && !HasFailure(); ++round) {
    replay::work_watched([&] { work(arena, seed * 100 + 1 + round); },
                         [&] {
                           if (const std::optional<Batch> batch = watcher->wait(1ms)) apply(model, *batch);
                         });
    apply_all(model, *watcher);
    EXPECT_TRUE(is_true(model, arena.watched));
  }
}

// Both queues overflow, that of vigil and that of the kernel.
void FileSystems::work_while_a_callback_is_blocked(std::uint64_t seed) {
  const Arena arena = ground_->arena(seed);
  Model model(arena.watched, testing::listing_of(arena.watched));
  replay::Gate gate;
  std::mutex looking;
  Options chosen = options();
  chosen.queue_bytes_max = 16 * 1024;
  chosen.callback = [&](const Batch& batch) {
    gate.pass();
    const std::lock_guard lock(looking);
    apply(model, batch);
  };
  const std::unique_ptr<Watcher> watcher = replay::open(std::move(chosen));
  replay::add_and_list(*watcher, arena.watched);
  for (std::size_t round = 0; round < replay::kRounds && !HasFailure(); ++round) {
    const bool overflows = round % 4 == 1;
    if (overflows) {
      gate.close();
      testing::overflow_queue(arena.inside);
    }
    work(arena, seed * 100 + 1 + round);
    gate.open();
    const Status synced = watcher->sync(kPatience);
    EXPECT_TRUE(synced) << synced.error().message();
    const std::lock_guard lock(looking);
    EXPECT_TRUE(is_true(model, arena.watched));
  }
  watcher->stop();
}

TEST_P(FileSystems, ReplayLaw) {
  replay::run_seeds(VIGIL_FILESYSTEM_SEEDS, [&](std::uint64_t seed) { work_while_it_is_told(seed); });
}

TEST_P(FileSystems, ReplayLawThroughLosses) {
  replay::run_seeds(VIGIL_FILESYSTEM_SEEDS, [&](std::uint64_t seed) { work_while_a_callback_is_blocked(seed); });
}

// ---- what the engine relies on ----

class Listing : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(, Listing, ::testing::ValuesIn(ground_names()),
                         [](const auto& parameter) { return parameter.param; });

// A directory is opened, then watched, then listed. What is made between the first two is in no record.
TEST_P(Listing, HoldsWhatWasMadeSinceTheDirectoryWasOpened) {
  if (const std::string reason = why_not(); !reason.empty()) GTEST_SKIP() << reason;
  std::string why;
  const std::unique_ptr<Ground> ground = make_ground(GetParam(), why);
  if (ground == nullptr) GTEST_SKIP() << why;
  const Arena arena = ground->arena(1);
  const std::string directory = arena.inside + "/just-made";
  testing::make_directory(directory);
  const std::unique_ptr<sys::Disk> disk = sys::make_disk();
  const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk->open(directory);
  ASSERT_TRUE(open);
  testing::write_file(directory + "/file");
  const auto entries = open.value->read();
  ASSERT_TRUE(entries);
  ASSERT_EQ(1u, entries.value.size());
  EXPECT_EQ("file", entries.value[0].name);
}

// ---- mounts that come and go ----

class EachBackend : public ::testing::TestWithParam<Choice> {
 protected:
  void SetUp() override {
    if (const std::string why = why_not(); !why.empty()) GTEST_SKIP() << why;
  }

  std::unique_ptr<Watcher> open_watcher() { return replay::open({.backend = GetParam().backend}); }
};

INSTANTIATE_TEST_SUITE_P(, EachBackend, ::testing::ValuesIn(kChoices), choice_name);

void take_until(Kind kind, Watcher& watcher, Model& model) {
  for (const testing::Told& told : testing::take_until(watcher, kind)) model.apply(told);
}

TEST_P(EachBackend, UnmountedUnderTheWatcherAndMountedAgain) {
  const std::string above = yard() + "/above";
  const std::string place = above + "/place";
  const std::string elsewhere = yard() + "/elsewhere";
  testing::make_directory(place);
  testing::make_directory(elsewhere);
  std::string why;
  LoopMount mount("ext4", place, why);
  if (!why.empty()) GTEST_SKIP() << why;
  const std::string root = place + "/watched";
  testing::make_directory(root + "/kept/deep");
  testing::make_directory(root + "/moved/deep");
  testing::write_file(root + "/moved/deep/file");
  testing::write_file(root + "/removed");

  const std::unique_ptr<Watcher> watcher = open_watcher();
  replay::add_and_list(*watcher, root);
  Model model(root, testing::listing_of(root));
  testing::write_file(root + "/kept/deep/file");
  apply_all(model, *watcher);
  EXPECT_TRUE(is_true(model, root));

  // Nothing of the watcher's keeps it from being unmounted.
  ASSERT_TRUE(mount.unmount());
  take_until(Kind::lost, *watcher, model);

  // It changes where nobody sees it.
  ASSERT_TRUE(mount.mount_at(elsewhere));
  testing::remove(elsewhere + "/watched/removed");
  testing::move(elsewhere + "/watched/moved", elsewhere + "/watched/kept/moved");
  testing::write_file(elsewhere + "/watched/new");
  ASSERT_TRUE(mount.unmount());
  ASSERT_TRUE(mount.mount_at(place));
  // That it is mounted again is all that draws the attention there.
  take_until(Kind::live, *watcher, model);
  EXPECT_EQ(model.count(Kind::restored), 1U);
  apply_all(model, *watcher);
  EXPECT_TRUE(is_true(model, root));

  testing::write_file(root + "/kept/moved/deep/another");
  apply_all(model, *watcher);
  EXPECT_TRUE(is_true(model, root));
}

// A subvolume has a device of its own, and cannot be marked by fanotify: neither as a root nor below one.
TEST_P(EachBackend, SubvolumesOfBtrfs) {
  const std::string place = yard() + "/subvolumes";
  testing::make_directory(place);
  std::string why;
  LoopMount mount("btrfs", place, why);
  if (!why.empty()) GTEST_SKIP() << why;
  const std::string root = place + "/watched";
  const std::string subvolume = root + "/subvolume";
  testing::make_directory(root);
  ASSERT_EQ(0, std::system(("btrfs subvolume create " + subvolume + " > /dev/null").c_str()));
  for (const std::string& at : {root, subvolume}) {
    testing::make_directory(at + "/one/deep");
    testing::make_directory(at + "/other");
  }
  for (const std::string& watched : {root, subvolume}) {
    const std::unique_ptr<Watcher> watcher = open_watcher();
    replay::add(*watcher, watched);
    Model model(watched, testing::listing_of(watched));
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      testing::work_together(seed, replay::kWriters, 100, root + "/one", root + "/other");
      testing::work_together(seed, replay::kWriters, 100, subvolume + "/one", subvolume + "/other");
      apply_all(model, *watcher);
      EXPECT_TRUE(is_true(model, watched));
    }
  }
  ASSERT_EQ(0, std::system(("btrfs subvolume delete " + subvolume + " > /dev/null").c_str()));
}

// The layers of an overlay are not to be changed while it is mounted, says the kernel; who does so all the same is not
// told of. What is changed through the mount is told nevertheless.
TEST_P(EachBackend, LayersOfAnOverlayChangedBehindIt) {
  std::string why;
  const std::unique_ptr<Ground> ground = make_ground("overlayfs", why);
  if (ground == nullptr) GTEST_SKIP() << why;
  const Arena arena = ground->arena(1);
  const std::string merged = std::filesystem::path(arena.watched).parent_path();
  const auto layer = [&](const std::string& name) {
    return std::filesystem::path(merged).parent_path().string() + '/' + name + "-1";
  };
  const std::unique_ptr<Watcher> watcher = open_watcher();
  replay::add_and_list(*watcher, arena.watched);
  Model model(arena.watched, testing::listing_of(arena.watched));
  testing::make_directory(layer("upper") + "/inside/behind");
  testing::write_file(layer("upper") + "/inside/behind/file");
  testing::write_file(layer("lower") + "/inside/below");
  apply_all(model, *watcher);
  for (int number = 0; number < 20; ++number) {
    testing::write_file(arena.inside + "/seen-" + std::to_string(number));
    testing::make_directory(arena.inside + "/made-" + std::to_string(number) + "/deep");
  }
  testing::remove(arena.inside + "/seen-7");
  apply_all(model, *watcher);
  EXPECT_EQ("", model.violations());
  for (const auto& [path, type] : testing::listing_of(arena.watched)) {
    const bool is_behind = path == "below" || path.starts_with("behind");
    EXPECT_TRUE(is_behind || model.listing().contains(path)) << path;
  }
  EXPECT_FALSE(model.listing().contains("seen-7"));
}

}  // namespace
}  // namespace vigil::filesystems
