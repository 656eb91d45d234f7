#include "cli/start_windows.hpp"

#include "base/utf.hpp"
#include "cli/windows_words.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::cli {
namespace {

using base::UniqueHandle;
using Cause = StartFailure::Cause;

constexpr DWORD kPathMax = 32'768;

std::wstring wide(std::string_view text) {
  const std::optional<std::u16string> units = base::to_utf16(text);
  return units ? std::wstring(units->begin(), units->end()) : std::wstring();
}

std::string narrow(std::wstring_view text) { return base::to_wtf8(std::u16string(text.begin(), text.end())); }

std::wstring variable(const wchar_t* name) {
  std::wstring value(kPathMax, L'\0');
  value.resize(::GetEnvironmentVariableW(name, value.data(), kPathMax));
  return value;
}

// Of the letters in names of variables; the system's function is in a library that vigil does without.
wchar_t upper(wchar_t letter) {
  return letter >= L'a' && letter <= L'z' ? static_cast<wchar_t>(letter - L'a' + L'A') : letter;
}

bool comes_before(const std::wstring& left, const std::wstring& right) {
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [](wchar_t one, wchar_t other) { return upper(one) < upper(other); });
}

bool has_name(const std::wstring& variable, std::wstring_view name) {
  return variable.size() > name.size() && variable[name.size()] == L'=' &&
         std::equal(name.begin(), name.end(), variable.begin(),
                    [](wchar_t one, wchar_t other) { return upper(one) == upper(other); });
}

// In the order that older systems demand.
std::wstring environment_with(const std::vector<std::string>& additions) {
  std::vector<std::wstring> all;
  for (const std::string& addition : additions) all.push_back(wide(addition));
  wchar_t* const own = ::GetEnvironmentStringsW();
  for (const wchar_t* each = own; each != nullptr && *each != L'\0'; each += std::wstring_view(each).size() + 1) {
    const std::wstring candidate = each;
    const bool is_replaced = std::any_of(additions.begin(), additions.end(), [&](const std::string& addition) {
      return has_name(candidate, wide(addition.substr(0, addition.find('='))));
    });
    if (!is_replaced) all.push_back(candidate);
  }
  if (own != nullptr) ::FreeEnvironmentStringsW(own);
  std::sort(all.begin(), all.end(), comes_before);
  std::wstring block;
  for (const std::wstring& each : all) block.append(each).push_back(L'\0');
  block.push_back(L'\0');
  return block;
}

std::wstring search(const std::wstring& name, const wchar_t* extension) {
  std::wstring path(kPathMax, L'\0');
  const DWORD size = ::SearchPathW(nullptr, name.c_str(), extension, kPathMax, path.data(), nullptr);
  path.resize(size < kPathMax ? size : 0);
  const DWORD attributes = path.empty() ? INVALID_FILE_ATTRIBUTES : ::GetFileAttributesW(path.c_str());
  const bool is_file = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
  return is_file ? path : std::wstring();
}

// Empty where there is none. A name without an extension is looked for with each that programs have.
std::wstring find_program(std::string name) {
  std::replace(name.begin(), name.end(), '/', '\\');
  const std::wstring wanted = wide(name);
  const std::size_t name_begin = name.find_last_of("\\:") == std::string::npos ? 0 : name.find_last_of("\\:") + 1;
  if (name.find('.', name_begin) != std::string::npos) {
    if (std::wstring found = search(wanted, nullptr); !found.empty()) return found;
  }
  std::wstring extensions = variable(L"PATHEXT");
  if (extensions.empty()) extensions = L".COM;.EXE;.BAT;.CMD";
  for (std::size_t begin = 0; begin < extensions.size();) {
    const std::size_t end = std::min(extensions.find(L';', begin), extensions.size());
    const std::wstring extension = extensions.substr(begin, end - begin);
    begin = end + 1;
    if (std::wstring found = search(wanted + extension, nullptr); !found.empty()) return found;
  }
  return {};
}

bool is_batch_file(const std::wstring& path) {
  std::string end = narrow(path.substr(path.size() - std::min<std::size_t>(path.size(), 4)));
  std::transform(end.begin(), end.end(), end.begin(),
                 [](char each) { return each >= 'A' && each <= 'Z' ? static_cast<char>(each + 32) : each; });
  return end == ".bat" || end == ".cmd";
}

struct Line {
  std::wstring program;
  std::wstring text;
};

