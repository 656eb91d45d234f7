// The replay law across the ends of watchers: from a snapshot on, all that is told since, by whatever watches next,
// leads to what is on the disk. Work goes on while nobody watches, while the difference is told, and while it is
// watched.
#include "replay/watching.hpp"

#include <vigil/snapshot.hpp>

#include <memory>
#include <random>
#include <thread>

namespace vigil::replay {
namespace {

using namespace std::chrono_literals;
using testing::Model;

class CatchUp : public OnEachFileSystem {};
INSTANTIATE_TEST_SUITE_P(, CatchUp, both_file_systems(), file_system_name);

// The models of consumers that were stern begin anew with each watcher, whose events are numbered from 1.
Model go_on(const Model& model, const std::string& root) { return Model(root, model.listing()); }

TEST_P(CatchUp, ComparedOnce) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    Result<Snapshot> snapshot = Snapshot::take(playground.inside(), {});
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    for (int round = 0; round < 2 && !HasFailure(); ++round) {
      playground.work();
      model = go_on(model, playground.inside());
      Result<Snapshot> now = snapshot->tell_changes([&](const Batch& batch) { apply(model, batch); });
      ASSERT_TRUE(now) << now.error().message();
      EXPECT_TRUE(is_true(model, playground.inside()));
      snapshot = std::move(now);
    }
  });
}

// Each watcher ends with events that nobody took.
TEST_P(CatchUp, ByWatchersThatEnd) {
  for_each_seed([&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Playground playground(place_, seed);
    Result<Snapshot> snapshot = Snapshot::take(playground.inside(), {});
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    for (int session = 0; session < 3 && !HasFailure(); ++session) {
      playground.work(60);
      Options options;
      options.backend = random() % 2 == 0 ? BackendChoice::automatic : BackendChoice::poll;
      if (random() % 3 == 0) options.settle = 2ms;
      const std::unique_ptr<Watcher> watcher = open(options);
      RootOptions root;
      root.since = *snapshot;
      model = go_on(model, playground.inside());
      work_watched(
          [&] {
            std::thread adder([&] { add(*watcher, playground.inside(), root); });
            playground.work(100);
            adder.join();
          },
          [&] {
            if (const std::optional<Batch> batch = watcher->wait(1ms)) apply(model, *batch);
          });
      if (random() % 2 == 0) {
        apply_all(model, *watcher);
        EXPECT_TRUE(is_true(model, playground.inside()));
      }
      playground.work(30);
      snapshot = watcher->snapshot(playground.inside());
      ASSERT_TRUE(snapshot) << snapshot.error().message();
    }
    model = go_on(model, playground.inside());
    const Result<Snapshot> now = snapshot->tell_changes([&](const Batch& batch) { apply(model, batch); });
    ASSERT_TRUE(now) << now.error().message();
    EXPECT_TRUE(is_true(model, playground.inside()));
  });
}

}  // namespace
}  // namespace vigil::replay
