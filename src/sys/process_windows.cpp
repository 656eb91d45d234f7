#include "sys/process.hpp"

#include "base/thread.hpp"
#include "base/unique_handle.hpp"
#include "base/utf.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueHandle;

// What waits to be taken, or to be sent, on each side of the thread that serves the pipe.
constexpr std::size_t kWaitingBytesMax = 256 * 1024;
constexpr std::size_t kPieceBytes = 64 * 1024;

int last_error() { return static_cast<int>(::GetLastError()); }

std::wstring wide(std::string_view text) {
  const std::optional<std::u16string> units = base::to_utf16(text);
  return units ? std::wstring(units->begin(), units->end()) : std::wstring();
}

std::string narrow(std::wstring_view text) { return base::to_wtf8(std::u16string(text.begin(), text.end())); }

UniqueHandle make_event(bool by_hand) { return UniqueHandle(::CreateEventW(nullptr, by_hand, FALSE, nullptr)); }

class WindowsProcess;

class WindowsProcesses final : public Processes {
 public:
  explicit WindowsProcesses(UniqueHandle ready) : ready_(std::move(ready)) {}

  Descriptor descriptor() const override { return ready_.get(); }
  bool look() override;
  Outcome<std::unique_ptr<Process>> start(const std::string& program,
                                          const std::vector<std::string>& arguments) override;

  void notify() { ::SetEvent(ready_.get()); }
  void forget(WindowsProcess* process) { std::erase(all_, process); }

 private:
  UniqueHandle ready_;
  std::vector<WindowsProcess*> all_;
};

// An overlapped operation belongs to the thread that issued it: only that thread can cancel it (there is no CancelIoEx
// before Windows Vista), and it ends with it. So a thread serves the pipe, and nobody else touches it. Whatever the
// helper does, operations on a pipe are cancelled at once.
class WindowsProcess final : public Process {
 public:
  WindowsProcess(WindowsProcesses& all, UniqueHandle process, UniqueHandle job, UniqueHandle pipe, int id)
      : all_(all), process_(std::move(process)), job_(std::move(job)), pipe_(std::move(pipe)), id_(id) {
    thread_ = base::start_thread([this] { serve(); });
  }

  ~WindowsProcess() override {
    kill();
    stop_ = true;
    ::SetEvent(changed_.get());
    thread_.join();
    all_.forget(this);
  }
  WindowsProcess(const WindowsProcess&) = delete;
  WindowsProcess& operator=(const WindowsProcess&) = delete;

  Transfer receive(std::span<char> room) override {
    const std::lock_guard lock(mutex_);
    const std::size_t size = std::min(room.size(), received_.size());
    std::copy_n(received_.begin(), size, room.begin());
    received_.erase(0, size);
    if (size != 0) ::SetEvent(changed_.get());  // there is room for more
    return {size, size == 0 && closed_};
  }

  Transfer send(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    if (closed_) return {0, true};
    const std::size_t size = std::min(bytes.size(), kWaitingBytesMax - std::min(kWaitingBytesMax, to_send_.size()));
    to_send_.append(bytes.substr(0, size));
    if (size != 0) ::SetEvent(changed_.get());
    return {size, false};
  }

  bool ready() const override { return ready_; }

  void want_room(bool wanted) override {
    const std::lock_guard lock(mutex_);
    wants_room_ = wanted;
  }

  // For Processes::look().
  bool find_out() {
    const std::lock_guard lock(mutex_);
    ready_ = !received_.empty() || closed_ || (wants_room_ && to_send_.size() < kWaitingBytesMax) ||
             (killed_ && ::WaitForSingleObject(process_.get(), 0) == WAIT_OBJECT_0);
    return ready_;
  }

  void kill() override {
    const std::lock_guard lock(mutex_);
    if (killed_) return;
    killed_ = true;
    closed_ = true;
    received_.clear();
    to_send_.clear();
    ::TerminateProcess(process_.get(), 1);
    if (job_) ::TerminateJobObject(job_.get(), 1);
    ::SetEvent(changed_.get());
  }

