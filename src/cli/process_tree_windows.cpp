#include "cli/process_tree.hpp"

#include "base/thread.hpp"
#include "base/unique_handle.hpp"
#include "cli/diagnostics.hpp"
#include "cli/start_windows.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <list>
#include <thread>
#include <utility>

namespace vigil::cli {
namespace {

using base::UniqueHandle;
using std::chrono::steady_clock;

constexpr int kKillSignal = 9;

// When the console is closed, or the session ends, the process ends with the return of the handler, or a few seconds
// later.
constexpr DWORD kFinishMilliseconds = 5'000;

// For the handler, which is given nothing. It runs on a thread that the system starts for it, perhaps still when the
// command has come to its end, so they are never closed.
HANDLE signalled = nullptr;
HANDLE finished = nullptr;
std::atomic<int> interrupts = 0;

BOOL WINAPI handle(DWORD event) {
  ++interrupts;
  ::SetEvent(signalled);
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) ::WaitForSingleObject(finished, kFinishMilliseconds);
  return TRUE;
}

void CALLBACK process_ended(void* event, BOOLEAN) { ::SetEvent(event); }

// Writes the text to a command that may never read it: that ends when nobody has the other end any more.
void write_to(UniqueHandle pipe, std::string text) {
  for (std::string_view rest = text; !rest.empty();) {
    DWORD written = 0;
    const DWORD size = static_cast<DWORD>(std::min<std::size_t>(rest.size(), 1U << 16));
    if (::WriteFile(pipe.get(), rest.data(), size, &written, nullptr) == 0) return;
    rest.remove_prefix(written);
  }
}

// A run whose process lives, or which has left processes behind.
class Run {
 public:
  Run(RunId id, StartedProcess started, HANDLE event) : id_(id), started_(std::move(started)) {
    ::RegisterWaitForSingleObject(&wait_, started_.process.get(), process_ended, event, INFINITE, WT_EXECUTEONLYONCE);
  }
  ~Run() {
    if (wait_ != nullptr) ::UnregisterWaitEx(wait_, INVALID_HANDLE_VALUE);
    kill();
    started_.job.reset();  // with which all in it end, and let go of the pipe
    if (writer_.joinable()) writer_.join();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  RunId id() const { return id_; }
  void write(std::string text) {
    writer_ = base::start_thread([pipe = started_.input.release(), text = std::move(text)]() mutable {
      write_to(UniqueHandle(pipe), std::move(text));
    });
  }

  std::optional<RunEnding> ending() const {
    if (::WaitForSingleObject(started_.process.get(), 0) != WAIT_OBJECT_0) return std::nullopt;
    DWORD code = 0;
    ::GetExitCodeProcess(started_.process.get(), &code);
    return RunEnding{.code = static_cast<int>(code), .signal = 0};
  }

  bool has_processes() const {
    if (!started_.job) return false;
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION information{};
    ::QueryInformationJobObject(started_.job.get(), JobObjectBasicAccountingInformation, &information,
                                sizeof information, nullptr);
    return information.ActiveProcesses > 0;
  }

  void push(Force force, int signal) {
    if (force == Force::signal && signal != kKillSignal) {
      if (::GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, started_.id) != 0) return;
    }
    // Without a console there is no way to ask.
    kill();
  }

 private:
  void kill() {
    if (started_.job) {
      ::TerminateJobObject(started_.job.get(), 1);
    } else {
      ::TerminateProcess(started_.process.get(), 1);
    }
  }

  RunId id_;
  StartedProcess started_;
  HANDLE wait_ = nullptr;
  std::thread writer_;
};

class ConsoleMode {
 public:
  void save() { saved_ = ::GetConsoleMode(::GetStdHandle(STD_INPUT_HANDLE), &mode_) != 0; }
  void restore() const {
    if (saved_) ::SetConsoleMode(::GetStdHandle(STD_INPUT_HANDLE), mode_);
  }

 private:
  bool saved_ = false;
  DWORD mode_ = 0;
};

class WindowsProcessTrees final : public ProcessTrees {
 public:
  WindowsProcessTrees(UniqueHandle port) : port_(std::move(port)) {
    messages_ = base::start_thread([this] { read_messages(); });
  }

  ~WindowsProcessTrees() override {
    runs_.clear();
    left_.clear();
    ::PostQueuedCompletionStatus(port_.get(), kStop, 0, nullptr);
    messages_.join();
    ::SetEvent(finished);
  }
  WindowsProcessTrees(const WindowsProcessTrees&) = delete;
  WindowsProcessTrees& operator=(const WindowsProcessTrees&) = delete;