std::optional<Line> line_of(const StartPlan& plan, StartFailure& failure) {
  if (plan.shell) {
    std::wstring shell = variable(L"ComSpec");
    if (shell.empty()) shell = find_program("cmd.exe");
    return Line{shell, L"\"" + shell + L"\" /d /s /c \"" + wide(plan.words.front()) + L"\""};
  }
  const std::wstring program = find_program(plan.words.front());
  if (program.empty()) {
    failure = {Cause::not_found, ERROR_FILE_NOT_FOUND, sys::words_of(ERROR_FILE_NOT_FOUND)};
    return std::nullopt;
  }
  if (!is_batch_file(program)) return Line{program, wide(command_line_of(plan.words))};
  std::vector<std::string> words = plan.words;
  words.front() = narrow(program);
  const std::optional<std::string> batch = batch_line_of(words);
  if (batch) {
    const std::wstring shell = variable(L"ComSpec");
    return Line{shell, L"\"" + shell + L"\" /d /s /c \"" + wide(*batch) + L"\""};
  }
  failure = {Cause::not_executable, 0, "a batch file cannot be given a word that holds %, \", ! or a line break"};
  return std::nullopt;
}

UniqueHandle inheritable(HANDLE handle) {
  HANDLE copy = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  ::DuplicateHandle(self, handle, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS);
  return UniqueHandle(copy);
}

struct Input {
  UniqueHandle theirs;
  UniqueHandle ours;
};

Input input_of(const StartPlan& plan) {
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  if (plan.input == CommandInput::inherit) return {inheritable(::GetStdHandle(STD_INPUT_HANDLE)), {}};
  if (plan.input == CommandInput::null) {
    return {UniqueHandle(::CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                                       OPEN_EXISTING, 0, nullptr)),
            {}};
  }
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  if (::CreatePipe(&read, &write, &inherited, 0) == 0) return {};
  ::SetHandleInformation(write, HANDLE_FLAG_INHERIT, 0);
  return {UniqueHandle(read), UniqueHandle(write)};
}

UniqueHandle make_job(HANDLE port) {
  UniqueHandle job(::CreateJobObjectW(nullptr, nullptr));
  if (!job) return {};
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits);
  JOBOBJECT_ASSOCIATE_COMPLETION_PORT messages{job.get(), port};
  ::SetInformationJobObject(job.get(), JobObjectAssociateCompletionPortInformation, &messages, sizeof messages);
  return job;
}

StartFailure failure_of(DWORD error) {
  const int code = static_cast<int>(error);
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND: return {Cause::not_found, code, sys::words_of(code)};
    // For a line that is too long, and for too large an environment.
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_INVALID_PARAMETER: return {Cause::too_large, code, sys::words_of(code)};
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_NO_SYSTEM_RESOURCES: return {Cause::system, code, sys::words_of(code)};
    default: return {Cause::not_executable, code, sys::words_of(code)};
  }
}

}  // namespace

std::optional<StartedProcess> start_process(const StartPlan& plan, void* port, StartFailure& failure) {
  std::optional<Line> line = line_of(plan, failure);
  if (!line) return std::nullopt;
  Input input = input_of(plan);
  const UniqueHandle output = inheritable(::GetStdHandle(STD_OUTPUT_HANDLE));
  const UniqueHandle error = inheritable(::GetStdHandle(STD_ERROR_HANDLE));
  std::wstring environment = environment_with(plan.variables);
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdInput = input.theirs.get();
  startup.hStdOutput = output.get();
  startup.hStdError = error.get();
  PROCESS_INFORMATION started{};
  // Before Windows 8 a process can be in one job only: where vigil is in one, the command has to leave that.
  constexpr DWORD kAlways = CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT;
  const auto create = [&](DWORD flags) {
    return ::CreateProcessW(line->program.c_str(), line->text.data(), nullptr, nullptr, TRUE, flags, environment.data(),
                            nullptr, &startup, &started) != 0;
  };
  if (!create(kAlways | CREATE_BREAKAWAY_FROM_JOB) && (::GetLastError() != ERROR_ACCESS_DENIED || !create(kAlways))) {
    failure = failure_of(::GetLastError());
    return std::nullopt;
  }
  StartedProcess result{UniqueHandle(started.hProcess), make_job(port), std::move(input.ours), started.dwProcessId};
  const UniqueHandle thread(started.hThread);
  if (result.job && ::AssignProcessToJobObject(result.job.get(), result.process.get()) == 0) result.job.reset();
  ::ResumeThread(thread.get());
  return result;
}

}  // namespace vigil::cli
