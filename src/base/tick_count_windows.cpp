// GetTickCount64() for NT 5.2, which has only GetTickCount(). The thread library of GCC imports it, and so no program
// could be loaded there: docs/decisions/0010-tick-count-on-nt-5-2.md. The import's own symbol is defined here, before
// the linker comes to look for it in the import library, and holds the address of a function of ours.
#include "base/tick_count.hpp"

#include <windows.h>

#include <atomic>

namespace vigil::base {
namespace {

using TickCount64 = ULONGLONG(WINAPI*)();

// Constant-initialised: the thread library may ask before any constructor of ours has run.
constinit TickCounter counter;
constinit std::atomic<TickCount64> of_the_system = nullptr;
constinit std::atomic<bool> looked = false;

ULONGLONG WINAPI tick_count() {
  if (!looked.load(std::memory_order_acquire)) {
    of_the_system = reinterpret_cast<TickCount64>(
        reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"kernel32.dll"), "GetTickCount64")));
    looked.store(true, std::memory_order_release);
  }
  const TickCount64 function = of_the_system.load(std::memory_order_relaxed);
  return function != nullptr ? function() : counter.extend(::GetTickCount());
}

}  // namespace
}  // namespace vigil::base

// On x86 a C symbol gets a "_" before its name, and a function that takes 0 bytes "@0" behind it.
#ifdef _WIN64
#define VIGIL_IMPORT_SYMBOL "__imp_GetTickCount64"
#else
#define VIGIL_IMPORT_SYMBOL "__imp__GetTickCount64@0"
#endif

extern "C" {
extern ULONGLONG(WINAPI* const import_of_tick_count)() __asm__(VIGIL_IMPORT_SYMBOL);
__attribute__((used)) ULONGLONG(WINAPI* const import_of_tick_count)() = vigil::base::tick_count;
}
