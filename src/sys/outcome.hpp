// What a system call gave: a value, or the system's error code. Cheap where failing is ordinary (a name that is gone).
#pragma once

namespace vigil::sys {

template <typename T>
struct [[nodiscard]] Outcome {
  T value{};
  int error = 0;  // errno, GetLastError

  explicit operator bool() const { return error == 0; }
  static Outcome failure(int error) { return Outcome{T{}, error}; }
};

}  // namespace vigil::sys
