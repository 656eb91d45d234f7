#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "sys/error_codes.hpp"
#include "sys/whole_file.hpp"

#include <windows.h>

#include <algorithm>
#include <optional>

namespace vigil::sys {

const int kBusy = ERROR_SHARING_VIOLATION;

namespace {

using base::UniqueHandle;
using Text = Outcome<std::string>;

// A call of the system takes no more at once.
constexpr std::size_t kPiece = std::size_t{16} << 20;

int last_error() { return static_cast<int>(::GetLastError()); }

const wchar_t* wide(const std::u16string& text) { return reinterpret_cast<const wchar_t*>(text.c_str()); }

int write_all(HANDLE file, std::string_view bytes) {
  while (!bytes.empty()) {
    DWORD written = 0;
    if (::WriteFile(file, bytes.data(), static_cast<DWORD>(std::min(bytes.size(), kPiece)), &written, nullptr) == 0) {
      return last_error();
    }
    bytes.remove_prefix(written);
  }
  return 0;
}

int write_file(const std::u16string& path, std::string_view bytes) {
  const UniqueHandle file(
      ::CreateFileW(wide(path), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file) return last_error();
  int error = write_all(file.get(), bytes);
  if (error == 0 && ::FlushFileBuffers(file.get()) == 0) error = last_error();
  return error;
}

}  // namespace

Text read_whole_file(const std::string& path, std::size_t size_max) {
  const std::optional<std::u16string> name = base::to_utf16(path);
  if (!name) return Text::failure(ERROR_INVALID_NAME);
  const DWORD attributes = ::GetFileAttributesW(wide(*name));
  if (attributes == INVALID_FILE_ATTRIBUTES) return Text::failure(last_error());
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return Text::failure(kNotWatchable);
  const UniqueHandle file(::CreateFileW(wide(*name), GENERIC_READ,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                        FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file) return Text::failure(last_error());
  if (::GetFileType(file.get()) != FILE_TYPE_DISK) return Text::failure(kNotWatchable);
  std::string bytes;
  for (std::size_t size = 0; size <= size_max;) {
    bytes.resize(size + std::min(std::max(size, std::size_t{65536}), kPiece));
    DWORD got = 0;
    if (::ReadFile(file.get(), bytes.data() + size, static_cast<DWORD>(bytes.size() - size), &got, nullptr) == 0) {
      return Text::failure(last_error());
    }
    size += got;
    if (got != 0) continue;
    bytes.resize(size);
    return {std::move(bytes)};
  }
  return Text::failure(kNoMemory);
}

int read_in_pieces(const std::string& path, const std::function<void(std::string_view)>& take) {
  const std::optional<std::u16string> name = base::to_utf16(path);
  if (!name) return ERROR_INVALID_NAME;
  const UniqueHandle file(::CreateFileW(wide(*name), GENERIC_READ,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                        FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!file) return last_error();
  if (::GetFileType(file.get()) != FILE_TYPE_DISK) return kNotWatchable;
  std::string piece(std::size_t{128} << 10, '\0');
  while (true) {
    DWORD got = 0;
    if (::ReadFile(file.get(), piece.data(), static_cast<DWORD>(piece.size()), &got, nullptr) == 0) return last_error();
    if (got == 0) return 0;
    take(std::string_view(piece).substr(0, got));
  }
}

int replace_whole_file(const std::string& path, std::string_view bytes) {
  const std::optional<std::u16string> target = base::to_utf16(path);
  const std::optional<std::u16string> unfinished = base::to_utf16(path + std::string(kUnfinished));
  if (!target || !unfinished) return ERROR_INVALID_NAME;
  int error = write_file(*unfinished, bytes);
  if (error == kBusy) return error;
  if (error == 0 &&
      ::MoveFileExW(wide(*unfinished), wide(*target), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) == 0) {
    error = last_error();
  }
  if (error != 0) (void)::DeleteFileW(wide(*unfinished));
  return error;
}

}  // namespace vigil::sys
