#include "cli/system.hpp"

#include "base/utf.hpp"

#include <windows.h>

#include <shellapi.h>

#include <algorithm>

// The C library must not look for files that the arguments match as patterns: globs are ours.
extern "C" {
int _dowildcard = 0;
}

namespace vigil::cli {
namespace {

// A console on NT 5.2 takes what fits in a message of 64 KiB.
constexpr std::size_t kConsoleUnitsMax = 8 * 1024;

int last_error() { return static_cast<int>(::GetLastError()); }

int write_to_console(HANDLE console, std::u16string_view text) {
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), kConsoleUnitsMax);
    const bool splits_pair = size < text.size() && (text[size - 1] & 0xFC00) == 0xD800;
    if (splits_pair) --size;
    DWORD written = 0;
    if (::WriteConsoleW(console, text.data(), static_cast<DWORD>(size), &written, nullptr) == 0) return last_error();
    text.remove_prefix(std::min<std::size_t>(written, text.size()));
  }
  return 0;
}

int write_bytes(HANDLE file, std::string_view text) {
  while (!text.empty()) {
    DWORD written = 0;
    const auto size = static_cast<DWORD>(std::min<std::size_t>(text.size(), std::size_t{1} << 30));
    if (::WriteFile(file, text.data(), size, &written, nullptr) == 0) return last_error();
    text.remove_prefix(written);
    // A pipe that somebody has made non-blocking takes nothing while it is full, and nothing can be waited for.
    if (written == 0) ::Sleep(1);
  }
  return 0;
}

}  // namespace

// A drive without a disk is an error of the call, not a question to whoever sits at the machine.
void prepare_process() { ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX); }

std::vector<std::string> arguments_of_process(int, char**) {
  int count = 0;
  wchar_t** const arguments = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  if (arguments == nullptr) return {};
  std::vector<std::string> all;
  for (int index = 1; index < count; ++index) {
    const std::wstring_view argument = arguments[index];
    all.push_back(base::to_wtf8(std::u16string(argument.begin(), argument.end())));
  }
  ::LocalFree(arguments);
  return all;
}

Descriptor standard_output() { return ::GetStdHandle(STD_OUTPUT_HANDLE); }
Descriptor standard_error() { return ::GetStdHandle(STD_ERROR_HANDLE); }

int write_all(Descriptor descriptor, std::string_view text) {
  if (is_terminal(descriptor)) {
    if (const std::optional<std::u16string> units = base::to_utf16(text)) return write_to_console(descriptor, *units);
  }
  return write_bytes(descriptor, text);
}

bool reader_left(int error) { return error == ERROR_BROKEN_PIPE || error == ERROR_NO_DATA; }

bool is_terminal(Descriptor descriptor) {
  DWORD mode = 0;
  return ::GetConsoleMode(descriptor, &mode) != 0;
}

// Since Windows 10; older consoles refuse the mode.
bool obeys_escapes(Descriptor terminal) {
  constexpr DWORD kVirtualTerminal = 0x0004;  // ENABLE_VIRTUAL_TERMINAL_PROCESSING
  DWORD mode = 0;
  if (::GetConsoleMode(terminal, &mode) == 0) return false;
  return (mode & kVirtualTerminal) != 0 || ::SetConsoleMode(terminal, mode | kVirtualTerminal) != 0;
}

std::size_t columns_of(Descriptor terminal) {
  CONSOLE_SCREEN_BUFFER_INFO information{};
  if (::GetConsoleScreenBufferInfo(terminal, &information) == 0) return 80;
  const int columns = information.srWindow.Right - information.srWindow.Left + 1;
  return columns > 0 ? static_cast<std::size_t>(columns) : 80;
}

// Windows does not tell who changes something.
std::string name_of_process(int /*pid*/) { return "?"; }

void end_process(int exit_code) {
  ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(exit_code));
  ::ExitProcess(static_cast<UINT>(exit_code));
}

}  // namespace vigil::cli
