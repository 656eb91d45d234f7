#include "sys/channel.hpp"

#include "base/thread.hpp"
#include "base/unique_fd.hpp"
#include "sys/retry.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <thread>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueFd;
using std::chrono::steady_clock;

class StandardChannel final : public Channel {
 public:
  Transfer receive(std::span<char> room) override {
    const ssize_t size = uninterrupted([&] { return ::read(STDIN_FILENO, room.data(), room.size()); });
    if (size > 0) return {.bytes = static_cast<std::size_t>(size)};
    return {.closed = size == 0 || errno != EAGAIN};
  }

  Transfer send(std::string_view bytes) override {
    const ssize_t size = uninterrupted([&] { return ::write(STDOUT_FILENO, bytes.data(), bytes.size()); });
    if (size >= 0) return {.bytes = static_cast<std::size_t>(size)};
    return {.closed = errno != EAGAIN};
  }

  bool sleep(std::optional<Descriptor> descriptor, bool wants_room, std::optional<Moment> until) override {
    // poll(2) passes over negative descriptors.
    pollfd polled[] = {
        {STDIN_FILENO, POLLIN, 0}, {descriptor.value_or(-1), POLLIN, 0}, {wants_room ? STDOUT_FILENO : -1, POLLOUT, 0}};
    timespec left{};
    if (until) {
      const auto rest = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*until - steady_clock::now()));
      left.tv_sec = static_cast<std::time_t>(rest.count() / 1'000'000'000);
      left.tv_nsec = static_cast<long>(rest.count() % 1'000'000'000);
    }
    const int ready = ::ppoll(polled, std::size(polled), until ? &left : nullptr, nullptr);
    return ready < 0 || polled[1].revents != 0;
  }
};

class TimerWatchdog final : public Watchdog {
 public:
  TimerWatchdog(std::chrono::milliseconds limit, UniqueFd timer, UniqueFd end)
      : limit_(limit), timer_(std::move(timer)), end_(std::move(end)) {
    thread_ = base::start_thread([this] { run(); });
  }

  ~TimerWatchdog() override {
    const std::uint64_t one = 1;
    (void)!::write(end_.get(), &one, sizeof one);
    thread_.join();
  }

  void begin() override {
    began_ = now();
    if (!armed_.exchange(true)) set(limit_);
  }

  void go_on() override {
    std::int64_t began = began_;
    if (began != 0) began_.compare_exchange_strong(began, now());
  }

  void end() override { began_ = 0; }

 private:
  static std::int64_t now() { return steady_clock::now().time_since_epoch().count(); }

  void set(std::chrono::nanoseconds from_now) {
    itimerspec when{};
    const auto count = std::max<std::int64_t>(1, from_now.count());
    when.it_value.tv_sec = static_cast<std::time_t>(count / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(count % 1'000'000'000);
    (void)::timerfd_settime(timer_.get(), 0, &when, nullptr);
  }

  void run() {
    while (true) {
      // Nothing is asked of the channel: poll(2) always tells that the other end is gone.
      pollfd polled[] = {{STDIN_FILENO, 0, 0}, {timer_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
      if (::poll(polled, std::size(polled), -1) < 0) continue;
      if (polled[2].revents != 0) return;
      if (polled[0].revents != 0) ::_exit(0);
      if (polled[1].revents != 0) look();
    }
  }

  void look() {
    std::uint64_t rings = 0;
    (void)!::read(timer_.get(), &rings, sizeof rings);
    armed_ = false;
    // Work that begins between these two lines arms the timer anew.
    const std::int64_t began = began_;
    if (began == 0) return;
    const auto left = limit_ - std::chrono::nanoseconds(now() - began);
    if (left.count() <= 0) bite();
    if (!armed_.exchange(true)) set(left);
  }

  [[noreturn]] static void bite() {
    (void)::shutdown(STDOUT_FILENO, SHUT_RDWR);
    ::_exit(kExitHung);
  }

  const std::chrono::nanoseconds limit_;
  UniqueFd timer_;
  UniqueFd end_;
  std::atomic<std::int64_t> began_ = 0;  // 0: no work
  std::atomic<bool> armed_ = false;      // the timer will ring
  std::thread thread_;
};

bool make_non_blocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags != -1 && ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != -1;
}

}  // namespace

Outcome<std::unique_ptr<Channel>> open_channel() {
  // A program that goes away is to be seen by what cannot be sent.
  ::signal(SIGPIPE, SIG_IGN);
  if (!make_non_blocking(STDIN_FILENO) || !make_non_blocking(STDOUT_FILENO)) {
    return Outcome<std::unique_ptr<Channel>>::failure(errno);
  }
  // Nobody is to be kept from unmounting where the program was started.
  (void)!::chdir("/");
  return {std::make_unique<StandardChannel>()};
}

Outcome<std::unique_ptr<Watchdog>> open_watchdog(std::chrono::milliseconds limit) {
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return Outcome<std::unique_ptr<Watchdog>>::failure(errno);
  UniqueFd end(::eventfd(0, EFD_CLOEXEC));
  if (!end) return Outcome<std::unique_ptr<Watchdog>>::failure(errno);
  return {std::make_unique<TimerWatchdog>(limit, std::move(timer), std::move(end))};
}

}  // namespace vigil::sys
