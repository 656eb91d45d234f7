#include "sys/paths_windows.hpp"

#include "base/utf.hpp"

#include <windows.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vigil::sys {
namespace {

constexpr std::u16string_view kNative = u"\\??\\";
constexpr std::u16string_view kVerbatim = u"\\\\?\\";
constexpr std::u16string_view kDevice = u"\\\\.\\";

// Behind the prefix: one "/" before each name, none at the end, and the volume's name as others write it.
std::string from_verbatim(std::u16string_view rest) {
  std::string path;
  for (const std::string bytes = base::to_wtf8(rest); const char byte : bytes) {
    if (byte != '\\') {
      path += path.empty() ? std::string("/") + byte : std::string(1, byte);
    } else if (!path.ends_with('/')) {
      path += '/';
    }
  }
  while (path.ends_with('/')) path.pop_back();
  if (path.empty()) return "/";
  if (path.size() >= 3 && path[2] == ':' && path[1] >= 'a' && path[1] <= 'z') path[1] = static_cast<char>(path[1] - 32);
  if (path.starts_with("/unc/")) path.replace(0, 5, "/UNC/");
  return path;
}

// GetFullPathNameW() knows the working directory, also that of each drive, and takes "." and ".." out.
Outcome<std::u16string> full_path(const std::u16string& path) {
  const auto* const given = reinterpret_cast<const wchar_t*>(path.c_str());
  std::u16string full;
  DWORD size = ::GetFullPathNameW(given, 0, nullptr, nullptr);
  while (size > full.size()) {
    full.resize(size);
    size = ::GetFullPathNameW(given, size, reinterpret_cast<wchar_t*>(full.data()), nullptr);
  }
  if (size == 0) return Outcome<std::u16string>::failure(static_cast<int>(::GetLastError()));
  full.resize(size);
  return {std::move(full)};
}

}  // namespace

Outcome<std::string> absolute_path(const std::string& path) {
  using Failure = Outcome<std::string>;
  const std::optional<std::u16string> units = base::to_utf16(path);
  if (!units || units->empty()) return Failure::failure(ERROR_INVALID_NAME);
  if (units->starts_with(kVerbatim)) return {from_verbatim(units->substr(kVerbatim.size()))};
  const Outcome<std::u16string> full = full_path(*units);
  if (!full) return Failure::failure(full.error);
  if (full.value.starts_with(kVerbatim)) return {from_verbatim(full.value.substr(kVerbatim.size()))};
  if (full.value.starts_with(kDevice)) return Failure::failure(ERROR_NOT_SUPPORTED);
  if (full.value.starts_with(u"\\\\")) return {from_verbatim(u"UNC" + full.value.substr(1))};
  return {from_verbatim(full.value)};
}

std::optional<std::string> from_native(std::u16string_view name) {
  if (!name.starts_with(kNative)) return std::nullopt;
  return from_verbatim(name.substr(kNative.size()));
}

std::optional<std::u16string> to_native(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  std::optional<std::u16string> units = base::to_utf16(path);
  if (!units) return std::nullopt;
  std::replace(units->begin(), units->end(), u'/', u'\\');
  units->insert(0, kNative.substr(0, kNative.size() - 1));
  if (path.size() == volume_size(path)) *units += u'\\';
  return units;
}

std::size_t volume_size(std::string_view path) {
  const auto end_of_name = [&](std::size_t slash) {
    if (slash + 1 >= path.size()) return std::string_view::npos;
    return std::min(path.find('/', slash + 1), path.size());
  };
  std::size_t end = end_of_name(0);
  for (int more = path.starts_with("/UNC/") || path == "/UNC" ? 2 : 0; more > 0 && end != std::string_view::npos;
       --more) {
    end = end_of_name(end);
  }
  return end == std::string_view::npos ? 0 : end;
}

}  // namespace vigil::sys
