#include "sys/sleeper.hpp"

#include "base/unique_fd.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <utility>

namespace vigil::sys {

namespace {

// An eventfd counts; all that matters here is whether it is above zero.
void raise_flag(int descriptor) {
  const std::uint64_t one = 1;
  while (::write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void lower_flag(int descriptor) {
  std::uint64_t count = 0;
  while (::read(descriptor, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

class EventSleeper final : public Sleeper {
 public:
  EventSleeper(int descriptor, base::UniqueFd flag) : descriptor_(descriptor), flag_(std::move(flag)) {}

  void sleep(std::optional<Moment> until) override { sleep_on(descriptor_, until); }

  // poll(2) passes over negative descriptors.
  void sleep_until_woken(std::optional<Moment> until) override { sleep_on(-1, until); }

  void wake() override { raise_flag(flag_.get()); }

 private:
  void sleep_on(int descriptor, std::optional<Moment> until) {
    pollfd polled[] = {{flag_.get(), POLLIN, 0}, {descriptor, POLLIN, 0}};
    timespec left{};
    if (until) {
      const auto rest =
          std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*until - std::chrono::steady_clock::now()));
      left.tv_sec = static_cast<std::time_t>(rest.count() / 1'000'000'000);
      left.tv_nsec = static_cast<long>(rest.count() % 1'000'000'000);
    }
    // An interrupted sleep is a short one: the caller looks round and sleeps again.
    const int ready = ::ppoll(polled, 2, until ? &left : nullptr, nullptr);
    if (ready > 0 && polled[0].revents != 0) lower_flag(flag_.get());
  }

  int descriptor_;
  base::UniqueFd flag_;
};

class TimerAlarm final : public Alarm {
 public:
  explicit TimerAlarm(base::UniqueFd timer) : timer_(std::move(timer)) {}

  void set(std::chrono::nanoseconds from_now) override {
    itimerspec when{};
    const auto count = std::max<std::int64_t>(1, from_now.count());  // zero would disarm it
    when.it_value.tv_sec = static_cast<std::time_t>(count / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(count % 1'000'000'000);
    (void)::timerfd_settime(timer_.get(), 0, &when, nullptr);
  }

  void wait() override {
    std::uint64_t rings = 0;
    while (::read(timer_.get(), &rings, sizeof rings) < 0 && errno == EINTR) {
    }
  }

 private:
  base::UniqueFd timer_;
};

class EventSilence final : public Silence {
 public:
  explicit EventSilence(base::UniqueFd event) : event_(std::move(event)) {}
  Descriptor descriptor() const override { return event_.get(); }

 private:
  base::UniqueFd event_;
};

class EpollSignpost final : public Signpost {
 public:
  EpollSignpost(base::UniqueFd epoll, base::UniqueFd flag) : epoll_(std::move(epoll)), flag_(std::move(flag)) {}

  Descriptor descriptor() override { return epoll_.get(); }
  void raise() override { raise_flag(flag_.get()); }
  void lower() override { lower_flag(flag_.get()); }

 private:
  base::UniqueFd epoll_;
  base::UniqueFd flag_;
};

bool listen(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

Outcome<std::unique_ptr<Sleeper>> open_sleeper(Descriptor descriptor) {
  base::UniqueFd flag(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (flag.get() < 0) return Outcome<std::unique_ptr<Sleeper>>::failure(errno);
  return {std::make_unique<EventSleeper>(descriptor, std::move(flag))};
}

Outcome<std::unique_ptr<Alarm>> open_alarm() {
  base::UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  if (timer.get() < 0) return Outcome<std::unique_ptr<Alarm>>::failure(errno);
  return {std::make_unique<TimerAlarm>(std::move(timer))};
}

Outcome<std::unique_ptr<Silence>> open_silence() {
  base::UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (event.get() < 0) return Outcome<std::unique_ptr<Silence>>::failure(errno);
  return {std::make_unique<EventSilence>(std::move(event))};
}

Outcome<std::unique_ptr<Signpost>> open_signpost(Descriptor descriptor) {
  base::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (epoll.get() < 0) return Outcome<std::unique_ptr<Signpost>>::failure(errno);
  base::UniqueFd flag(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (flag.get() < 0 || !listen(epoll.get(), descriptor) || !listen(epoll.get(), flag.get())) {
    return Outcome<std::unique_ptr<Signpost>>::failure(errno);
  }
  return {std::make_unique<EpollSignpost>(std::move(epoll), std::move(flag))};
}

}  // namespace vigil::sys
