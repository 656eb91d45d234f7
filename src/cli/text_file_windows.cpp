#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "cli/format.hpp"
#include "cli/text_file.hpp"
#include "sys/directory_handle_windows.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>

namespace vigil::cli {
namespace {

Error error_of(const std::string& path, DWORD code) {
  const ErrorCode meaning =
      code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ? ErrorCode::not_found : ErrorCode::system;
  return {meaning, formatted("cannot read '{}': {}", path, sys::words_of(static_cast<int>(code))),
          static_cast<int>(code)};
}

Result<TextFile> read_to_end(HANDLE handle, const std::string& name, std::size_t bytes_max) {
  TextFile result;
  char buffer[16 * 1024];
  while (result.text.size() <= bytes_max) {
    DWORD count = 0;
    if (::ReadFile(handle, buffer, sizeof buffer, &count, nullptr) == 0) {
      const DWORD code = ::GetLastError();
      // So the end of a pipe shows.
      if (code == ERROR_BROKEN_PIPE) return result;
      return error_of(name, code);
    }
    if (count == 0) return result;
    result.text.append(buffer, count);
  }
  return Error(ErrorCode::limit_reached, formatted("'{}' is larger than {} bytes", name, bytes_max));
}

}  // namespace

Result<TextFile> read_standard_input(std::size_t bytes_max) {
  return read_to_end(::GetStdHandle(STD_INPUT_HANDLE), "standard input", bytes_max);
}

Result<TextFile> read_text_file(const std::string& path, std::size_t bytes_max) {
  const std::optional<std::u16string> units = base::to_utf16(path);
  if (!units) return error_of(path, ERROR_INVALID_NAME);
  const sys::Outcome<std::wstring> name = sys::long_path(std::wstring(units->begin(), units->end()));
  if (!name) return error_of(path, static_cast<DWORD>(name.error));
  const DWORD attributes = ::GetFileAttributesW(name.value.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return error_of(path, ::GetLastError());
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
    return Error(ErrorCode::not_watchable, formatted("'{}' is no file", path));
  }
  const HANDLE handle =
      ::CreateFileW(name.value.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return error_of(path, ::GetLastError());
  const base::UniqueHandle file(handle);
  if (::GetFileType(handle) != FILE_TYPE_DISK) {
    return Error(ErrorCode::not_watchable, formatted("'{}' is no file", path));
  }
  return read_to_end(handle, path, bytes_max);
}

}  // namespace vigil::cli
