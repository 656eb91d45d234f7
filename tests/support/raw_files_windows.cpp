#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "support/raw_files.hpp"
#include "support/wide_path_windows.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>

namespace vigil::testing::raw {

namespace {

using base::UniqueHandle;

UniqueHandle open(const std::string& path, DWORD access, DWORD how, DWORD flags = 0) {
  constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  return UniqueHandle(::CreateFileW(Wide(path), access, kShareAll, nullptr, how, flags, nullptr));
}

DWORD attributes_of(const std::string& path) { return ::GetFileAttributesW(Wide(path)); }

FILETIME file_time(std::int64_t seconds) {
  const std::uint64_t ticks = static_cast<std::uint64_t>(seconds + 11'644'473'600) * 10'000'000;
  return {static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32)};
}

bool remove_below(const std::string& path) {
  WIN32_FIND_DATAW found{};
  const HANDLE search = ::FindFirstFileW(Wide(path + "/*"), &found);
  if (search == INVALID_HANDLE_VALUE) return false;
  do {
    const std::wstring_view name = found.cFileName;
    if (name == L"." || name == L"..") continue;
    remove_all(path + '/' + base::to_wtf8(std::u16string(name.begin(), name.end())));
  } while (::FindNextFileW(search, &found) != 0);
  ::FindClose(search);
  return true;
}

}  // namespace

bool write(const std::string& path, std::string_view text, Write how) {
  const DWORD access = how == Write::behind ? FILE_APPEND_DATA | SYNCHRONIZE : GENERIC_WRITE;
  // Not CREATE_ALWAYS, which refuses hidden files.
  const UniqueHandle file = open(path, access, OPEN_ALWAYS);
  if (!file) return false;
  if (how == Write::anew && ::SetEndOfFile(file.get()) == 0) return false;
  DWORD written = 0;
  return text.empty() || ::WriteFile(file.get(), text.data(), static_cast<DWORD>(text.size()), &written, nullptr) != 0;
}

bool truncate(const std::string& path) { return bool(open(path, GENERIC_WRITE, TRUNCATE_EXISTING)); }

bool make_directory(const std::string& path) { return ::CreateDirectoryW(Wide(path), nullptr) != 0; }

bool make_directories(const std::string& path) {
  if (make_directory(path)) return true;
  const DWORD attributes = attributes_of(path);
  if (attributes != INVALID_FILE_ATTRIBUTES) return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  const std::size_t slash = path.find_last_of("/\\");
  return slash != std::string::npos && slash > 2 && make_directories(path.substr(0, slash)) && make_directory(path);
}

bool remove_file(const std::string& path) { return ::DeleteFileW(Wide(path)) != 0; }

bool remove_directory(const std::string& path) { return ::RemoveDirectoryW(Wide(path)) != 0; }

bool remove_all(const std::string& path) {
  const DWORD attributes = attributes_of(path);
  if (attributes == INVALID_FILE_ATTRIBUTES) return false;
  if ((attributes & FILE_ATTRIBUTE_READONLY) != 0) ::SetFileAttributesW(Wide(path), FILE_ATTRIBUTE_NORMAL);
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) return remove_file(path);
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) remove_below(path);
  return remove_directory(path);
}

bool rename(const std::string& from, const std::string& to) {
  return ::MoveFileExW(Wide(from), Wide(to), MOVEFILE_REPLACE_EXISTING) != 0;
}

bool exchange(const std::string&, const std::string&) {
  ::SetLastError(ERROR_NOT_SUPPORTED);
  return false;
}

// Not before NT 6.0.
bool symbolic_link(const std::string& target, const std::string& path) {
  using Create = BOOLEAN(WINAPI*)(const wchar_t*, const wchar_t*, DWORD);
  static const auto create = reinterpret_cast<Create>(
      reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"kernel32.dll"), "CreateSymbolicLinkW")));
  return create != nullptr && create(Wide(path), Wide(target), 0) != 0;
}

bool hard_link(const std::string& target, const std::string& path) {
  return ::CreateHardLinkW(Wide(path), Wide(target), nullptr) != 0;
}

bool make_fifo(const std::string&) {
  ::SetLastError(ERROR_NOT_SUPPORTED);
  return false;
}

bool open_fifo(const std::string&) { return false; }

bool change_mode(const std::string& path, unsigned mode) {
  const bool hidden = (mode & 022) != 0;
  return ::SetFileAttributesW(Wide(path), hidden ? FILE_ATTRIBUTE_HIDDEN : FILE_ATTRIBUTE_NORMAL) != 0;
}

bool change_times(const std::string& path, std::int64_t accessed, std::int64_t written) {
  const UniqueHandle file = open(path, FILE_WRITE_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
  const FILETIME access_time = file_time(accessed);
  const FILETIME write_time = file_time(written);
  return file && ::SetFileTime(file.get(), nullptr, &access_time, &write_time) != 0;
}

void survive_broken_pipes() {}

std::string last_error() { return sys::words_of(static_cast<int>(::GetLastError())); }

const std::vector<std::string>& names() {
  static const std::vector<std::string> names = {"a", "b", "c", "d", "ab", "\xC3\xA4\xE2\x82\xAC", "two words"};
  return names;
}

std::string place_for_temporary_directories() {
  wchar_t path[MAX_PATH + 1];
  const std::wstring_view found(path, ::GetTempPathW(MAX_PATH + 1, path));
  std::string place = base::to_wtf8(std::u16string(found.begin(), found.end()));
  std::replace(place.begin(), place.end(), '\\', '/');
  while (place.ends_with('/')) place.pop_back();
  return place;
}

std::string make_temporary_directory(const std::string& where) {
  static std::atomic<unsigned> number = 0;
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::string path =
        where + "/vigil-" + std::to_string(::GetCurrentProcessId()) + '-' + std::to_string(number++);
    if (make_directory(path)) return path;
  }
  std::abort();
}

// Under Wine that of Linux, whose tick is 10 ms at most.
void let_clock_of_files_tick() { ::Sleep(40); }

}  // namespace vigil::testing::raw
