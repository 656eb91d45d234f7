// The system's error codes (errno; GetLastError() on Windows): what they mean for vigil, and the system's words.
#pragma once

#include <cstdint>
#include <string>

namespace vigil::sys {

enum class ErrorMeaning : std::uint8_t {
  gone,    // the path does not lead to what it was thought to lead to
  limit,   // something is used up; later there may be some again
  denied,  // the rights are missing
  other,
};

ErrorMeaning meaning_of(int error);

// "No such file or directory". UTF-8, without a full stop or an end of line.
std::string words_of(int error);

// The codes that vigil gives itself, and that a simulated kernel gives. No two are equal.
extern const int kNotFound;       // ENOENT; ERROR_FILE_NOT_FOUND
extern const int kNotADirectory;  // ENOTDIR; ERROR_DIRECTORY
extern const int kIsALink;        // ELOOP; ERROR_CANT_ACCESS_FILE
extern const int kDenied;         // EACCES; ERROR_ACCESS_DENIED
extern const int kNotWatchable;   // EINVAL; ERROR_NOT_SUPPORTED: neither a directory nor a file
extern const int kTooManyOpen;    // EMFILE; ERROR_TOO_MANY_OPEN_FILES
extern const int kNoSpace;        // ENOSPC; ERROR_DISK_FULL
extern const int kNoMemory;       // ENOMEM; ERROR_NOT_ENOUGH_MEMORY

}  // namespace vigil::sys
