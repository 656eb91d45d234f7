#include "base/pages.hpp"

#include <new>

#include <sys/mman.h>

namespace vigil::base {

Pages::Pages(std::size_t bytes) : size_(bytes) {
  void* const data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  data_ = data;
}

Pages::~Pages() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace vigil::base
