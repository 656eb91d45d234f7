// What was done before a mark is told though others never pause, and so something or other is always in doubt.
#include "fake/fake_kernel.hpp"
#include "sim/by_hand.hpp"

#include <string>

namespace vigil::sim {
namespace {

using fake::Call;

class Unpaused : public ByHand {
 protected:
  static constexpr int kStepsMax = 20;

  // A directory is there when it is told of and gone when it is to be listed, so that it is doubted until the next
  // step.
  void come_and_go() {
    const std::string path = "/r/d" + std::to_string(++made_);
    kernel_.make_directory(path);
    before(Call::open, 1, [this, path] { kernel_.remove_directory(path); });
  }

  // What is told until all that was done before is. `others` act before each step.
  template <typename Others>
  Told sync(Others others) {
    const backend::Mark mark = engine_.mark();
    bool prove = true;
    Told told;
    for (int steps = 0; steps < kStepsMax; ++steps) {
      others();
      for (std::string& text : step()) told.push_back(std::move(text));
      Batch batch;
      const bool settled = engine_.settle(mark, prove, now_, batch);
      for (std::string& text : take(batch)) told.push_back(std::move(text));
      if (settled) return told;
    }
    ADD_FAILURE() << "it has no end";
    return told;
  }

 private:
  int made_ = 0;
};

TEST_F(Unpaused, NewDoubtsAreNotWaitedFor) {
  watch();
  write("/o/f");
  for (int round = 0; round < 10; ++round) {
    const std::string mine = "/r/mine" + std::to_string(round);
    kernel_.make_directory(mine);
    kernel_.make_directory(mine + "/d");
    const Told told = sync([&] { come_and_go(); });
    EXPECT_EQ(1u, times(told, "created " + mine));
    EXPECT_EQ(1u, times(told, "created " + mine + "/d"));
  }
  settle();
  EXPECT_EQ("", differences());
}

// The listing of what was moved away waits for where it is found, and that for the queue to be read: several steps, in
// each of which there is something new.
TEST_F(Unpaused, OldDoubtsAreWaitedForHoweverManyStepsTheyTake) {
  watch();
  for (int round = 0; round < 10; ++round) {
    const std::string mine = "/r/mine" + std::to_string(round);
    const std::string moved = "/r/moved" + std::to_string(round);
    kernel_.make_directory(mine);
    kernel_.make_directory(mine + "/d");
    kernel_.make_directory(mine + "/d/e");
    before(Call::open, 1, [&] { kernel_.rename(mine, moved); });
    bool first = true;
    const Told told = sync([&] {
      if (!std::exchange(first, false)) come_and_go();
    });
    EXPECT_EQ(1u, times(told, "created " + mine));
    // By either name of its directory.
    EXPECT_EQ(1u, times(told, "created " + mine + "/d/e") + times(told, "created " + moved + "/d/e")) << round;
  }
  settle();
  EXPECT_EQ("", differences());
}

}  // namespace
}  // namespace vigil::sim
