// A root that is ready before it was listed: what happens while the listing goes on is told from `ready` on all the
// same, whatever of it the listing saw.
#include "replay/playground.hpp"
#include "support/files.hpp"

#include <vigil/watcher.hpp>

#include <atomic>
#include <string>
#include <thread>

namespace vigil::replay {
namespace {

using namespace std::chrono_literals;
using testing::Model;
using testing::Told;

class Early : public OnEachFileSystem {};
INSTANTIATE_TEST_SUITE_P(, Early, both_file_systems(), file_system_name);

// Takes some tens of milliseconds to list, and has what the writers know names for near its top.
void make_large(const std::string& inside) {
  for (int outer = 0; outer < 40; ++outer) {
    const std::string directory = inside + "/large" + std::to_string(outer);
    testing::make_directory(directory);
    for (int inner = 0; inner < 40; ++inner) testing::make_directory(directory + "/" + std::to_string(inner));
  }
}

TEST_P(Early, TellsWhatHappensDuringTheListing) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    make_large(playground.inside());
    Result<Watcher> watcher = Watcher::open({.backend = BackendChoice::fanotify});
    if (!watcher) GTEST_SKIP() << watcher.error().message();
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    std::atomic<bool> done = false;
    const Status added = watcher->add(playground.inside());
    ASSERT_TRUE(added) << added.error().message();
    std::thread writers([&] {
      playground.work();
      done = true;
    });
    while (!done) {
      if (const std::optional<Batch> batch = watcher->wait(1ms)) {
        for (const Event& event : *batch) model.apply(Told(event));
      }
    }
    writers.join();
    for (const Told& told : testing::catch_up(*watcher)) model.apply(told);
    const testing::Listing disk = testing::listing_of(playground.inside());
    EXPECT_EQ(model.listing(), disk) << testing::differences(model.listing(), disk) << model.violations();
    EXPECT_EQ(model.count(Kind::ready), 1U);
    EXPECT_EQ(model.count(Kind::rescan), 0U);
  });
}

}  // namespace
}  // namespace vigil::replay
