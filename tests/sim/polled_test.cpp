// Directories that the kernel would not watch, and what else may happen when they are compared.
#include "fake/fake_kernel.hpp"
#include "sim/by_hand.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <string>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;

// One watch for "/", in which the root is a name, and one for the root: none for the directory in it.
constexpr fake::KernelOptions kFewWatches{.queue_max = 8, .watches_max = 2};

class Polled : public ByHand {
 protected:
  Polled() : ByHand(kFewWatches) {
    kernel_.make_directory("/r/d");
    write("/r/d/f");
    pass(10ms);
    watch();
  }
};

TEST_F(Polled, AChangeIsToldOnceThoughNothingTellsOfIt) {
  write("/r/d/f");
  EXPECT_EQ(times(work(), "modified /r/d/f"), 0u);
  pass(3s);
  EXPECT_EQ(times(work(), "modified /r/d/f"), 1u);
  pass(3s);
  EXPECT_EQ(times(work(), "modified /r/d/f"), 0u);
}

// The repair compares with the time of the loss, which is later than what the poll has to compare with.
TEST_F(Polled, AChangeIsToldThoughARepairFallsTogetherWithThePoll) {
  write("/r/d/f");
  pass(1s);
  work();
  pass(2s);
  for (int number = 0; number < 10; ++number) write("/r/" + std::to_string(number));
  const Told told = work();
  EXPECT_EQ(times(told, "rescan /r"), 1u);
  EXPECT_EQ(times(told, "modified /r/d/f"), 1u);
}

// It cannot be opened when it is its turn.
TEST_F(Polled, AChangeIsToldThoughAPollFailed) {
  pass(10ms);
  write("/r/d/f");
  kernel_.fault = [](fake::Call call) { return call == fake::Call::open ? EMFILE : 0; };
  pass(3s);
  work();
  pass(3s);
  work();
  kernel_.fault = nullptr;
  pass(3s);
  EXPECT_EQ(times(work(), "modified /r/d/f"), 1u);
}

}  // namespace
}  // namespace vigil::sim
