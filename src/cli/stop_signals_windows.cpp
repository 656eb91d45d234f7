#include "cli/stop_signals.hpp"

#include "base/unique_handle.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>

#include <utility>

namespace vigil::cli {
namespace {

// When the console is closed, or the session ends, the process ends with the return of the handler, or a few seconds
// later.
constexpr DWORD kFinishMilliseconds = 5'000;

// For the handler, which is given nothing. It runs on a thread that the system starts for it, perhaps still when the
// command has come to its end, so they are never closed.
HANDLE signalled = nullptr;
HANDLE finished = nullptr;

BOOL WINAPI handle(DWORD event) {
  ::SetEvent(signalled);
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) ::WaitForSingleObject(finished, kFinishMilliseconds);
  return TRUE;
}

class ConsoleSignals final : public StopSignals {
 public:
  explicit ConsoleSignals(base::UniqueHandle interrupted) : interrupted_(std::move(interrupted)) {}
  ~ConsoleSignals() override { ::SetEvent(finished); }
  ConsoleSignals(const ConsoleSignals&) = delete;
  ConsoleSignals& operator=(const ConsoleSignals&) = delete;

  // No handle of a pipe's writing end tells that the reading end was closed; the next write does.
  Cause wait(Descriptor) override { return wait_for(INFINITE) == WAIT_OBJECT_0 ? Cause::interrupted : Cause::signal; }

  void wait_again(std::chrono::milliseconds time) override { (void)wait_for(static_cast<DWORD>(time.count())); }

  void interrupt() override { ::SetEvent(interrupted_.get()); }

 private:
  DWORD wait_for(DWORD milliseconds) const {
    const HANDLE handles[] = {interrupted_.get(), signalled};
    return ::WaitForMultipleObjects(2, handles, FALSE, milliseconds);
  }

  base::UniqueHandle interrupted_;
};

}  // namespace

Result<std::unique_ptr<StopSignals>> StopSignals::take() {
  base::UniqueHandle interrupted(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  signalled = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
  finished = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (interrupted && signalled != nullptr && finished != nullptr) {
    // A parent may have had Ctrl-C ignored for us; whoever sends it all the same means it.
    ::SetConsoleCtrlHandler(nullptr, FALSE);
    if (::SetConsoleCtrlHandler(handle, TRUE) != 0) {
      return std::unique_ptr<StopSignals>(new ConsoleSignals(std::move(interrupted)));
    }
  }
  const int code = static_cast<int>(::GetLastError());
  return Error(ErrorCode::system, "cannot wait for Ctrl-C: " + sys::words_of(code), code);
}

}  // namespace vigil::cli
