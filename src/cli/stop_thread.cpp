#include "cli/stop_thread.hpp"

#include "cli/exit_codes.hpp"
#include "cli/system.hpp"

#include <chrono>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDeliveryMax{500};
constexpr milliseconds kFinishMax{1000};

}  // namespace

StopThread::StopThread(Watcher& watcher, std::unique_ptr<StopSignals> signals, Descriptor output)
    : watcher_(watcher), signals_(std::move(signals)), output_(output), thread_([this] { run(); }) {}

StopThread::~StopThread() {
  finished_ = true;
  signals_->interrupt();
  thread_.join();
}

void StopThread::run() {
  const StopSignals::Cause cause = signals_->wait(output_);
  if (cause == StopSignals::Cause::interrupted) return;
  stopped_ = true;
  if (cause == StopSignals::Cause::signal && streaming_) {
    deliver_what_happened();
    if (before_stop_) before_stop_();
  }
  watcher_.stop();
  end_process_unless_finished();
}

void StopThread::deliver_what_happened() {
  const steady_clock::time_point deadline = steady_clock::now() + kDeliveryMax;
  if (!watcher_.sync(kDeliveryMax)) return;
  // What is ready has still to be pulled, and nothing tells when that was done. It takes microseconds where the output
  // is read at all.
  do {
    std::this_thread::sleep_for(milliseconds{1});
  } while (watcher_.stats().queued_events > 0 && steady_clock::now() < deadline);
}

void StopThread::end_process_unless_finished() const {
  signals_->wait_again(kFinishMax);
  // No other thread can be asked to clean up: one of them hangs.
  if (finished_) return;
  if (void (*const act)() = last_act_) act();
  end_process(kExitDone);
}

}  // namespace vigil::cli
