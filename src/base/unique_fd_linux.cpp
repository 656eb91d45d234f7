#include "base/unique_fd.hpp"

#include <unistd.h>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>

namespace vigil::base {

namespace {

// A bit for each descriptor that is owned: all that a forked child can rely on, for whatever has a lock or more than
// one word may have been left half done by a thread that the child does not have.
using Word = std::atomic<std::uint64_t>;
constexpr int kWordBits = 64;
constexpr int kPageBits = 64 * kWordBits;
using Page = std::array<Word, kPageBits / kWordBits>;

// Descriptors beyond are not noted; the system's own limit is below a million as a rule.
constexpr std::size_t kPages = 1024;

constinit Page first_page{};
constinit std::array<std::atomic<Page*>, kPages> pages{};

Page* page_of(int descriptor, bool make) {
  const auto index = static_cast<std::size_t>(descriptor / kPageBits);
  if (index == 0) return &first_page;
  if (index >= kPages) return nullptr;
  Page* page = pages[index].load(std::memory_order_acquire);
  if (page != nullptr || !make) return page;
  Page* const fresh = new (std::nothrow) Page();
  if (fresh == nullptr || pages[index].compare_exchange_strong(page, fresh)) return fresh;
  delete fresh;
  return page;
}

Word* word_of(int descriptor, bool make) {
  if (descriptor < 0) return nullptr;
  Page* const page = page_of(descriptor, make);
  return page == nullptr ? nullptr : &(*page)[static_cast<std::size_t>(descriptor % kPageBits / kWordBits)];
}

std::uint64_t bit_of(int descriptor) { return std::uint64_t{1} << (descriptor % kWordBits); }

}  // namespace

void UniqueFd::note(int descriptor) {
  if (Word* const word = word_of(descriptor, true)) word->fetch_or(bit_of(descriptor), std::memory_order_relaxed);
}

void UniqueFd::forget(int descriptor) {
  if (Word* const word = word_of(descriptor, false)) word->fetch_and(~bit_of(descriptor), std::memory_order_relaxed);
}

void UniqueFd::close_all() {
  for (std::size_t index = 0; index < kPages; ++index) {
    Page* const page = page_of(static_cast<int>(index) * kPageBits, false);
    if (page == nullptr) continue;
    for (std::size_t word = 0; word < page->size(); ++word) {
      std::uint64_t bits = (*page)[word].exchange(0);
      for (; bits != 0; bits &= bits - 1) {
        ::close(static_cast<int>(index) * kPageBits + static_cast<int>(word) * kWordBits + std::countr_zero(bits));
      }
    }
  }
}

void UniqueFd::close(int descriptor) {
  // Not repeated after EINTR: Linux has released the number by then, and another thread may own it already. errno is
  // kept because descriptors are closed on the way out of calls that failed.
  const int kept = errno;
  forget(descriptor);  // before another thread can have the number
  ::close(descriptor);
  errno = kept;
}

}  // namespace vigil::base
