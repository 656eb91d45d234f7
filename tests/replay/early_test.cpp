// A root that is ready before it was listed: what happens while the listing goes on is told from `ready` on all the
// same, whatever of it the listing saw.
#include "replay/playground.hpp"
#include "support/files.hpp"

#include <vigil/watcher.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>

namespace vigil::replay {
namespace {

using namespace std::chrono_literals;
using testing::Model;
using testing::Told;

class Early : public OnEachFileSystem {
 protected:
  // Watches, works at once, and gives what was told.
  Model watch_and_work(const std::string& inside, const std::function<void()>& work) {
    Model model(inside, testing::listing_of(inside));
    Result<Watcher> watcher = Watcher::open({.backend = BackendChoice::fanotify});
    if (!watcher) {
      refused_ = watcher.error().message();
      return model;
    }
    const Status added = watcher->add(inside);
    EXPECT_TRUE(added) << added.error().message();
    std::atomic<bool> done = false;
    std::thread writers([&] {
      work();
      done = true;
    });
    while (!done) {
      if (const std::optional<Batch> batch = watcher->wait(1ms)) {
        for (const Event& event : *batch) model.apply(Told(event));
      }
    }
    writers.join();
    for (const Told& told : testing::catch_up(*watcher)) model.apply(told);
    return model;
  }

  std::string refused_;
};
INSTANTIATE_TEST_SUITE_P(, Early, both_file_systems(), file_system_name);

// Takes some tens of milliseconds to list.
void make_large(const std::string& inside) {
  for (int outer = 0; outer < 40; ++outer) {
    const std::string directory = inside + "/large" + std::to_string(outer);
    testing::make_directory(directory);
    for (int inner = 0; inner < 40; ++inner) testing::make_directory(directory + "/" + std::to_string(inner));
  }
}

// Files come, are written, saved, renamed, and go; directories come and go, with what is in them.
void work_without_moving_directories(const std::string& inside, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
  const auto place = [&] {
    std::filesystem::path path = inside + "/large" + std::to_string(below(40));
    if (below(3) != 0) path /= std::to_string(below(40));
    return path / std::string(1, static_cast<char>('a' + below(4)));
  };
  for (int operation = 0; operation < 1000; ++operation) {
    std::error_code ignored;
    const std::filesystem::path path = place();
    switch (below(6)) {
      case 0: std::filesystem::create_directories(path / "x", ignored); break;
      case 1: std::filesystem::remove_all(path, ignored); break;
      case 2: std::filesystem::create_symlink("nowhere", path, ignored); break;
      case 3:
        if (std::filesystem::is_regular_file(std::filesystem::symlink_status(path, ignored))) {
          std::filesystem::rename(path, place(), ignored);
        }
        break;
      default:
        if (!std::filesystem::is_symlink(path, ignored)) std::ofstream(path) << operation;
        break;
    }
  }
}

TEST_P(Early, TellsWhatHappensDuringTheListing) {
  int exact = 0;
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    make_large(playground.inside());
    const Model model =
        watch_and_work(playground.inside(), [&] { work_without_moving_directories(playground.inside(), seed); });
    if (!refused_.empty()) GTEST_SKIP() << refused_;
    EXPECT_EQ(model.count(Kind::ready), 1U);
    if (model.count(Kind::rescan) == 0) ++exact;  // or one in forty: a name came and went and came in merged records
    const testing::Listing disk = testing::listing_of(playground.inside());
    EXPECT_TRUE(model.listing() == disk) << testing::differences(model.listing(), disk) << model.violations();
  });
  EXPECT_TRUE(exact > 0 || IsSkipped());
}

// Where a directory was moved before it was listed, nobody can say what was in it at `ready`: all is told anew.
TEST_P(Early, TellsAllAnewWhereDirectoriesMoved) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    make_large(playground.inside());
    const Model model = watch_and_work(playground.inside(), [&] { playground.work(); });
    if (!refused_.empty()) GTEST_SKIP() << refused_;
    EXPECT_EQ(model.count(Kind::ready), 1U);
    // A loss during a repair begins it anew.
    EXPECT_GE(model.count(Kind::rescan), model.count(Kind::live));
    EXPECT_EQ(model.count(Kind::rescan) > 0, model.count(Kind::live) > 0);
    const testing::Listing disk = testing::listing_of(playground.inside());
    EXPECT_TRUE(model.listing() == disk) << testing::differences(model.listing(), disk) << model.violations();
  });
}

}  // namespace
}  // namespace vigil::replay
