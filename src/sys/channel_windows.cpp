#include "sys/channel.hpp"

#include "base/thread.hpp"
#include "base/unique_handle.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueHandle;
using std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 64 * 1024;

int last_error() { return static_cast<int>(::GetLastError()); }

UniqueHandle make_event(bool by_hand) { return UniqueHandle(::CreateEventW(nullptr, by_hand, FALSE, nullptr)); }

// The program opened the pipe for overlapped use. All operations are issued, and so ended, by the one thread that
// calls.
class PipeChannel final : public Channel {
 public:
  PipeChannel(HANDLE in, HANDLE out) : in_(in), out_(out) { begin_reading(); }

  ~PipeChannel() override {
    ::CancelIo(in_);
    ::CancelIo(out_);
    DWORD size = 0;
    if (reading_) ::GetOverlappedResult(in_, &read_, &size, TRUE);
    if (writing_) ::GetOverlappedResult(out_, &write_, &size, TRUE);
  }
  PipeChannel(const PipeChannel&) = delete;
  PipeChannel& operator=(const PipeChannel&) = delete;

  Transfer receive(std::span<char> room) override {
    if (reading_) {
      DWORD size = 0;
      if (::GetOverlappedResult(in_, &read_, &size, FALSE) == 0) {
        return {.closed = ::GetLastError() != ERROR_IO_INCOMPLETE};
      }
      reading_ = false;
      begin_ = 0;
      end_ = size;
    }
    const std::size_t size = std::min(room.size(), end_ - begin_);
    std::copy_n(received_.begin() + static_cast<std::ptrdiff_t>(begin_), size, room.begin());
    begin_ += size;
    if (begin_ == end_) begin_reading();
    return {size, size == 0 && !reading_};
  }

  Transfer send(std::string_view bytes) override {
    if (const Transfer last = finish_writing(); last.closed || writing_) return last;
    sent_.assign(bytes.substr(0, kPieceBytes));
    write_ = {};
    write_.hEvent = write_done_.get();
    writing_ = ::WriteFile(out_, sent_.data(), static_cast<DWORD>(sent_.size()), nullptr, &write_) != 0 ||
               ::GetLastError() == ERROR_IO_PENDING;
    return {writing_ ? sent_.size() : 0, !writing_};
  }

  bool sleep(std::optional<Descriptor> descriptor, bool wants_room, std::optional<Moment> until) override {
    if (wants_room && !writing_) return false;
    std::array<HANDLE, 3> handles;
    DWORD count = 0;
    if (descriptor) handles[count++] = *descriptor;
    if (reading_) handles[count++] = read_done_.get();
    if (wants_room) handles[count++] = write_done_.get();
    DWORD wait = INFINITE;
    if (until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - steady_clock::now()).count();
      wait = static_cast<DWORD>(std::clamp<std::int64_t>(left, 0, 0x7fff'ffff));
    }
    return ::WaitForMultipleObjects(count, handles.data(), FALSE, wait) == WAIT_OBJECT_0 && descriptor;
  }

 private:
  void begin_reading() {
    begin_ = end_ = 0;
    read_ = {};
    read_.hEvent = read_done_.get();
    reading_ = ::ReadFile(in_, received_.data(), static_cast<DWORD>(received_.size()), nullptr, &read_) != 0 ||
               ::GetLastError() == ERROR_IO_PENDING;
  }

  Transfer finish_writing() {
    DWORD size = 0;
    if (!writing_) return {};
    if (::GetOverlappedResult(out_, &write_, &size, FALSE) == 0) {
      return {.closed = ::GetLastError() != ERROR_IO_INCOMPLETE};
    }
    writing_ = false;
    return {};
  }

  const HANDLE in_;
  const HANDLE out_;
  OVERLAPPED read_{};
  OVERLAPPED write_{};
  const UniqueHandle read_done_ = make_event(true);
  const UniqueHandle write_done_ = make_event(true);
  std::array<char, kPieceBytes> received_;
  std::size_t begin_ = 0;  // what of it was not taken yet
  std::size_t end_ = 0;
  std::string sent_;
  bool reading_ = false;
  bool writing_ = false;
};

// Where the program ends, the job that the process is in ends it; without a job, the end of the pipe does.
class EventWatchdog final : public Watchdog {
 public:
  EventWatchdog(std::chrono::milliseconds limit, UniqueHandle armed, UniqueHandle end)
      : limit_(limit), arm_(std::move(armed)), end_(std::move(end)) {
    thread_ = base::start_thread([this] { run(); });
  }

