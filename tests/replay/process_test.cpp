// The replay law with the command, whose process is stopped until the kernel's queue has overflowed.
#include "replay/playground.hpp"
#include "replay/watching_process.hpp"

namespace vigil::replay {
namespace {

using testing::Model;
using testing::Told;

class Process : public OnEachFileSystem {};
INSTANTIATE_TEST_SUITE_P(, Process, both_file_systems(), file_system_name);

TEST_P(Process, Running) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    WatchingProcess process(playground.inside());
    ASSERT_EQ(Kind::ready, process.next().value_or(Told()).kind);
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    for (std::size_t round = 0; round < kRounds && !HasFailure(); ++round) {
      playground.work();
      process.catch_up(model);
      EXPECT_TRUE(is_true(model, playground.inside()));
    }
    EXPECT_TRUE(process.end(model));
    EXPECT_TRUE(is_true(model, playground.inside()));
  });
}

TEST_P(Process, StoppedUntilTheQueueOverflows) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    WatchingProcess process(playground.inside());
    ASSERT_EQ(Kind::ready, process.next().value_or(Told()).kind);
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    for (std::size_t round = 0; round < kRounds && !HasFailure(); ++round) {
      const bool overflows = round % 3 == 0;
      if (overflows) process.stop();
      playground.work();
      if (overflows) {
        testing::overflow_queue(playground.inside());
        playground.work();
        process.go_on();
      }
      process.catch_up(model);
      EXPECT_TRUE(is_true(model, playground.inside()));
    }
    EXPECT_TRUE(process.end(model));
    EXPECT_TRUE(is_true(model, playground.inside()));
    EXPECT_GT(model.count(Kind::rescan), 0u);
  });
}

}  // namespace
}  // namespace vigil::replay
