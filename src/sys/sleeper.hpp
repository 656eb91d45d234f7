// Where threads sleep: until the kernel has records, until they are woken, until time is up.
#pragma once

#include <vigil/descriptor.hpp>

#include "sys/outcome.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace vigil::sys {

// Lets one thread at a time sleep until a descriptor is readable; any thread may wake it.
class Sleeper {
 public:
  virtual ~Sleeper() = default;

  using Moment = std::chrono::steady_clock::time_point;

  // Returns when the descriptor is readable, wake() was called since the last sleep, or the time has come.
  virtual void sleep(std::optional<Moment> until) = 0;

  // The same without regard to the descriptor.
  virtual void sleep_until_woken(std::optional<Moment> until) = 0;

  // Ends the sleep under way, or the next one at once. Any thread.
  virtual void wake() = 0;
};

Outcome<std::unique_ptr<Sleeper>> open_sleeper(Descriptor descriptor);

// A timer that one thread waits for and any other may set. Setting it costs one system call and no wake-up.
class Alarm {
 public:
  virtual ~Alarm() = default;

  // Rings once, that much from now, in place of what was set before. Zero rings at once.
  virtual void set(std::chrono::nanoseconds from_now) = 0;

  // Sleeps until it rings.
  virtual void wait() = 0;
};

Outcome<std::unique_ptr<Alarm>> open_alarm();

// A descriptor that is never readable.
class Silence {
 public:
  virtual ~Silence() = default;
  virtual Descriptor descriptor() const = 0;
};

Outcome<std::unique_ptr<Silence>> open_silence();

// A descriptor for an event loop: readable while `descriptor` is, or while a flag is raised. Any thread.
class Signpost {
 public:
  virtual ~Signpost() = default;

  virtual Descriptor descriptor() = 0;

  virtual void raise() = 0;
  virtual void lower() = 0;

  // To be called after `descriptor` was attended to. Until then the signpost may show it readable when it is not any
  // more, where the system cannot see to that by itself.
  virtual void attended() {}
};

Outcome<std::unique_ptr<Signpost>> open_signpost(Descriptor descriptor);

}  // namespace vigil::sys
