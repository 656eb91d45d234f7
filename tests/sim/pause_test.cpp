// Writers that are taken off their processors within an operation: the disk is ahead of the records.
#include "fake/fake_kernel.hpp"
#include "sim/by_hand.hpp"

#include <gmock/gmock.h>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class Paused : public ByHand {
 protected:
  // Long after all that is waited for.
  Told step_late() {
    pass(1s);
    return work();
  }
};

TEST_F(Paused, BetweenTheHalvesOfAMove) {
  write("/r/a");
  watch();
  kernel_.pause_operation(1);
  kernel_.rename("/r/a", "/r/b");
  EXPECT_THAT(work(), IsEmpty());
  EXPECT_THAT(step_late(), ElementsAre("renamed /r/b"));
  EXPECT_THAT(settle(), IsEmpty());
}

TEST_F(Paused, BetweenTheHalvesOfAMoveOut) {
  write("/r/a");
  watch();
  kernel_.pause_operation(1);
  kernel_.rename("/r/a", "/o/a");
  EXPECT_THAT(work(), IsEmpty());
  EXPECT_THAT(settle(), ElementsAre("removed /r/a"));
}

TEST_F(Paused, BetweenTheHalvesOfAMoveWhileOthersWaitForAll) {
  write("/r/a");
  watch();
  kernel_.pause_operation(1);
  kernel_.rename("/r/a", "/r/b");
  bool prove = true;
  Batch batch;
  Told told = work();
  const backend::Mark mark = engine_.mark();
  while (!engine_.settle(mark, prove, now_, batch)) {
    for (std::string& text : work()) told.push_back(std::move(text));
  }
  EXPECT_THAT(take(batch), IsEmpty());
  EXPECT_THAT(told, ElementsAre("renamed /r/b"));
}

// The disk is asked about what was renamed, and by then its name is free again.
TEST_F(Paused, BeforeTheRecordsOfTheNextMove) {
  write("/r/a");
  watch();
  kernel_.rename("/r/a", "/r/b");
  before(fake::Call::status, 2, [this] {
    kernel_.pause_operation(0);
    kernel_.rename("/r/b", "/r/c");
  });
  EXPECT_THAT(settle(), ElementsAre("renamed /r/b", "renamed /r/c"));
}

// Each time it is looked at, it has the next name.
TEST_F(Paused, AheadOfEachLook) {
  write("/r/a");
  watch();
  kernel_.rename("/r/a", "/r/b");
  int opened = 0;
  kernel_.hook = [&](fake::Call call) {
    if (call != fake::Call::open) return;
    if (++opened == 1) kernel_.rename("/r/b", "/r/c");
    if (opened == 2) kernel_.rename("/r/c", "/r/d");
  };
  EXPECT_THAT(settle(), ElementsAre("renamed /r/b", "renamed /r/c", "renamed /r/d"));
}

// What was renamed just now, and another that takes its name before the next look.
TEST_F(Paused, WhileDirectoriesChangePlaces) {
  kernel_.make_directory("/r/a");
  kernel_.make_directory("/r/b");
  watch();
  kernel_.rename("/r/a", "/r/tmp");
  before(fake::Call::open, 1, [this] {
    kernel_.rename("/r/b", "/r/a");
    kernel_.rename("/r/tmp", "/r/b");
  });
  EXPECT_THAT(settle(), ElementsAre("renamed /r/tmp", "renamed /r/a", "renamed /r/b"));
}

TEST_F(Paused, WithinTheSecondOfTwoExchanges) {
  kernel_.make_directory("/r/a");
  kernel_.make_directory("/r/b");
  write("/r/a/f");
  watch();
  kernel_.exchange("/r/a", "/r/b");
  kernel_.pause_operation(2);
  kernel_.exchange("/r/a", "/r/b");
  work();
  step_late();
  kernel_.finish_operation();
  settle();
  EXPECT_EQ("", differences());
}

}  // namespace
}  // namespace vigil::sim
