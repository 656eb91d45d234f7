#include "core/pace.hpp"

#include <gtest/gtest.h>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;

// A clock that the test moves.
class PaceTest : public ::testing::Test {
 protected:
  void step_after(std::chrono::nanoseconds time, std::uint64_t records, std::uint64_t foreign = 0) {
    now_ += time;
    pace_.note(records, foreign, now_);
  }

  void become_dense() {
    for (int step = 0; step <= Pace::kStepsToBegin; ++step) step_after(10us, 2);
  }

  Pace pace_;
  Pace::Moment now_{1h};
};

TEST_F(PaceTest, SparseRecordsAreReadAtOnce) {
  for (int step = 0; step < 100; ++step) step_after(Pace::kPause + 1us, 1000);
  EXPECT_FALSE(pace_.is_dense());
}

TEST_F(PaceTest, AFewStepsCloseTogetherAreNoBurst) {
  for (int round = 0; round < 10; ++round) {
    step_after(1ms, 1);
    for (int step = 1; step < Pace::kStepsToBegin; ++step) {
      step_after(10us, 1);
      EXPECT_FALSE(pace_.is_dense());
    }
  }
}

TEST_F(PaceTest, StepsThatFoundNothingAreNoBurst) {
  for (int step = 0; step < 100; ++step) step_after(10us, 0);
  EXPECT_FALSE(pace_.is_dense());
}

TEST_F(PaceTest, DenseRecordsAreGathered) {
  become_dense();
  EXPECT_TRUE(pace_.is_dense());
  EXPECT_EQ(pace_.next(), now_ + Pace::kPause);
  for (int step = 0; step < 100; ++step) step_after(150us, 40);
  EXPECT_TRUE(pace_.is_dense());
}

TEST_F(PaceTest, WhatIsOfNoConcernIsGatheredLonger) {
  become_dense();
  step_after(100us, 40, 40);
  EXPECT_EQ(pace_.next(), now_ + Pace::kLongPause);
  step_after(600us, 100, 99);
  EXPECT_TRUE(pace_.is_dense());
  EXPECT_EQ(pace_.next(), now_ + Pace::kPause);
}

TEST_F(PaceTest, ASingleRecordOfNoConcernIsNoBurst) {
  step_after(10us, 1, 1);
  EXPECT_FALSE(pace_.is_dense());
  EXPECT_EQ(pace_.next(), now_ + Pace::kPause);
}

TEST_F(PaceTest, ABurstThatThinsOutIsOver) {
  become_dense();
  step_after(100us, Pace::kRecordsToStay - 1);
  EXPECT_FALSE(pace_.is_dense());
}

TEST_F(PaceTest, ABurstThatIsOverBeginsAnew) {
  become_dense();
  step_after(100us, 0);
  for (int step = 1; step < Pace::kStepsToBegin; ++step) {
    step_after(10us, 2);
    EXPECT_FALSE(pace_.is_dense());
  }
}

}  // namespace
}  // namespace vigil::core
