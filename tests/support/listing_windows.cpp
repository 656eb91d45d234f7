#include "base/utf.hpp"
#include "support/model.hpp"

#include <windows.h>

#include <algorithm>

namespace vigil::testing {

namespace {

// Not by what vigil itself lists with.
void list_below(const std::u16string& directory, const std::string& shown, Listing& listing) {
  WIN32_FIND_DATAW found{};
  const std::u16string pattern = directory + u"\\*";
  const HANDLE search = ::FindFirstFileW(reinterpret_cast<const wchar_t*>(pattern.c_str()), &found);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    const std::wstring_view name = found.cFileName;
    if (name == L"." || name == L"..") continue;
    const std::u16string units(name.begin(), name.end());
    const std::string path = shown + base::to_wtf8(units);
    const bool is_link = (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    const bool is_directory = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    listing.emplace(path, is_link ? EntryType::symlink : is_directory ? EntryType::directory : EntryType::file);
    if (is_directory && !is_link) list_below(directory + u'\\' + units, path + '/', listing);
  } while (::FindNextFileW(search, &found) != 0);
  ::FindClose(search);
}

}  // namespace

Listing listing_of(const std::string& directory) {
  Listing listing;
  std::u16string units = base::to_utf16(directory).value_or(u"");
  std::replace(units.begin(), units.end(), u'/', u'\\');
  list_below(u"\\\\?\\" + units, {}, listing);
  return listing;
}

}  // namespace vigil::testing
