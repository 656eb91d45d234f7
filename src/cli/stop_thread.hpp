// What ends the command from outside.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/watcher.hpp>

#include "cli/stop_signals.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace vigil::cli {

// Stops a watcher when a signal comes, and when nobody reads the output any more, even if there is nothing to write.
// Ends the process (kExitDone) a second after it has stopped the watcher, or at the next signal, if this object is
// still there then: the reader of the output may have stalled, a file system may hang.
//
// All members may be called from any thread.
class StopThread {
 public:
  // `output` is the caller's. The watcher must outlive this object.
  StopThread(Watcher& watcher, std::unique_ptr<StopSignals> signals, Descriptor output);
  ~StopThread();
  StopThread(const StopThread&) = delete;
  StopThread& operator=(const StopThread&) = delete;

  // From now on somebody pulls events: what changed before a signal is delivered before the watcher is stopped.
  void set_streaming() { streaming_ = true; }

  // What is called before the process is ended from here, from this object's thread.
  void set_last_act(void (*act)()) { last_act_ = act; }

  // Called after a signal, when what changed before is delivered, before the watcher is stopped. To be set before
  // set_streaming().
  void set_before_stop(std::function<void()> act) { before_stop_ = std::move(act); }

  // Whether the watcher was stopped from here.
  bool stopped() const { return stopped_; }

 private:
  void run();
  void deliver_what_happened();
  void end_process_unless_finished() const;

  Watcher& watcher_;
  std::unique_ptr<StopSignals> signals_;
  Descriptor output_;
  std::function<void()> before_stop_;  // set before streaming_
  std::atomic<bool> streaming_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> finished_ = false;
  std::atomic<void (*)()> last_act_ = nullptr;
  std::thread thread_;
};

}  // namespace vigil::cli
