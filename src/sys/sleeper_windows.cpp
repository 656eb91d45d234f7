#include "sys/sleeper.hpp"

#include "base/thread.hpp"
#include "base/unique_handle.hpp"

#include <windows.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueHandle;

enum class Reset { by_itself, by_hand };

UniqueHandle make_event(Reset reset) {
  return UniqueHandle(::CreateEventW(nullptr, reset == Reset::by_hand ? TRUE : FALSE, FALSE, nullptr));
}

int last_error() { return static_cast<int>(::GetLastError()); }

bool is_signalled(HANDLE handle) { return ::WaitForSingleObject(handle, 0) == WAIT_OBJECT_0; }

// Rounded up, or the sleep would end before its time and be begun again and again. A very long sleep is a short one:
// the caller looks round and sleeps again.
DWORD milliseconds_until(std::optional<Sleeper::Moment> until) {
  if (!until) return INFINITE;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now()).count();
  return static_cast<DWORD>(std::clamp<std::int64_t>(left, 0, 0x7fff'ffff));
}

// One thread at a time, but for wake().
class EventSleeper final : public Sleeper {
 public:
  EventSleeper(HANDLE descriptor, UniqueHandle flag) : descriptor_(descriptor), flag_(std::move(flag)) {}

  // The flag comes first: of several that are signalled, the first is told and lowered.
  void sleep(std::optional<Moment> until) override {
    const HANDLE handles[] = {flag_.get(), descriptor_};
    (void)::WaitForMultipleObjects(2, handles, FALSE, milliseconds_until(until));
  }

  void sleep_until_woken(std::optional<Moment> until) override {
    (void)::WaitForSingleObject(flag_.get(), milliseconds_until(until));
  }

  void wake() override { ::SetEvent(flag_.get()); }

 private:
  const HANDLE descriptor_;
  const UniqueHandle flag_;
};

class TimerAlarm final : public Alarm {
 public:
  explicit TimerAlarm(UniqueHandle timer) : timer_(std::move(timer)) {}

  void set(std::chrono::nanoseconds from_now) override {
    LARGE_INTEGER due{};
    due.QuadPart = -std::max<std::int64_t>(1, from_now.count() / 100);  // below zero: from now, in units of 100 ns
    ::SetWaitableTimer(timer_.get(), &due, 0, nullptr, nullptr, FALSE);
  }

  void wait() override { (void)::WaitForSingleObject(timer_.get(), INFINITE); }

 private:
  const UniqueHandle timer_;
};

class EventSilence final : public Silence {
 public:
  explicit EventSilence(UniqueHandle event) : event_(std::move(event)) {}
  Descriptor descriptor() const override { return event_.get(); }

 private:
  const UniqueHandle event_;
};

// No handle of Windows is signalled while one of two others is, as an epoll descriptor would be. So a thread waits for
// `descriptor` on behalf of whoever waits for the signpost, and then for being told that the descriptor was attended
// to. It is started when somebody asks for the signpost's descriptor for the first time.
class ThreadSignpost final : public Signpost {
 public:
  ThreadSignpost(HANDLE watched, UniqueHandle shown, UniqueHandle attended, UniqueHandle end)
      : watched_(watched), shown_(std::move(shown)), attended_(std::move(attended)), end_(std::move(end)) {}

  ~ThreadSignpost() override {
    ::SetEvent(end_.get());
    if (thread_.joinable()) thread_.join();
  }
  ThreadSignpost(const ThreadSignpost&) = delete;
  ThreadSignpost& operator=(const ThreadSignpost&) = delete;

  Descriptor descriptor() override {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = base::start_thread([this] { run(); });
    return shown_.get();
  }

  void raise() override {
    const std::lock_guard lock(mutex_);
    raised_ = true;
    ::SetEvent(shown_.get());
  }

  void lower() override {
    const std::lock_guard lock(mutex_);
    raised_ = false;
    update();
  }

  void attended() override {
    const std::lock_guard lock(mutex_);
    update();
  }

 private:
  // With the lock.
  void update() {
    if (is_signalled(watched_)) {
      ::SetEvent(shown_.get());
      return;
    }
    if (!raised_) ::ResetEvent(shown_.get());
    if (std::exchange(told_, false)) ::SetEvent(attended_.get());
  }

  void run() {
    while (wait_for(watched_)) {
      {
        const std::lock_guard lock(mutex_);
        if (!is_signalled(watched_)) continue;
        told_ = true;
        ::SetEvent(shown_.get());
      }
      if (!wait_for(attended_.get())) return;
    }
  }

  // False at the end.
  bool wait_for(HANDLE handle) const {
    const HANDLE handles[] = {end_.get(), handle};
    return ::WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1;
  }

  const HANDLE watched_;
  const UniqueHandle shown_;     // reset by hand: signalled for all who look
  const UniqueHandle attended_;  // the thread need not wait any longer
  const UniqueHandle end_;

  std::mutex mutex_;
  bool raised_ = false;
  bool told_ = false;  // the thread has told that `watched` is signalled, and waits to hear that it was attended to
  std::thread thread_;
};

}  // namespace

Outcome<std::unique_ptr<Sleeper>> open_sleeper(Descriptor descriptor) {
  UniqueHandle flag = make_event(Reset::by_itself);
  if (!flag) return Outcome<std::unique_ptr<Sleeper>>::failure(last_error());
  return {std::make_unique<EventSleeper>(descriptor, std::move(flag))};
}

Outcome<std::unique_ptr<Alarm>> open_alarm() {
  UniqueHandle timer(::CreateWaitableTimerW(nullptr, FALSE, nullptr));
  if (!timer) return Outcome<std::unique_ptr<Alarm>>::failure(last_error());
  return {std::make_unique<TimerAlarm>(std::move(timer))};
}

Outcome<std::unique_ptr<Silence>> open_silence() {
  UniqueHandle event = make_event(Reset::by_hand);
  if (!event) return Outcome<std::unique_ptr<Silence>>::failure(last_error());
  return {std::make_unique<EventSilence>(std::move(event))};
}

Outcome<std::unique_ptr<Signpost>> open_signpost(Descriptor descriptor) {
  UniqueHandle shown = make_event(Reset::by_hand);
  UniqueHandle attended = make_event(Reset::by_itself);
  UniqueHandle end = make_event(Reset::by_hand);
  if (!shown || !attended || !end) return Outcome<std::unique_ptr<Signpost>>::failure(last_error());
  return {std::make_unique<ThreadSignpost>(descriptor, std::move(shown), std::move(attended), std::move(end))};
}

}  // namespace vigil::sys
