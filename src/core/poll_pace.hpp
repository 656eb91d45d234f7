// When to poll: as often as a small share of a processor allows.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace vigil::core {

// A pass over everything that is polled may take one percent of one processor: after one that took 20 ms the next
// begins 2 seconds later. Directories in which something happened in the last few seconds are looked at more often in
// between, for five percent. Bounds keep small trees from being asked all the time, and large ones from being
// forgotten: a tree whose pass takes longer than 300 ms costs more than the share.
//
// One thread at a time.
class PollPace {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  static constexpr int kIdleDivisor = 100;
  static constexpr int kActiveDivisor = 20;
  static constexpr std::chrono::milliseconds kIdleMin{500};
  static constexpr std::chrono::milliseconds kActiveMin{250};
  static constexpr std::chrono::seconds kMax{30};

  // So long a directory counts as active after a change was found in it.
  static constexpr std::chrono::seconds kActiveTime{3};

  // A pass over everything, or over the active directories, ended and took so much of the processors.
  void passed(bool everything, std::chrono::nanoseconds cost, Moment now) {
    if (everything) all_not_before_ = now + interval(cost, kIdleDivisor, kIdleMin);
    active_not_before_ = now + interval(cost, kActiveDivisor, kActiveMin);
  }

  // There is something to poll from now on.
  void begin(Moment now) {
    if (all_not_before_) return;
    all_not_before_ = now + kIdleMin;
    active_not_before_ = now + kActiveMin;
  }
  void end() { all_not_before_.reset(); }

  bool is_due(Moment now) const { return all_not_before_ && now >= *all_not_before_; }
  bool is_active_due(Moment now) const { return now >= active_not_before_; }

  std::optional<Moment> next(bool some_are_active) const {
    if (!all_not_before_ || !some_are_active) return all_not_before_;
    return std::min(*all_not_before_, active_not_before_);
  }

 private:
  static std::chrono::nanoseconds interval(std::chrono::nanoseconds cost, int divisor, std::chrono::nanoseconds least) {
    return std::clamp<std::chrono::nanoseconds>(cost * divisor, least, kMax);
  }

  std::optional<Moment> all_not_before_;
  Moment active_not_before_{};
};

}  // namespace vigil::core
