// What ends the command from outside.
#pragma once

#include <vigil/result.hpp>
#include <vigil/watcher.hpp>

#include "base/unique_fd.hpp"

#include <atomic>
#include <thread>

namespace vigil::cli {

// Takes SIGINT, SIGTERM and SIGHUP away from this thread and from those it starts from now on, and gives a descriptor
// to read them from instead. A SIGHUP that is ignored already, as under nohup, stays so.
Result<base::UniqueFd> take_stop_signals();

// Stops a watcher when a signal comes, and when nobody reads the output any more, even if there is nothing to write.
// Ends the process (kExitDone) a second after it has stopped the watcher, or at the next signal, if this object is
// still there then: the reader of the output may have stalled, a file system may hang.
//
// All members may be called from any thread.
class StopThread {
 public:
  // `signals` come from take_stop_signals(). `output` is the caller's. The watcher must outlive this object.
  StopThread(Watcher& watcher, base::UniqueFd signals, int output);
  ~StopThread();
  StopThread(const StopThread&) = delete;
  StopThread& operator=(const StopThread&) = delete;

  // From now on somebody pulls events: what changed before a signal is delivered before the watcher is stopped.
  void set_streaming() { streaming_ = true; }

  // Whether the watcher was stopped from here.
  bool stopped() const { return stopped_; }

 private:
  enum class Cause { finished, signal, output_closed };

  void run();
  Cause wait_for_cause() const;
  void deliver_what_happened();
  void end_process_unless_finished() const;

  Watcher& watcher_;
  base::UniqueFd signals_;
  int output_;
  std::atomic<bool> streaming_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> finished_ = false;
  std::thread thread_;
};

}  // namespace vigil::cli
