// When to sleep until the next record, and when to let records gather for a moment.
#pragma once

#include <chrono>
#include <cstdint>

namespace vigil::core {

// Going to sleep and being woken costs a thread several times what a record does. A writer that makes a record every
// few microseconds would have it sleep and wake for each two or three of them. So, as a network card does with its
// interrupts, once records come densely they are read a moment apart. What comes alone is read at once, always.
// docs/decisions/0006-dense-records-are-gathered.md has the figures.
//
// One thread at a time.
class Pace {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // The kernel lets a timer ring up to 50 microseconds late (PR_SET_TIMERSLACK, prctl(2)). Its queue holds what a
  // writer makes in a hundred times as long.
  static constexpr std::chrono::microseconds kPause{50};

  // While all that is read is of no concern: where the kernel tells of a whole file system, whoever else works on it.
  static constexpr std::chrono::microseconds kLongPause{500};

  // Dense: so many steps in a row that found records, each within kPause of the one before. Until a step finds less
  // than it took to be worth the pause.
  static constexpr int kStepsToBegin = 8;
  static constexpr std::uint64_t kRecordsToStay = 8;

  // After each step: how many records it read, and how many of them were of no concern.
  void note(std::uint64_t records, std::uint64_t foreign, Moment now) {
    const bool was_dense = is_dense_;
    close_together_ = records != 0 && now - last_ < pause_ ? close_together_ + 1 : 0;
    is_dense_ = was_dense ? records >= kRecordsToStay : close_together_ >= kStepsToBegin;
    pause_ = is_dense_ && records == foreign ? kLongPause : kPause;
    last_ = now;
  }

  // Records are to be left to gather until next().
  bool is_dense() const { return is_dense_; }
  Moment next() const { return last_ + pause_; }

 private:
  Moment last_{};
  std::chrono::microseconds pause_ = kPause;
  int close_together_ = 0;
  bool is_dense_ = false;
};

}  // namespace vigil::core
