// Milliseconds since the system was started, without the wrap at 49.7 days.
#pragma once

#include <atomic>
#include <cstdint>

namespace vigil::base {

// Makes 64 bits of the 32 that the system counts. Right as long as it is asked at least once in 49 days. Thread-safe.
class TickCounter {
 public:
  constexpr TickCounter() = default;

  // `ticks`: as the system has counted them now.
  std::uint64_t extend(std::uint32_t ticks) {
    std::uint64_t last = last_.load(std::memory_order_relaxed);
    while (true) {
      const std::uint32_t since = ticks - static_cast<std::uint32_t>(last);
      // Another thread, whose look was later, was here first.
      if (last != 0 && since > UINT32_MAX - kRaceMilliseconds) return last;
      const std::uint64_t now = last + since;
      if (last_.compare_exchange_weak(last, now, std::memory_order_relaxed)) return now;
    }
  }

 private:
  // Two threads may look at the system's count in one order and come here in the other, so far apart at most.
  static constexpr std::uint32_t kRaceMilliseconds = 10 * 60 * 1000;

  std::atomic<std::uint64_t> last_ = 0;
};

}  // namespace vigil::base
