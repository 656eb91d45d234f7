#include "cli/stop_signals.hpp"

#include "base/unique_fd.hpp"
#include "cli/format.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

namespace vigil::cli {
namespace {

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

class SignalDescriptor final : public StopSignals {
 public:
  SignalDescriptor(base::UniqueFd signals, base::UniqueFd interrupted)
      : signals_(std::move(signals)), interrupted_(std::move(interrupted)) {}

  Cause wait(Descriptor output) override {
    // Nothing is asked about the output: poll() always tells that the other end was closed.
    pollfd causes[] = {{.fd = interrupted_.get(), .events = POLLIN, .revents = 0},
                       {.fd = signals_.get(), .events = POLLIN, .revents = 0},
                       {.fd = output, .events = 0, .revents = 0}};
    while (::poll(causes, std::size(causes), -1) <= 0) {
    }
    if (causes[0].revents != 0) return Cause::interrupted;
    if (causes[1].revents == 0) return Cause::output_closed;
    take_one();
    return Cause::signal;
  }

  void wait_again(std::chrono::milliseconds time) override {
    pollfd causes[] = {{.fd = interrupted_.get(), .events = POLLIN, .revents = 0},
                       {.fd = signals_.get(), .events = POLLIN, .revents = 0}};
    ::poll(causes, std::size(causes), static_cast<int>(time.count()));
  }

  void interrupt() override {
    const std::uint64_t one = 1;
    while (::write(interrupted_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

 private:
  void take_one() {
    signalfd_siginfo information;
    [[maybe_unused]] const ssize_t size = ::read(signals_.get(), &information, sizeof information);
  }

  base::UniqueFd signals_;
  base::UniqueFd interrupted_;
};

}  // namespace

Result<std::unique_ptr<StopSignals>> StopSignals::take() {
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  base::UniqueFd descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  base::UniqueFd interrupted(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (descriptor && interrupted) {
    return std::unique_ptr<StopSignals>(new SignalDescriptor(std::move(descriptor), std::move(interrupted)));
  }
  const int code = errno;
  return Error(ErrorCode::system, formatted("cannot wait for signals: {}", std::strerror(code)), code);
}

}  // namespace vigil::cli
