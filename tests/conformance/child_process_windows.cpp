#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "conformance/child_process.hpp"
#include "support/pipe_windows.hpp"
#include "support/wide_path_windows.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>

#include <array>
#include <cstdint>
#include <utility>

// Exported by ntdll since NT 5.1, and declared for nobody.
extern "C" {
LONG NTAPI NtSuspendProcess(HANDLE process);
LONG NTAPI NtResumeProcess(HANDLE process);
}

namespace vigil::conformance {
namespace {

using base::UniqueHandle;

// As the shell has it, of one that somebody else has ended.
constexpr int kKilled = 137;

Error failure(const std::string& what) {
  const int code = static_cast<int>(::GetLastError());
  return Error(ErrorCode::system, what + ": " + sys::words_of(code), code);
}

// As CommandLineToArgvW() takes it apart.
void append_quoted(std::u16string& line, const std::string& argument) {
  if (!line.empty()) line += u' ';
  line += u'"';
  std::size_t backslashes = 0;
  for (const char16_t unit : base::to_utf16(argument).value_or(u"")) {
    if (unit == u'"') line.append(backslashes + 1, u'\\');
    backslashes = unit == u'\\' ? backslashes + 1 : 0;
    line += unit;
  }
  line.append(backslashes, u'\\');
  line += u'"';
}

// Empty at the end.
std::string read_some(const UniqueHandle& pipe) {
  std::array<char, 65536> buffer;
  DWORD size = 0;
  if (::ReadFile(pipe.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &size, nullptr) == 0) return {};
  return std::string(buffer.data(), size);
}

}  // namespace

struct ChildProcess::Process {
  UniqueHandle handle;
  UniqueHandle job;  // ends what the process started with it, and it with the test
  UniqueHandle output;
  UniqueHandle errors;
  bool paused = false;
};

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(ChildOptions options) {
  testing::Pipe output = testing::make_pipe();
  testing::Pipe errors = testing::make_pipe();
  auto process = std::make_unique<Process>();
  process->job = UniqueHandle(::CreateJobObjectW(nullptr, nullptr));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (!output.read || !errors.read || !process->job ||
      ::SetInformationJobObject(process->job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits) == 0) {
    return failure("no pipe for a subject");
  }
  std::u16string line;
  for (const std::string& argument : options.arguments) append_quoted(line, argument);
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = output.write.get();
  startup.hStdError = errors.write.get();
  PROCESS_INFORMATION started{};
  // A working directory may not be as long as other paths.
  const std::u16string directory = base::to_utf16(options.working_directory).value_or(u"");
  if (::CreateProcessW(nullptr, reinterpret_cast<wchar_t*>(line.data()), nullptr, nullptr, TRUE,
                       CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP, nullptr,
                       reinterpret_cast<const wchar_t*>(directory.c_str()), &startup, &started) == 0) {
    return failure("no process for a subject");
  }
  process->handle = UniqueHandle(started.hProcess);
  const UniqueHandle thread(started.hThread);
  ::AssignProcessToJobObject(process->job.get(), started.hProcess);
  ::ResumeThread(thread.get());
  process->output = std::move(output.read);
  process->errors = std::move(errors.read);
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(process), options.separator));
}

ChildProcess::ChildProcess(std::unique_ptr<Process> process, char separator)
    : process_(std::move(process)), separator_(separator) {
  reader_ = std::thread([this] { read_outputs(); });
}

ChildProcess::~ChildProcess() {
  stop();
  reader_.join();
}

bool ChildProcess::exits_within(std::chrono::milliseconds time) const {
  return ::WaitForSingleObject(process_->handle.get(), static_cast<DWORD>(time.count())) == WAIT_OBJECT_0;
}

// A pipe is read by a thread of its own: nothing waits for two.
void ChildProcess::read_outputs() {
  std::thread errors([this] {
    for (std::string text; !(text = read_some(process_->errors)).empty();) take({}, text);
  });
  for (std::string text; !(text = read_some(process_->output)).empty();) take(text, {});
  errors.join();
  take_end();
}

void ChildProcess::pause() {
  if (!std::exchange(process_->paused, true)) NtSuspendProcess(process_->handle.get());
}

void ChildProcess::resume() {
  if (std::exchange(process_->paused, false)) NtResumeProcess(process_->handle.get());
}

// Without a console there is nothing to ask it by.
int ChildProcess::stop() {
  if (!exits_within(std::chrono::milliseconds(0))) {
    ::TerminateProcess(process_->handle.get(), kKilled);
    ::WaitForSingleObject(process_->handle.get(), INFINITE);
  }
  DWORD code = 0;
  ::GetExitCodeProcess(process_->handle.get(), &code);
  return static_cast<int>(code);
}

}  // namespace vigil::conformance
