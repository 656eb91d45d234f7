#include "cli/paths.hpp"

#include "base/utf.hpp"
#include "sys/disk.hpp"
#include "sys/error_codes.hpp"
#include "sys/nt_windows.hpp"
#include "sys/paths_windows.hpp"

#include <windows.h>

#include <algorithm>

namespace vigil::cli {

const char kSeparator = '\\';

namespace {

std::string full_path(const std::string& path) {
  const std::optional<std::u16string> units = base::to_utf16(path);
  if (!units) return path;
  const auto* const given = reinterpret_cast<const wchar_t*>(units->c_str());
  std::u16string full;
  DWORD size = ::GetFullPathNameW(given, 0, nullptr, nullptr);
  while (size > full.size()) {
    full.resize(size);
    size = ::GetFullPathNameW(given, size, reinterpret_cast<wchar_t*>(full.data()), nullptr);
  }
  full.resize(size);
  return size == 0 ? path : base::to_wtf8(full);
}

bool is_separator(char character) { return character == '/' || character == '\\'; }

std::string without_closing_separators(std::string path) {
  // "C:\" is not "C:".
  while (path.size() > 3 && is_separator(path.back()) && path[path.size() - 2] != ':') path.pop_back();
  return path;
}

base::UniqueHandle open_root(const std::string& path) {
  const sys::Outcome<std::string> absolute = sys::absolute_path(path);
  const std::optional<std::u16string> native =
      absolute && sys::volume_size(absolute.value) != 0 ? sys::to_native(absolute.value) : std::nullopt;
  if (!native) return {};
  // Through links, unlike nt::open().
  const std::u16string verbatim = u"\\\\?\\" + native->substr(4);
  return base::UniqueHandle(::CreateFileW(reinterpret_cast<const wchar_t*>(verbatim.c_str()), FILE_READ_ATTRIBUTES,
                                          FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                          OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
}

}  // namespace

Result<std::string> working_directory() { return without_closing_separators(full_path(".")); }

bool is_absolute(std::string_view path) {
  if (path.size() >= 2 && is_separator(path[0]) && is_separator(path[1])) return true;
  return path.size() >= 3 && path[1] == ':' && is_separator(path[2]);
}

// What is absolute already stays as it was written.
std::string absolute_path(std::string_view path, std::string_view, bool) {
  return without_closing_separators(is_absolute(path) ? std::string(path) : full_path(std::string(path)));
}

std::optional<std::string> glob_of_file(Descriptor file, const std::string& root, bool may_ask_disk) {
  if (!may_ask_disk) return std::nullopt;  // the root would have to be opened
  if (::GetFileType(file) != FILE_TYPE_DISK) return std::nullopt;
  const base::UniqueHandle directory = open_root(root);
  if (!directory) return std::nullopt;
  const sys::Outcome<std::uint32_t> file_volume = sys::nt::volume_serial(file);
  const sys::Outcome<std::uint32_t> root_volume = sys::nt::volume_serial(directory.get());
  if (!file_volume || !root_volume || file_volume.value != root_volume.value) return std::nullopt;
  const sys::Outcome<std::u16string> file_name = sys::nt::name_on_volume(file);
  const sys::Outcome<std::u16string> root_name = sys::nt::name_on_volume(directory.get());
  if (!file_name || !root_name) return std::nullopt;
  const std::string file_path = base::to_wtf8(file_name.value);
  const std::string root_path = base::to_wtf8(root_name.value);
  const std::string_view below = relative_path(file_path, root_path);
  if (below == file_path || below == ".") return std::nullopt;
  std::string with_slashes(below);
  std::replace(with_slashes.begin(), with_slashes.end(), '\\', '/');
  return literal_glob(with_slashes);
}

}  // namespace vigil::cli
