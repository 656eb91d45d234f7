// Memory straight from the system, for what is large and grows: zeroed, resident only where it was touched, and the
// system's again the moment it is freed. A general allocator may keep the room of an outgrown table for good.
#pragma once

#include <cstddef>
#include <utility>

namespace vigil::base {

// Owns its memory; movable, and empty once moved from. One thread at a time.
class Pages {
 public:
  Pages() = default;

  // Throws std::bad_alloc where the system has no memory to give.
  explicit Pages(std::size_t bytes);

  ~Pages();
  Pages(Pages&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Pages& operator=(Pages&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  void* data() const { return data_; }
  std::size_t size() const { return size_; }  // as asked for

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace vigil::base
