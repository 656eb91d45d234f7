#include "cli/stop_thread.hpp"

#include "cli/options.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDeliveryMax{500};
constexpr milliseconds kFinishMax{1000};

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// SIGINT counts even where it is ignored: a shell without job control ignores it for what it starts in the background,
// and whoever sends it to vigil all the same means it.
sigset_t stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  // Once blocked, an ignored signal would be delivered to the descriptor.
  if (!is_ignored(SIGHUP)) ::sigaddset(&signals, SIGHUP);
  return signals;
}

void take_one_signal(int signals) {
  signalfd_siginfo information;
  [[maybe_unused]] const ssize_t size = ::read(signals, &information, sizeof information);
}

}  // namespace

Result<base::UniqueFd> take_stop_signals() {
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  base::UniqueFd descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (descriptor) return descriptor;
  const int code = errno;
  return Error(ErrorCode::system, fmt::format("cannot wait for signals: {}", std::strerror(code)), code);
}

StopThread::StopThread(Watcher& watcher, base::UniqueFd signals, int output)
    : watcher_(watcher), signals_(std::move(signals)), output_(output), thread_([this] { run(); }) {}

StopThread::~StopThread() {
  finished_ = true;
  // A signal for this thread alone wakes it from poll(), because it is one of those the descriptor gives.
  ::pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
}

void StopThread::run() {
  const Cause cause = wait_for_cause();
  if (cause == Cause::finished) return;
  stopped_ = true;
  if (cause == Cause::signal && streaming_) deliver_what_happened();
  watcher_.stop();
  end_process_unless_finished();
}

StopThread::Cause StopThread::wait_for_cause() const {
  // Nothing is asked about the output: poll() always tells that the other end was closed.
  pollfd causes[] = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                     {.fd = output_, .events = 0, .revents = 0}};
  while (::poll(causes, std::size(causes), -1) <= 0) {
  }
  if (finished_) return Cause::finished;
  if (causes[0].revents == 0) return Cause::output_closed;
  take_one_signal(signals_.get());
  return Cause::signal;
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
  pollfd again{.fd = signals_.get(), .events = POLLIN, .revents = 0};
  ::poll(&again, 1, static_cast<int>(kFinishMax.count()));
  // No other thread can be asked to clean up: one of them hangs.
  if (!finished_) ::_exit(kExitDone);
}

}  // namespace vigil::cli