  std::optional<Ending> ended(std::chrono::milliseconds wait_max) override {
    if (::WaitForSingleObject(process_.get(), static_cast<DWORD>(wait_max.count())) != WAIT_OBJECT_0) {
      return std::nullopt;
    }
    DWORD code = 0;
    return ::GetExitCodeProcess(process_.get(), &code) != 0 ? Ending{.code = static_cast<int>(code)}
                                                            : Ending{.known = false};
  }

  bool tells_end() const override { return true; }

  int id() const override { return id_; }

 private:
  struct Operation {
    OVERLAPPED overlapped{};
    UniqueHandle done = make_event(true);
    bool under_way = false;
    std::string bytes;

    OVERLAPPED* begin() {
      overlapped = {};
      overlapped.hEvent = done.get();
      under_way = true;
      return &overlapped;
    }
  };

  void serve() {
    Operation reading;
    Operation writing;
    while (!stop_) {
      begin_what_is_due(reading, writing);
      if (has_ended_) finish(reading, writing);
      wait(reading, writing);
      finish(reading, writing);
    }
    // They must not outlive this thread, nor their buffers.
    ::CancelIo(pipe_.get());
    for (Operation* const operation : {&reading, &writing}) {
      DWORD size = 0;
      if (operation->under_way) ::GetOverlappedResult(pipe_.get(), &operation->overlapped, &size, TRUE);
    }
  }

  void begin_what_is_due(Operation& reading, Operation& writing) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (!reading.under_way && received_.size() < kWaitingBytesMax) {
      reading.bytes.resize(kPieceBytes);
      begun(reading, ::ReadFile(pipe_.get(), reading.bytes.data(), static_cast<DWORD>(reading.bytes.size()), nullptr,
                                reading.begin()));
    }
    if (!writing.under_way && !to_send_.empty()) {
      writing.bytes = std::exchange(to_send_, {});
      begun(writing, ::WriteFile(pipe_.get(), writing.bytes.data(), static_cast<DWORD>(writing.bytes.size()), nullptr,
                                 writing.begin()));
    }
  }

  // With the lock.
  void begun(Operation& operation, BOOL at_once) {
    if (at_once != 0 || ::GetLastError() == ERROR_IO_PENDING) return;
    operation.under_way = false;
    closed_ = true;
    all_.notify();
  }

  void wait(const Operation& reading, const Operation& writing) {
    std::array<HANDLE, 4> handles{changed_.get()};
    DWORD count = 1;
    if (reading.under_way) handles[count++] = reading.done.get();
    if (writing.under_way) handles[count++] = writing.done.get();
    const bool awaits_end = !has_ended_;
    if (awaits_end) handles[count++] = process_.get();
    const DWORD which = ::WaitForMultipleObjects(count, handles.data(), FALSE, INFINITE);
    if (!awaits_end || which != WAIT_OBJECT_0 + count - 1) return;
    has_ended_ = true;
    all_.notify();
  }

  // Its process has ended, and all it ever sent was received. Another one may have inherited its end of the pipe, which
  // then does not tell of that.
  bool is_over() const {
    DWORD waiting = 0;
    return has_ended_ && (::PeekNamedPipe(pipe_.get(), nullptr, 0, nullptr, &waiting, nullptr) == 0 || waiting == 0);
  }

  void finish(Operation& reading, Operation& writing) {
    for (Operation* const operation : {&reading, &writing}) {
      DWORD size = 0;
      if (!operation->under_way) continue;
      const bool over = is_over();
      const BOOL done = ::GetOverlappedResult(pipe_.get(), &operation->overlapped, &size, FALSE);
      const bool incomplete = done == 0 && ::GetLastError() == ERROR_IO_INCOMPLETE;
      if (incomplete && !over) continue;
      const std::lock_guard lock(mutex_);
      if (incomplete) {
        if (std::exchange(closed_, true)) continue;
        all_.notify();
        continue;
      }
      operation->under_way = false;
      if (done == 0) {
        closed_ = true;
      } else if (operation == &reading && !killed_) {
        received_.append(reading.bytes, 0, size);
      }
      all_.notify();
    }
  }

  WindowsProcesses& all_;
  const UniqueHandle process_;
  const UniqueHandle job_;  // the process ends when this handle is closed, and so with this program; or none
  const UniqueHandle pipe_;
  const int id_;
  const UniqueHandle changed_ = make_event(false);
  bool ready_ = false;

  std::mutex mutex_;
  std::string received_;
  std::string to_send_;
  bool closed_ = false;
  bool wants_room_ = false;
  std::atomic<bool> killed_ = false;
  std::atomic<bool> stop_ = false;
  bool has_ended_ = false;  // the thread's own
  std::thread thread_;
};

