#include "isolation/helpers.hpp"

#include "base/unique_handle.hpp"
#include "support/told.hpp"

#include <windows.h>

#include <tlhelp32.h>

#include <chrono>
#include <cstdlib>
#include <cwchar>

namespace vigil::isolation {

namespace {

using base::UniqueHandle;

constexpr DWORD kCodeOfKilled = 9;

UniqueHandle open_process(ProcessId process, DWORD access) {
  return UniqueHandle(::OpenProcess(access, FALSE, static_cast<DWORD>(process)));
}

}  // namespace

const char* const kInPath = "cmd";

const char* const kOddName = "x ' \xc3\xa9%y";

const char* const kKilled = "ended with code 9";

std::vector<ProcessId> helpers_of(ProcessId parent) {
  std::vector<ProcessId> all;
  const UniqueHandle snapshot(::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  PROCESSENTRY32W entry{};
  entry.dwSize = sizeof entry;
  for (BOOL more = ::Process32FirstW(snapshot.get(), &entry); more != 0;
       more = ::Process32NextW(snapshot.get(), &entry)) {
    const std::wstring name = entry.szExeFile;
    const bool is_helper = name.find(L"vigil.exe") != name.npos || name.find(L"fake_helper.exe") != name.npos;
    if (entry.th32ParentProcessID != static_cast<DWORD>(parent) || !is_helper) continue;
    // One that has ended may be listed as long as somebody has a handle of it.
    const UniqueHandle process = open_process(static_cast<ProcessId>(entry.th32ProcessID), SYNCHRONIZE);
    if (process && ::WaitForSingleObject(process.get(), 0) == WAIT_TIMEOUT) {
      all.push_back(static_cast<ProcessId>(entry.th32ProcessID));
    }
  }
  return all;
}

std::vector<ProcessId> helpers() { return helpers_of(static_cast<ProcessId>(::GetCurrentProcessId())); }

void kill_process(ProcessId process) {
  ::TerminateProcess(open_process(process, PROCESS_TERMINATE).get(), kCodeOfKilled);
}

void pause_process(ProcessId process) {
  const UniqueHandle snapshot(::CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0));
  THREADENTRY32 entry{};
  entry.dwSize = sizeof entry;
  for (BOOL more = ::Thread32First(snapshot.get(), &entry); more != 0; more = ::Thread32Next(snapshot.get(), &entry)) {
    if (entry.th32OwnerProcessID != static_cast<DWORD>(process)) continue;
    const UniqueHandle thread(::OpenThread(THREAD_SUSPEND_RESUME, FALSE, entry.th32ThreadID));
    if (thread) ::SuspendThread(thread.get());
  }
}

bool ends(ProcessId process) {
  const UniqueHandle handle = open_process(process, SYNCHRONIZE);
  if (!handle) return true;  // it has gone already
  const auto patience = std::chrono::milliseconds(testing::kPatience).count();
  return ::WaitForSingleObject(handle.get(), static_cast<DWORD>(patience)) == WAIT_OBJECT_0;
}

void set_environment(const std::string& name, const std::string& value) { ::_putenv_s(name.c_str(), value.c_str()); }

}  // namespace vigil::isolation