  ~EventWatchdog() override {
    ::SetEvent(end_.get());
    thread_.join();
  }
  EventWatchdog(const EventWatchdog&) = delete;
  EventWatchdog& operator=(const EventWatchdog&) = delete;

  void begin() override {
    began_ = now();
    if (!armed_.exchange(true)) ::SetEvent(arm_.get());
  }

  void go_on() override {
    std::int64_t began = began_;
    if (began != 0) began_.compare_exchange_strong(began, now());
  }

  void end() override { began_ = 0; }

 private:
  static std::int64_t now() { return std::chrono::nanoseconds(steady_clock::now().time_since_epoch()).count(); }

  void run() {
    const std::array<HANDLE, 2> handles{end_.get(), arm_.get()};
    while (::WaitForMultipleObjects(2, handles.data(), FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
      for (std::chrono::nanoseconds left = limit_; left.count() > 0;) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        if (::WaitForSingleObject(end_.get(), static_cast<DWORD>(wait)) == WAIT_OBJECT_0) return;
        armed_ = false;
        // Work that begins between these two lines arms it anew.
        const std::int64_t began = began_;
        if (began == 0) break;
        left = limit_ - std::chrono::nanoseconds(now() - began);
        if (left.count() <= 0) bite();
        if (armed_.exchange(true)) break;
      }
    }
  }

  // A thread that hangs in the system may keep the process from ending: the pipe is closed first.
  [[noreturn]] static void bite() {
    ::CloseHandle(::GetStdHandle(STD_OUTPUT_HANDLE));
    ::TerminateProcess(::GetCurrentProcess(), kExitHung);
    ::ExitProcess(kExitHung);
  }

  const std::chrono::nanoseconds limit_;
  UniqueHandle arm_;
  UniqueHandle end_;
  std::atomic<std::int64_t> began_ = 0;  // 0: no work
  std::atomic<bool> armed_ = false;
  std::thread thread_;
};

}  // namespace

Outcome<std::unique_ptr<Channel>> open_channel() {
  const HANDLE in = ::GetStdHandle(STD_INPUT_HANDLE);
  const HANDLE out = ::GetStdHandle(STD_OUTPUT_HANDLE);
  if (in == nullptr || in == INVALID_HANDLE_VALUE || ::GetFileType(in) != FILE_TYPE_PIPE ||
      ::GetFileType(out) != FILE_TYPE_PIPE) {
    return Outcome<std::unique_ptr<Channel>>::failure(ERROR_INVALID_HANDLE);
  }
  // Nobody is to be kept from removing the directory where the program was started.
  std::array<wchar_t, MAX_PATH> windows;
  if (::GetWindowsDirectoryW(windows.data(), MAX_PATH) != 0) ::SetCurrentDirectoryW(windows.data());
  return {std::make_unique<PipeChannel>(in, out)};
}

Outcome<std::unique_ptr<Watchdog>> open_watchdog(std::chrono::milliseconds limit) {
  UniqueHandle arm = make_event(false);
  UniqueHandle end = make_event(true);
  if (!arm || !end) return Outcome<std::unique_ptr<Watchdog>>::failure(last_error());
  return {std::make_unique<EventWatchdog>(limit, std::move(arm), std::move(end))};
}

}  // namespace vigil::sys
