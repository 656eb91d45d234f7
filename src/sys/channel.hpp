// The helper's side of what process.hpp is the program's: the channel, and a watchdog over its own work.
#pragma once

#include <vigil/descriptor.hpp>

#include "sys/outcome.hpp"
#include "sys/process.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace vigil::sys {

// What this process exits with when the watchdog ended it.
inline constexpr int kExitHung = 86;

// The standard input and output of this process. One thread at a time.
class Channel {
 public:
  virtual ~Channel() = default;

  using Moment = std::chrono::steady_clock::time_point;

  // Neither ever waits.
  virtual Transfer receive(std::span<char> room) = 0;
  virtual Transfer send(std::string_view bytes) = 0;

  // Returns when something has arrived, `descriptor`, if any, is readable, the time has come or, where wanted, there
  // is room to send. True when it is the descriptor, or may be.
  virtual bool sleep(std::optional<Descriptor> descriptor, bool wants_room, std::optional<Moment> until) = 0;
};

Outcome<std::unique_ptr<Channel>> open_channel();

// Ends this process when a piece of work takes longer than a limit, and when the other end of the channel is gone, even
// while another thread hangs in a call of the system. If that call cannot be interrupted the process stays until it
// returns, but the channel is closed at once, so that the other side learns of it.
//
// Costs nothing while there is no work, and a system call once in `limit` while there is. begin() and end() are called
// by one thread, go_on() by any.
class Watchdog {
 public:
  virtual ~Watchdog() = default;

  virtual void begin() = 0;  // work begins, or has got on
  virtual void go_on() = 0;  // the work has got on, if there is any
  virtual void end() = 0;    // there is none now
};

Outcome<std::unique_ptr<Watchdog>> open_watchdog(std::chrono::milliseconds limit);

}  // namespace vigil::sys
