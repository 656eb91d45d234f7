// Bytes of ReadDirectoryChangesW and ReadDirectoryChangesExW to records, and records to bytes. Pure and portable:
// compiled, tested and fuzzed on every platform.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vigil::backend::windows {

// The actions of FILE_NOTIFY_INFORMATION, by the names used there.
inline constexpr std::uint32_t kActionAdded = 1;
inline constexpr std::uint32_t kActionRemoved = 2;
inline constexpr std::uint32_t kActionModified = 3;
inline constexpr std::uint32_t kActionRenamedOldName = 4;
inline constexpr std::uint32_t kActionRenamedNewName = 5;

enum class Layout {
  basic,     // FILE_NOTIFY_INFORMATION: 12 bytes and the name
  extended,  // FILE_NOTIFY_EXTENDED_INFORMATION: 84 bytes and the name
};

struct Record {
  std::uint32_t action = 0;
  std::u16string_view name;  // relative, with backslashes, not terminated; lives until the decoder's next next()

  // Only in the extended layout.
  std::uint32_t attributes = 0;
  std::uint64_t file_id = 0;
  std::uint64_t parent_id = 0;
};

// Walks the records of a buffer as the system filled it. A record that lies about its length or the place of the next,
// is cut off, or has half a character ends the walk: next() gives nothing more and damaged() is true. Never reads
// outside the buffer, whatever it holds, and needs no alignment: Wine aligns records to two bytes.
//
// One thread at a time.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> buffer, Layout layout = Layout::basic) : rest_(buffer), layout_(layout) {}

  // False at the end. What lies behind the last record is not looked at.
  bool next(Record& record);

  bool damaged() const { return damaged_; }

 private:
  bool damage();

  std::span<const std::byte> rest_;
  Layout layout_;
  std::u16string name_;  // a copy, since the buffer's may lie at an odd address
  bool damaged_ = false;
};

// Fills a buffer with records in the basic layout, each at a multiple of four bytes. One thread at a time.
class Encoder {
 public:
  // The buffer outlives the encoder, which writes nothing outside it.
  explicit Encoder(std::span<std::byte> buffer) : buffer_(buffer) {}

  // False, and nothing changed, when the record does not fit.
  bool append(std::uint32_t action, std::u16string_view name);

  // Bytes filled: up to the end of the last name.
  std::size_t size() const { return end_; }

 private:
  std::span<std::byte> buffer_;
  std::size_t last_ = 0;  // where the last record begins
  std::size_t end_ = 0;
};

}  // namespace vigil::backend::windows
