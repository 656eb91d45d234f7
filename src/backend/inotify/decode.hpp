// Bytes of an inotify queue to records. Pure and portable: compiled, tested and fuzzed on every platform.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vigil::backend::inotify {

// The masks of inotify(7), by the names used there, so that portable code can speak of them.
inline constexpr std::uint32_t kAccess = 0x00000001;
inline constexpr std::uint32_t kModify = 0x00000002;
inline constexpr std::uint32_t kAttrib = 0x00000004;
inline constexpr std::uint32_t kCloseWrite = 0x00000008;
inline constexpr std::uint32_t kCloseNoWrite = 0x00000010;
inline constexpr std::uint32_t kOpen = 0x00000020;
inline constexpr std::uint32_t kMovedFrom = 0x00000040;
inline constexpr std::uint32_t kMovedTo = 0x00000080;
inline constexpr std::uint32_t kCreate = 0x00000100;
inline constexpr std::uint32_t kDelete = 0x00000200;
inline constexpr std::uint32_t kDeleteSelf = 0x00000400;
inline constexpr std::uint32_t kMoveSelf = 0x00000800;
inline constexpr std::uint32_t kUnmount = 0x00002000;
inline constexpr std::uint32_t kQueueOverflow = 0x00004000;
inline constexpr std::uint32_t kIgnored = 0x00008000;
inline constexpr std::uint32_t kOnlyDirectory = 0x01000000;
inline constexpr std::uint32_t kDontFollow = 0x02000000;
inline constexpr std::uint32_t kExcludeUnlinked = 0x04000000;
inline constexpr std::uint32_t kMaskAdd = 0x20000000;
inline constexpr std::uint32_t kIsDirectory = 0x40000000;

struct Record {
  int watch = -1;
  std::uint32_t mask = 0;
  std::uint32_t cookie = 0;
  std::string_view name;  // into the buffer, without the padding
};

// Walks the records of a buffer as read(2) filled it. A record that lies about its length, or is cut off, ends the
// walk: next() gives nothing more and damaged() is true. Never reads outside the buffer, whatever it holds, and needs
// no alignment.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> buffer) : rest_(buffer) {}

  // False at the end.
  bool next(Record& record);

  // Bytes consumed by the last next().
  std::size_t record_size() const { return record_size_; }

  bool damaged() const { return damaged_; }

 private:
  std::span<const std::byte> rest_;
  std::size_t record_size_ = 0;
  bool damaged_ = false;
};

}  // namespace vigil::backend::inotify
