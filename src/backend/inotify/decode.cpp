#include "backend/inotify/decode.hpp"

#include <cstring>

namespace vigil::backend::inotify {
namespace {

// The layout of struct inotify_event, spelled out because this file is compiled where <sys/inotify.h> is not.
constexpr std::size_t kWatchOffset = 0;
constexpr std::size_t kMaskOffset = 4;
constexpr std::size_t kCookieOffset = 8;
constexpr std::size_t kLengthOffset = 12;
constexpr std::size_t kHeaderSize = 16;

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

}  // namespace

bool Decoder::next(Record& record) {
  record_size_ = 0;
  if (rest_.empty() || damaged_) return false;
  if (rest_.size() < kHeaderSize) {
    damaged_ = true;
    return false;
  }
  const std::size_t length = load<std::uint32_t>(rest_, kLengthOffset);
  if (length > rest_.size() - kHeaderSize) {
    damaged_ = true;
    return false;
  }
  record.watch = load<std::int32_t>(rest_, kWatchOffset);
  record.mask = load<std::uint32_t>(rest_, kMaskOffset);
  record.cookie = load<std::uint32_t>(rest_, kCookieOffset);
  const char* name = reinterpret_cast<const char*>(rest_.data() + kHeaderSize);
  const void* end = std::memchr(name, '\0', length);
  record.name =
      std::string_view(name, end != nullptr ? static_cast<std::size_t>(static_cast<const char*>(end) - name) : length);
  record_size_ = kHeaderSize + length;
  rest_ = rest_.subspan(record_size_);
  return true;
}

}  // namespace vigil::backend::inotify
