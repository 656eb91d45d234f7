// Elements of one type under 32-bit numbers.
#pragma once

#include "base/pages.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace vigil::tree {

// Grows by whole chunks: nothing ever moves. The element given back last is taken first; room given back stays with
// the pool. An element that is not taken equals T{} but for its first four bytes. Number 0 is never given out and
// stays T{}.
//
// One thread at a time.
template <typename T>
class Pool {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) >= sizeof(std::uint32_t));

 public:
  Pool() { take(); }

  T& operator[](std::uint32_t index) { return chunk(index)[index & kMask]; }
  const T& operator[](std::uint32_t index) const { return chunk(index)[index & kMask]; }

  // The number of an element that now equals T{}.
  std::uint32_t take() {
    std::uint32_t index = free_;
    if (index != 0) {
      std::memcpy(&free_, &(*this)[index], sizeof free_);
    } else {
      if ((end_ & kMask) == 0) chunks_.emplace_back(sizeof(T) << kShift);
      index = end_++;
    }
    (*this)[index] = T{};
    return index;
  }

  void give_back(std::uint32_t index) {
    T& element = (*this)[index] = T{};
    std::memcpy(static_cast<void*>(&element), &free_, sizeof free_);
    free_ = index;
  }

  // All numbers ever given out are below.
  std::uint32_t end() const { return end_; }

  // What was ever touched; the rest of the last chunk costs nothing.
  std::size_t memory_bytes() const { return std::size_t{end_} * sizeof(T); }

 private:
  static constexpr unsigned kShift = 13;
  static constexpr std::uint32_t kMask = (std::uint32_t{1} << kShift) - 1;

  T* chunk(std::uint32_t index) const { return static_cast<T*>(chunks_[index >> kShift].data()); }

  std::vector<base::Pages> chunks_;
  std::uint32_t end_ = 0;
  std::uint32_t free_ = 0;
};

}  // namespace vigil::tree
