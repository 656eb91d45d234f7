#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "cli/probe_file.hpp"
#include "sys/directory_handle_windows.hpp"

#include <windows.h>

namespace vigil::cli {

namespace {

sys::Outcome<std::wstring> wide(const std::string& path) {
  const std::optional<std::u16string> units = base::to_utf16(path);
  if (!units) return sys::Outcome<std::wstring>::failure(ERROR_INVALID_NAME);
  return sys::long_path(std::wstring(units->begin(), units->end()));
}

}  // namespace

int make_probe_file(const std::string& path) {
  const sys::Outcome<std::wstring> name = wide(path);
  if (!name) return name.error;
  const HANDLE handle =
      ::CreateFileW(name.value.c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                    CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return static_cast<int>(::GetLastError());
  const base::UniqueHandle file(handle);
  constexpr char kText[] = "vigil\r\n";
  DWORD written = 0;
  if (::WriteFile(handle, kText, sizeof kText - 1, &written, nullptr) != 0) return 0;
  const auto error = static_cast<int>(::GetLastError());
  (void)remove_probe_file(path);
  return error;
}

int remove_probe_file(const std::string& path) {
  const sys::Outcome<std::wstring> name = wide(path);
  if (!name) return name.error;
  return ::DeleteFileW(name.value.c_str()) != 0 ? 0 : static_cast<int>(::GetLastError());
}

unsigned long process_number() { return ::GetCurrentProcessId(); }

}  // namespace vigil::cli
