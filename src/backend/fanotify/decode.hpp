// Bytes of a fanotify queue to records. Pure and portable: compiled, tested and fuzzed on every platform.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vigil::backend::fanotify {

// The masks of fanotify(7), by the names used there, so that portable code can speak of them.
inline constexpr std::uint64_t kAccess = 0x00000001;
inline constexpr std::uint64_t kModify = 0x00000002;
inline constexpr std::uint64_t kAttrib = 0x00000004;
inline constexpr std::uint64_t kCloseWrite = 0x00000008;
inline constexpr std::uint64_t kOpen = 0x00000020;
inline constexpr std::uint64_t kCreate = 0x00000100;
inline constexpr std::uint64_t kDelete = 0x00000200;
inline constexpr std::uint64_t kQueueOverflow = 0x00004000;
inline constexpr std::uint64_t kRename = 0x10000000;
inline constexpr std::uint64_t kOnDirectory = 0x40000000;

// A name in a directory. The directory is known by its identity: the file system's id and the file handle, as
// name_to_handle_at(2) gives them, in the kernel's own layout: equal bytes are the same directory. Empty: not told.
struct Place {
  std::string_view directory;
  std::string_view name;  // "." where the record is about the directory itself
};

// What happened to one entry. The kernel merges what one process did to one entry under one name into one record, so
// several bits may be set, and their order is not known.
struct Record {
  std::uint64_t mask = 0;
  int pid = 0;
  Place at;                 // of a rename, where it was
  Place to;                 // of a rename, where it is
  std::string_view target;  // the identity of the entry itself; empty where the file system cannot tell
};

// Walks the records of a buffer as read(2) filled it. One that lies about a length, is of another version, or is cut
// off, ends the walk: next() gives nothing more and damaged() is true. Never reads outside the buffer, whatever it
// holds, and needs no alignment.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> buffer) : rest_(buffer) {}

  // False at the end.
  bool next(Record& record);

  // What is left behind the last record.
  std::span<const std::byte> rest() const { return rest_; }

  bool damaged() const { return damaged_; }

 private:
  std::span<const std::byte> rest_;
  bool damaged_ = false;
};

}  // namespace vigil::backend::fanotify
