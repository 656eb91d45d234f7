#include "base/pages.hpp"

#include <new>

#include <windows.h>

namespace vigil::base {

Pages::Pages(std::size_t bytes)
    : data_(VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)), size_(bytes) {
  if (data_ == nullptr) throw std::bad_alloc();
}

Pages::~Pages() {
  if (data_ != nullptr) VirtualFree(data_, 0, MEM_RELEASE);
}

}  // namespace vigil::base
