// Numbers the events that come from several helpers as one stream.
#pragma once

#include <vigil/event.hpp>

#include <cstdint>

namespace vigil::core {

// One thread at a time.
class Teller {
 public:
  void begin_step(Batch& out) {
    out_ = &out;
    now_ = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  }

  // Only during a step. The texts are copied; one without a time is given that of the step.
  void tell(Event event) {
    if (event.time == Timestamp{}) event.time = now_;
    if (event.kind == Kind::renamed) seq_ += 2;  // left to the net effect, as the engine does
    event.seq = ++seq_;
    out_->append(event);
    ++events_;
  }

  std::uint64_t events() const { return events_; }

 private:
  Batch* out_ = nullptr;
  Timestamp now_{};
  std::uint64_t seq_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace vigil::core
