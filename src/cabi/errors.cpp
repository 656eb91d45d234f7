#include "cabi/errors.hpp"

#include <string>

namespace vigil::cabi {

namespace {

struct LastError {
  std::string message;
  const char* text = "";  // the message, or a constant where there was no memory for one
  int os_code = 0;
};

thread_local LastError last_error;

}  // namespace

int fail(Error&& error) noexcept {
  try {
    last_error.message = error.message();
  } catch (...) {
    return fail_for_memory();
  }
  last_error.text = last_error.message.c_str();
  last_error.os_code = error.os_code();
  return static_cast<int>(error.code());
}

int fail(ErrorCode code, std::string_view message) noexcept {
  try {
    return fail(Error(code, std::string(message)));
  } catch (...) {
    return fail_for_memory();
  }
}

int fail_for_memory() noexcept {
  last_error.text = "out of memory";
  last_error.os_code = 0;
  return VIGIL_ERROR_OUT_OF_MEMORY;
}

int fail_for_null(std::string_view what) noexcept {
  try {
    return fail(Error(ErrorCode::invalid_argument, std::string(what) + " is NULL"));
  } catch (...) {
    return fail_for_memory();
  }
}

}  // namespace vigil::cabi

extern "C" {

const char* vigil_error_message(void) { return vigil::cabi::last_error.text; }

int vigil_error_os_code(void) { return vigil::cabi::last_error.os_code; }

const char* vigil_error_name(int error) {
  switch (error) {
    case VIGIL_OK: return "ok";
    case VIGIL_ERROR_INVALID_ARGUMENT: return "invalid_argument";
    case VIGIL_ERROR_INVALID_PATTERN: return "invalid_pattern";
    case VIGIL_ERROR_NOT_FOUND: return "not_found";
    case VIGIL_ERROR_PERMISSION_DENIED: return "permission_denied";
    case VIGIL_ERROR_NOT_WATCHABLE: return "not_watchable";
    case VIGIL_ERROR_ALREADY_WATCHED: return "already_watched";
    case VIGIL_ERROR_NOT_WATCHED: return "not_watched";
    case VIGIL_ERROR_LIMIT_REACHED: return "limit_reached";
    case VIGIL_ERROR_STOPPED: return "stopped";
    case VIGIL_ERROR_TIMED_OUT: return "timed_out";
    case VIGIL_ERROR_WOULD_DEADLOCK: return "would_deadlock";
    case VIGIL_ERROR_SYSTEM: return "system";
    case VIGIL_ERROR_CANCELLED: return "cancelled";
    case VIGIL_ERROR_BAD_HANDLE: return "bad_handle";
    case VIGIL_ERROR_DAMAGED: return "damaged";
    case VIGIL_ERROR_OUT_OF_MEMORY: return "out_of_memory";
    default: return "unknown";
  }
}

}  // extern "C"
