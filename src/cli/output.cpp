#include "cli/output.hpp"

#include "cli/system.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vigil::cli {
namespace {

// As much as a pipe holds by default: more would only wait.
constexpr std::size_t kBufferSize = std::size_t{64} << 10;

}  // namespace

Output::Output(Descriptor descriptor)
    : descriptor_(descriptor), capacity_(kBufferSize), buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {}

Output::Output() : capacity_(kBufferSize), buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {}

char* Output::reserve(std::size_t size) {
  if (size > capacity_ - used_) make_room(size);
  return buffer_.get() + used_;
}

void Output::make_room(std::size_t size) {
  if (descriptor_) flush();
  if (size <= capacity_ - used_) return;
  capacity_ = std::max(used_ + size, 2 * used_);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
  if (used_ > 0) std::memcpy(larger.get(), buffer_.get(), used_);
  buffer_ = std::move(larger);
}

void Output::commit(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.get()); }

void Output::append(std::string_view text) {
  char* room = reserve(text.size());
  if (!text.empty()) std::memcpy(room, text.data(), text.size());
  commit(room + text.size());
}

bool Output::flush() {
  if (!descriptor_) return true;
  if (error_ == 0) error_ = write_all(*descriptor_, {buffer_.get(), used_});
  used_ = 0;
  return error_ == 0;
}

}  // namespace vigil::cli
