#include "sys/error_codes.hpp"

#include "base/utf.hpp"

#include <windows.h>

#include <string_view>

namespace vigil::sys {

const int kNotFound = ERROR_FILE_NOT_FOUND;
const int kNotADirectory = ERROR_DIRECTORY;
const int kIsALink = ERROR_CANT_ACCESS_FILE;
const int kDenied = ERROR_ACCESS_DENIED;
const int kNotWatchable = ERROR_NOT_SUPPORTED;
const int kTooManyOpen = ERROR_TOO_MANY_OPEN_FILES;
const int kNoSpace = ERROR_DISK_FULL;
const int kNoMemory = ERROR_NOT_ENOUGH_MEMORY;

ErrorMeaning meaning_of(int error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_NOT_READY:       // a drive without a disk
    case ERROR_BAD_NETPATH:     // the server
    case ERROR_BAD_NET_NAME:    // its share
    case ERROR_INVALID_NAME:    // what cannot be a name is not there
    case ERROR_DELETE_PENDING:  // removed, and open somewhere
    case ERROR_DIRECTORY:
    case ERROR_CANT_ACCESS_FILE: return ErrorMeaning::gone;
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_NOT_ENOUGH_QUOTA:
    case ERROR_DISK_FULL:
    case ERROR_TOO_MANY_CMDS: return ErrorMeaning::limit;  // of requests a network connection may have under way
    case ERROR_ACCESS_DENIED:
    case ERROR_NETWORK_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION: return ErrorMeaning::denied;
    default: return ErrorMeaning::other;
  }
}

std::string words_of(int error) {
  wchar_t* text = nullptr;
  const DWORD size =
      FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                     nullptr, static_cast<DWORD>(error), 0, reinterpret_cast<wchar_t*>(&text), 0, nullptr);
  if (size == 0) return "error " + std::to_string(error);
  std::u16string_view words(reinterpret_cast<const char16_t*>(text), size);
  const std::size_t last = words.find_last_not_of(u".\r\n ");
  std::string bytes = base::to_wtf8(words.substr(0, last + 1));
  LocalFree(text);
  return bytes;
}

}  // namespace vigil::sys
