// How vigil's calls report failure: a value or an Error, never an exception for what the system refuses.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace vigil {

// What went wrong, for a program to act on. Append only: the numbers are part of the ABI.
enum class ErrorCode {
  invalid_argument = 1,   // an option that contradicts another, an empty path, a time-out below zero
  invalid_pattern = 2,    // a glob that cannot be read; the message names the place
  not_found = 3,          // the path does not exist
  permission_denied = 4,  // the system refuses to open or to watch the path
  not_watchable = 5,      // neither a directory nor a file (a device, a socket), or its file system gives no events
  already_watched = 6,    // the same path was added before
  not_watched = 7,        // the path was never added, or was removed
  limit_reached = 8,      // a limit of the system or of the watcher; the message gives its value and the remedy
  stopped = 9,            // the watcher was stopped
  timed_out = 10,         // the deadline passed first
  would_deadlock = 11,    // the call waits for the callback it was made from
  system = 12,            // anything else the system refused; os_code() says what
  cancelled = 13,         // another thread ended the call
  bad_handle = 14,        // a number that is of no open handle: closed, or never given out
  damaged = 15,           // a file that is not what it should be: foreign, of a newer vigil, cut off or changed
};

// A failed call. Immutable.
class Error {
 public:
  Error(ErrorCode code, std::string message, int os_code = 0)
      : code_(code), os_code_(os_code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }

  // errno (GetLastError on Windows) of the system call that failed; 0 where none did.
  int os_code() const { return os_code_; }

  // A sentence for a person: what was tried, on which path, what stopped it and, where there is one, the remedy.
  const std::string& message() const { return message_; }

 private:
  ErrorCode code_;
  int os_code_;
  std::string message_;
};

// A value, or the Error that explains why there is none. Dereferencing a failed Result is a bug (asserted).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

struct Done {};

// The Result of a call that has nothing to give but success.
using Status = Result<Done>;

}  // namespace vigil
