// A file descriptor with one owner.
#pragma once

#include <utility>

namespace vigil::base {

// Closes the descriptor it owns, if any, when destroyed. Movable, not copyable. One thread at a time.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int descriptor) : descriptor_(descriptor) { note(descriptor); }
  ~UniqueFd() { reset(); }
  UniqueFd(UniqueFd&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) exchange(std::exchange(other.descriptor_, -1));
    return *this;
  }

  // -1 where there is none.
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

  // Gives the ownership away.
  int release() {
    forget(descriptor_);
    return std::exchange(descriptor_, -1);
  }

  // Closes what is owned and owns `descriptor` from now on.
  void reset(int descriptor = -1) {
    exchange(descriptor);
    note(descriptor);
  }

  // Closes every descriptor that anything in the process owns. Only in the child of a fork(), which has copies of all
  // of them, and of their owners; those are neither used nor destroyed from then on. Safe whatever another thread was
  // doing when the process forked.
  static void close_all();

 private:
  void exchange(int descriptor) {
    if (const int old = std::exchange(descriptor_, descriptor); old >= 0) close(old);
  }

  // Of what is owned by anything.
  static void note(int descriptor);
  static void forget(int descriptor);

  static void close(int descriptor);

  int descriptor_ = -1;
};

}  // namespace vigil::base