  std::optional<StartFailure> start(RunId run, const StartPlan& plan) override {
    if (runs_.empty()) console_.save();
    StartFailure failure;
    std::optional<StartedProcess> started = start_process(plan, port_.get(), failure);
    if (!started) return failure;
    if (!started->job && !std::exchange(told_of_no_job_, true)) {
      diagnose(
          "this system lets a process be in one job only, and vigil is in one: what the command starts may outlive it");
    }
    const bool has_input = static_cast<bool>(started->input);
    Run& added = runs_.emplace_back(run, std::move(*started), signalled);
    if (has_input) added.write(plan.input_text);
    return std::nullopt;
  }

  void push(RunId run, Force force, int signal) override {
    const auto found = std::find_if(runs_.begin(), runs_.end(), [run](const Run& each) { return each.id() == run; });
    if (found == runs_.end()) return;
    if (force == Force::give_up) {
      runs_.erase(found);
    } else {
      found->push(force, signal);
    }
  }

  bool has_leftovers() override {
    left_.remove_if([](const Run& run) { return !run.has_processes(); });
    return !left_.empty();
  }

  void push_leftovers(Force force, int signal) override {
    if (force == Force::give_up) return left_.clear();
    for (Run& run : left_) run.push(force, signal);
  }

  // The system does not tell who changes something.
  bool is_foreign(int) override { return false; }

  void sleep(std::optional<Descriptor> descriptor, std::optional<steady_clock::time_point> until) override {
    if (!occurrences_.empty()) return;
    DWORD time = INFINITE;
    if (until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - steady_clock::now());
      time = static_cast<DWORD>(std::max<std::int64_t>(left.count(), 0));
    }
    const std::array<HANDLE, 2> causes{signalled, descriptor.value_or(nullptr)};
    ::WaitForMultipleObjects(descriptor ? 2 : 1, causes.data(), FALSE, time);
    look();
  }

  std::optional<Occurrence> next() override {
    if (occurrences_.empty()) return std::nullopt;
    const Occurrence first = occurrences_.front();
    occurrences_.pop_front();
    return first;
  }

  void wake() override {
    woken_ = true;
    ::SetEvent(signalled);
  }

  void restore_terminal() override {
    if (runs_.empty()) console_.restore();
  }

 private:
  static constexpr DWORD kStop = 0xFFFF'FFFF;

  void look() {
    for (int count = interrupts.exchange(0); count > 0; --count) occurrences_.emplace_back(Interrupted{.signal = 2});
    if (woken_.exchange(false)) occurrences_.emplace_back(Woken{});
    for (auto run = runs_.begin(); run != runs_.end();) {
      const auto next = std::next(run);
      if (const std::optional<RunEnding> ending = run->ending()) {
        occurrences_.emplace_back(RunEnded{run->id(), *ending});
        left_.splice(left_.end(), runs_, run);
      }
      run = next;
    }
    if (left_changed_.exchange(false)) occurrences_.emplace_back(LeftoverEnded{});
  }

  // No handle tells when a job has no process any more; only this does.
  void read_messages() {
    while (true) {
      DWORD message = 0;
      ULONG_PTR key = 0;
      OVERLAPPED* overlapped = nullptr;
      if (::GetQueuedCompletionStatus(port_.get(), &message, &key, &overlapped, INFINITE) == 0 || message == kStop)
        return;
      left_changed_ = true;
      ::SetEvent(signalled);
    }
  }

  UniqueHandle port_;
  ConsoleMode console_;
  std::list<Run> runs_;
  std::list<Run> left_;
  std::deque<Occurrence> occurrences_;
  std::atomic<bool> woken_ = false;
  std::atomic<bool> left_changed_ = false;
  bool told_of_no_job_ = false;
  std::thread messages_;
};

}  // namespace

Result<std::unique_ptr<ProcessTrees>> ProcessTrees::open() {
  signalled = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
  finished = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  UniqueHandle port(::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1));
  if (signalled != nullptr && finished != nullptr && port) {
    // A parent may have had Ctrl-C ignored for us; whoever sends it all the same means it.
    ::SetConsoleCtrlHandler(nullptr, FALSE);
    if (::SetConsoleCtrlHandler(handle, TRUE) != 0) {
      return std::unique_ptr<ProcessTrees>(new WindowsProcessTrees(std::move(port)));
    }
  }
  const int code = static_cast<int>(::GetLastError());
  return Error(ErrorCode::system, "cannot wait for Ctrl-C: " + sys::words_of(code), code);
}

// Before Windows Vista all variables together have 32 Ki units.
std::size_t environment_list_bytes_max() { return std::size_t{4} << 10; }

}  // namespace vigil::cli