bool WindowsProcesses::look() {
  ::ResetEvent(ready_.get());
  for (WindowsProcess* const process : all_) (void)process->find_out();
  return false;
}

struct Pipe {
  UniqueHandle own;
  UniqueHandle others;  // inherited
};

Outcome<Pipe> make_pipe() {
  static std::atomic<unsigned> number = 0;
  const std::wstring name = L"\\\\.\\pipe\\vigil-" + std::to_wstring(::GetCurrentProcessId()) + L"-" +
                            std::to_wstring(++number) + L"-" + std::to_wstring(::GetTickCount());
  Outcome<Pipe> pipe;
  pipe.value.own = UniqueHandle(
      ::CreateNamedPipeW(name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                         PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, 1, kPieceBytes, kPieceBytes, 0, nullptr));
  if (!pipe.value.own) {
    pipe.error = last_error();
    return pipe;
  }
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  pipe.value.others = UniqueHandle(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, &inherited,
                                                 OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr));
  if (!pipe.value.others) pipe.error = last_error();
  return pipe;
}

// Whatever is in it ends when the last handle to it is closed, at the latest with this program.
UniqueHandle make_job() {
  UniqueHandle job(::CreateJobObjectW(nullptr, nullptr));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (!job || ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits) == 0) {
    return {};
  }
  return job;
}

// Windows Vista and later: names the handles that a process is to inherit. Before, it inherits all that can be; of
// those that are there, ours are few, and for a moment only.
class Inheritance {
 public:
  explicit Inheritance(std::vector<HANDLE> handles) : handles_(std::move(handles)) {
    const HMODULE kernel = ::GetModuleHandleW(L"kernel32.dll");
    const auto initialize = function<BOOL(void*, DWORD, DWORD, SIZE_T*)>(kernel, "InitializeProcThreadAttributeList");
    const auto update =
        function<BOOL(void*, DWORD, DWORD_PTR, void*, SIZE_T, void*, SIZE_T*)>(kernel, "UpdateProcThreadAttribute");
    delete_ = function<void(void*)>(kernel, "DeleteProcThreadAttributeList");
    if (initialize == nullptr || update == nullptr || delete_ == nullptr) return;
    SIZE_T size = 0;
    (void)initialize(nullptr, 1, 0, &size);
    list_.resize(size);
    if (initialize(list_.data(), 1, 0, &size) == 0) {
      list_.clear();
      return;
    }
    constexpr DWORD_PTR kHandleList = 0x0002'0002;
    named_ =
        update(list_.data(), 0, kHandleList, handles_.data(), handles_.size() * sizeof(HANDLE), nullptr, nullptr) != 0;
  }
  ~Inheritance() {
    if (!list_.empty()) delete_(list_.data());
  }
  Inheritance(const Inheritance&) = delete;
  Inheritance& operator=(const Inheritance&) = delete;

  // None where all is inherited.
  void* list() { return named_ ? list_.data() : nullptr; }

 private:
  template <typename Signature>
  struct Pointer;
  template <typename Result, typename... Arguments>
  struct Pointer<Result(Arguments...)> {
    using Type = Result(WINAPI*)(Arguments...);
  };

  template <typename Signature>
  static typename Pointer<Signature>::Type function(HMODULE module, const char* name) {
    return reinterpret_cast<typename Pointer<Signature>::Type>(reinterpret_cast<void*>(::GetProcAddress(module, name)));
  }

  std::vector<HANDLE> handles_;
  std::vector<char> list_;
  Pointer<void(void*)>::Type delete_ = nullptr;
  bool named_ = false;
};

// STARTUPINFOEXW, which is declared for Windows Vista and later only.
struct StartupInformation {
  STARTUPINFOW base{};
  void* attributes = nullptr;
};

