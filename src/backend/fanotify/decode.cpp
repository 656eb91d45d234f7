#include "backend/fanotify/decode.hpp"

#include <algorithm>
#include <cstring>

namespace vigil::backend::fanotify {
namespace {

// The layouts of struct fanotify_event_metadata and of the records of information behind it, spelled out because this
// file is compiled where <sys/fanotify.h> is not.
constexpr std::size_t kLengthOffset = 0;
constexpr std::size_t kVersionOffset = 4;
constexpr std::size_t kMetadataLengthOffset = 6;
constexpr std::size_t kMaskOffset = 8;
constexpr std::size_t kPidOffset = 20;
constexpr std::size_t kMetadataSize = 24;
constexpr std::uint8_t kVersion = 3;

constexpr std::size_t kInfoTypeOffset = 0;
constexpr std::size_t kInfoLengthOffset = 2;
constexpr std::size_t kInfoHeaderSize = 4;
constexpr std::uint8_t kTarget = 1;
constexpr std::uint8_t kDirectoryAndName = 2;
constexpr std::uint8_t kDirectory = 3;
constexpr std::uint8_t kOldDirectoryAndName = 10;
constexpr std::uint8_t kNewDirectoryAndName = 12;

// An identity: 8 bytes of the file system, then struct file_handle: the number of its bytes, its type, its bytes.
constexpr std::size_t kHandleBytesOffset = 8;
constexpr std::size_t kIdentitySizeMin = 16;
constexpr std::size_t kHandleBytesMax = 128;  // MAX_HANDLE_SZ

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The identity at the front, and behind it, up to a NUL, a name. False where the lengths do not fit.
bool read_place(std::span<const std::byte> bytes, Place& place) {
  if (bytes.size() < kIdentitySizeMin) return false;
  const std::size_t handle = load<std::uint32_t>(bytes, kHandleBytesOffset);
  if (handle > kHandleBytesMax || handle > bytes.size() - kIdentitySizeMin) return false;
  const std::string_view all = text(bytes);
  place.directory = all.substr(0, kIdentitySizeMin + handle);
  place.name = all.substr(place.directory.size());
  place.name = place.name.substr(0, place.name.find('\0'));
  return true;
}

bool read_information(std::span<const std::byte> rest, Record& record) {
  while (!rest.empty()) {
    if (rest.size() < kInfoHeaderSize) return false;
    const std::size_t length = load<std::uint16_t>(rest, kInfoLengthOffset);
    if (length < kInfoHeaderSize || length > rest.size()) return false;
    const std::span<const std::byte> content = rest.subspan(kInfoHeaderSize, length - kInfoHeaderSize);
    Place place;
    switch (load<std::uint8_t>(rest, kInfoTypeOffset)) {
      case kTarget:
        if (!read_place(content, place)) return false;
        record.target = place.directory;
        break;
      case kDirectory:
      case kDirectoryAndName:
      case kOldDirectoryAndName:
        if (!read_place(content, record.at)) return false;
        break;
      case kNewDirectoryAndName:
        if (!read_place(content, record.to)) return false;
        break;
      default: break;  // not asked for
    }
    rest = rest.subspan(length);
  }
  return true;
}

}  // namespace

bool Decoder::next(Record& record) {
  if (rest_.empty() || damaged_) return false;
  damaged_ = true;
  if (rest_.size() < kMetadataSize) return false;
  const std::size_t length = load<std::uint32_t>(rest_, kLengthOffset);
  const std::size_t metadata = load<std::uint16_t>(rest_, kMetadataLengthOffset);
  if (load<std::uint8_t>(rest_, kVersionOffset) != kVersion) return false;
  if (metadata < kMetadataSize || metadata > length || length > rest_.size()) return false;
  record = Record{};
  record.mask = load<std::uint64_t>(rest_, kMaskOffset);
  record.pid = load<std::int32_t>(rest_, kPidOffset);
  if (!read_information(rest_.subspan(metadata, length - metadata), record)) return false;
  damaged_ = false;
  rest_ = rest_.subspan(length);
  return true;
}

}  // namespace vigil::backend::fanotify
