// How the system says that the command is to stop.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/result.hpp>

#include <chrono>
#include <memory>

namespace vigil::cli {

// Takes the signals that end a program: on Linux SIGINT, SIGTERM and SIGHUP, but a SIGHUP that is ignored already, as
// under nohup, stays so; on Windows Ctrl-C, Ctrl-Break, and the end of the console, the session or the system. There is
// one at a time.
class StopSignals {
 public:
  // To be called before the process has any other thread, which would get the signals.
  static Result<std::unique_ptr<StopSignals>> take();

  virtual ~StopSignals() = default;

  enum class Cause { interrupted, signal, output_closed };

  // Sleeps until a signal comes, interrupt() is called or, where the system tells of that, nobody reads the output any
  // more. One thread at a time.
  virtual Cause wait(Descriptor output) = 0;

  // Sleeps until another signal comes, interrupt() is called or the time has passed. The same thread.
  virtual void wait_again(std::chrono::milliseconds time) = 0;

  // Ends the wait under way, or the next. Any thread.
  virtual void interrupt() = 0;
};

}  // namespace vigil::cli