Outcome<std::unique_ptr<Process>> WindowsProcesses::start(const std::string& program,
                                                          const std::vector<std::string>& arguments) {
  using Started = Outcome<std::unique_ptr<Process>>;
  Outcome<Pipe> pipe = make_pipe();
  if (!pipe) return Started::failure(pipe.error);
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  const UniqueHandle nowhere(
      ::CreateFileW(L"NUL", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, nullptr));
  std::wstring line = L"\"" + wide(program) + L"\"";
  for (const std::string& argument : arguments) line += L" \"" + wide(argument) + L"\"";
  Inheritance inheritance({pipe.value.others.get(), nowhere.get()});
  StartupInformation startup;
  startup.attributes = inheritance.list();
  startup.base.cb = startup.attributes != nullptr ? sizeof startup : sizeof startup.base;
  startup.base.dwFlags = STARTF_USESTDHANDLES;
  startup.base.hStdInput = startup.base.hStdOutput = pipe.value.others.get();
  startup.base.hStdError = nowhere.get();
  PROCESS_INFORMATION started{};
  // Before Windows 8 a process can be in one job only: where this program is in one, its helper has to leave that.
  constexpr DWORD kExtendedStartupInformation = 0x0008'0000;
  const DWORD always = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP |
                       (startup.attributes != nullptr ? kExtendedStartupInformation : 0);
  const std::wstring path = wide(program);
  const auto create = [&](DWORD flags) {
    return ::CreateProcessW(path.c_str(), line.data(), nullptr, nullptr, TRUE, flags, nullptr, nullptr, &startup.base,
                            &started);
  };
  if (create(always | CREATE_BREAKAWAY_FROM_JOB) == 0 &&
      (::GetLastError() != ERROR_ACCESS_DENIED || create(always) == 0)) {
    return Started::failure(last_error());
  }
  const UniqueHandle thread(started.hThread);
  UniqueHandle process(started.hProcess);
  UniqueHandle job = make_job();
  // Without one it still ends when the pipe does.
  if (job && ::AssignProcessToJobObject(job.get(), process.get()) == 0) job.reset();
  ::ResumeThread(thread.get());
  auto made = std::make_unique<WindowsProcess>(*this, std::move(process), std::move(job), std::move(pipe.value.own),
                                               static_cast<int>(started.dwProcessId));
  all_.push_back(made.get());
  return {std::move(made)};
}

bool is_file(const std::wstring& path) {
  const DWORD attributes = ::GetFileAttributesW(path.c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

}  // namespace

Outcome<std::unique_ptr<Processes>> open_processes() {
  UniqueHandle ready = make_event(true);
  if (!ready) return Outcome<std::unique_ptr<Processes>>::failure(last_error());
  return {std::make_unique<WindowsProcesses>(std::move(ready))};
}

// Here nobody has to collect processes that have ended.
std::size_t held_processes() { return 0; }

std::string running_program() {
  std::array<wchar_t, 32768> path;
  const DWORD size = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  return narrow({path.data(), size});
}

std::string find_program(std::string_view name) {
  const std::string ending = "\\" + std::string(name) + ".exe";
  const std::string running = running_program();
  std::string beside = running.substr(0, running.rfind('\\')) + ending;
  if (is_file(wide(beside))) return beside;
  std::array<wchar_t, 32768> variable;
  const DWORD size = ::GetEnvironmentVariableW(L"PATH", variable.data(), static_cast<DWORD>(variable.size()));
  const std::string all = narrow({variable.data(), size < variable.size() ? size : 0});
  for (std::string_view rest = all; !rest.empty();) {
    const std::string_view directory = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), directory.size() + 1));
    // What is found must not depend on where this is called.
    if (directory.size() < 3 || (directory[1] != ':' && !directory.starts_with("\\\\"))) continue;
    if (std::string path = std::string(directory) + ending; is_file(wide(path))) return path;
  }
  return {};
}

Outcome<std::string> complete_path(const std::string& path) {
  const std::wstring given = wide(path);
  if (given.empty()) return Outcome<std::string>::failure(ERROR_INVALID_NAME);
  std::wstring whole(::GetFullPathNameW(given.c_str(), 0, nullptr, nullptr), L'\0');
  const DWORD size = ::GetFullPathNameW(given.c_str(), static_cast<DWORD>(whole.size()), whole.data(), nullptr);
  if (size == 0 || size >= whole.size()) return Outcome<std::string>::failure(last_error());
  return {narrow(whole.substr(0, size))};
}

}  // namespace vigil::sys
