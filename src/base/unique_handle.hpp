// A HANDLE of Windows with one owner.
#pragma once

#include <utility>

namespace vigil::base {

// Closes the handle it owns, if any, when destroyed. Movable, not copyable. One thread at a time. (HANDLE is void*, and
// <windows.h> is not needed here. What stands for "none" differs from call to call: both values do here.)
class UniqueHandle {
 public:
  UniqueHandle() = default;
  explicit UniqueHandle(void* handle) : handle_(handle) {}
  ~UniqueHandle() { reset(); }
  UniqueHandle(UniqueHandle&& other) noexcept : handle_(other.release()) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  void* get() const { return handle_; }
  explicit operator bool() const { return is_handle(handle_); }

  // Gives the ownership away.
  void* release() { return std::exchange(handle_, nullptr); }

  // Closes what is owned and owns `handle` from now on.
  void reset(void* handle = nullptr) {
    if (void* const old = std::exchange(handle_, handle); is_handle(old)) close(old);
  }

 private:
  static bool is_handle(void* handle);
  static void close(void* handle);

  void* handle_ = nullptr;
};

}  // namespace vigil::base
