// A file descriptor with one owner.
#pragma once

#include <utility>

namespace vigil::base {

// Closes the descriptor it owns, if any, when destroyed. Movable, not copyable. One thread at a time.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int descriptor) : descriptor_(descriptor) {}
  ~UniqueFd() { reset(); }
  UniqueFd(UniqueFd&& other) noexcept : descriptor_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  // -1 where there is none.
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

  // Gives the ownership away.
  int release() { return std::exchange(descriptor_, -1); }

  // Closes what is owned and owns `descriptor` from now on.
  void reset(int descriptor = -1) {
    if (const int old = std::exchange(descriptor_, descriptor); old >= 0) close(old);
  }

 private:
  static void close(int descriptor);

  int descriptor_ = -1;
};

}  // namespace vigil::base
