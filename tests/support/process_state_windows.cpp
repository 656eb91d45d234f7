#include "support/process_state.hpp"

#include <windows.h>

#include <tlhelp32.h>

#include <psapi.h>

#include <algorithm>

namespace vigil::testing {

std::size_t open_descriptors() {
  DWORD count = 0;
  ::GetProcessHandleCount(::GetCurrentProcess(), &count);
  return count;
}

std::size_t threads() {
  const HANDLE snapshot = ::CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  THREADENTRY32 entry{};
  entry.dwSize = sizeof entry;
  std::size_t count = 0;
  for (BOOL more = ::Thread32First(snapshot, &entry); more != 0; more = ::Thread32Next(snapshot, &entry)) {
    if (entry.th32OwnerProcessID == ::GetCurrentProcessId()) ++count;
  }
  ::CloseHandle(snapshot);
  return count;
}

std::uint64_t sleeps_of_other_threads() { return 0; }

std::chrono::nanoseconds processor_time() {
  FILETIME created{}, ended{}, kernel{}, user{};
  ::GetProcessTimes(::GetCurrentProcess(), &created, &ended, &kernel, &user);
  const auto nanoseconds = [](const FILETIME& time) {
    return 100 * ((static_cast<std::int64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime);
  };
  return std::chrono::nanoseconds(nanoseconds(kernel) + nanoseconds(user));
}

// By all heaps of the process, of which the C library has one.
std::size_t allocated_bytes() {
  HANDLE heaps[64];
  const DWORD count = std::min<DWORD>(::GetProcessHeaps(64, heaps), 64);
  std::size_t sum = 0;
  for (DWORD index = 0; index < count; ++index) {
    PROCESS_HEAP_ENTRY entry{};
    ::HeapLock(heaps[index]);
    while (::HeapWalk(heaps[index], &entry) != 0) {
      if ((entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0) sum += entry.cbData;
    }
    ::HeapUnlock(heaps[index]);
  }
  return sum;
}

std::size_t private_bytes() {
  PROCESS_MEMORY_COUNTERS_EX counters{};
  counters.cb = sizeof counters;
  ::GetProcessMemoryInfo(::GetCurrentProcess(), reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&counters), sizeof counters);
  return counters.PrivateUsage;
}

}  // namespace vigil::testing
