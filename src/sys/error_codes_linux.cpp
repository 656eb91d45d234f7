#include "sys/error_codes.hpp"

#include <cerrno>
#include <system_error>

namespace vigil::sys {

const int kNotFound = ENOENT;
const int kNotADirectory = ENOTDIR;
const int kIsALink = ELOOP;
const int kDenied = EACCES;
const int kNotWatchable = EINVAL;
const int kTooManyOpen = EMFILE;
const int kNoSpace = ENOSPC;
const int kNoMemory = ENOMEM;

ErrorMeaning meaning_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP: return ErrorMeaning::gone;
    case ENOSPC:
    case ENOMEM:
    case EMFILE:
    case ENFILE: return ErrorMeaning::limit;
    case EACCES:
    case EPERM: return ErrorMeaning::denied;
    default: return ErrorMeaning::other;
  }
}

std::string words_of(int error) { return std::generic_category().message(error); }

}  // namespace vigil::sys
