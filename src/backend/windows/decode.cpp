#include "backend/windows/decode.hpp"

#include <cstring>

namespace vigil::backend::windows {

namespace {

// Where the fields are. All numbers are little-endian, as is every system that has this layout; the encoder writes
// what the machine it runs on reads.
constexpr std::size_t kNextEntryOffset = 0;
constexpr std::size_t kAction = 4;
constexpr std::size_t kBasicNameLength = 8;
constexpr std::size_t kBasicName = 12;
constexpr std::size_t kAttributes = 56;
constexpr std::size_t kFileId = 64;
constexpr std::size_t kParentFileId = 72;
constexpr std::size_t kExtendedNameLength = 80;
constexpr std::size_t kExtendedName = 84;

constexpr std::size_t kRecordAlignment = 4;

template <typename T>
T load(std::span<const std::byte> from, std::size_t offset) {
  T value;
  std::memcpy(&value, from.data() + offset, sizeof value);
  return value;
}

template <typename T>
void store(std::span<std::byte> to, std::size_t offset, T value) {
  std::memcpy(to.data() + offset, &value, sizeof value);
}

}  // namespace

bool Decoder::damage() {
  damaged_ = true;
  rest_ = {};
  return false;
}

bool Decoder::next(Record& record) {
  if (rest_.empty()) return false;
  const bool extended = layout_ == Layout::extended;
  const std::size_t header = extended ? kExtendedName : kBasicName;
  if (rest_.size() < header) return damage();
  const auto next = load<std::uint32_t>(rest_, kNextEntryOffset);
  const auto name_bytes = load<std::uint32_t>(rest_, extended ? kExtendedNameLength : kBasicNameLength);
  // What belongs to this record. Compared by subtraction, so that no sum can wrap round.
  const std::size_t room = next == 0 ? rest_.size() : next;
  if (room > rest_.size() || room < header || name_bytes > room - header) return damage();
  if (name_bytes % sizeof(char16_t) != 0) return damage();
  if (next == rest_.size()) return damage();  // the record that is said to follow is not there

  name_.resize(name_bytes / sizeof(char16_t));
  if (name_bytes != 0) std::memcpy(name_.data(), rest_.data() + header, name_bytes);
  record = {};
  record.action = load<std::uint32_t>(rest_, kAction);
  record.name = name_;
  if (extended) {
    record.attributes = load<std::uint32_t>(rest_, kAttributes);
    record.file_id = load<std::uint64_t>(rest_, kFileId);
    record.parent_id = load<std::uint64_t>(rest_, kParentFileId);
  }
  rest_ = next == 0 ? std::span<const std::byte>() : rest_.subspan(next);
  return true;
}

bool Encoder::append(std::uint32_t action, std::u16string_view name) {
  const std::size_t begin = (end_ + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  if (begin > buffer_.size() || buffer_.size() - begin < kBasicName) return false;
  if (name.size() > (buffer_.size() - begin - kBasicName) / sizeof(char16_t)) return false;
  const std::size_t name_bytes = name.size() * sizeof(char16_t);
  if (end_ != 0) {
    std::memset(buffer_.data() + end_, 0, begin - end_);
    store(buffer_, last_ + kNextEntryOffset, static_cast<std::uint32_t>(begin - last_));
  }
  store(buffer_, begin + kNextEntryOffset, std::uint32_t{0});
  store(buffer_, begin + kAction, action);
  store(buffer_, begin + kBasicNameLength, static_cast<std::uint32_t>(name_bytes));
  if (name_bytes != 0) std::memcpy(buffer_.data() + begin + kBasicName, name.data(), name_bytes);
  last_ = begin;
  end_ = begin + kBasicName + name_bytes;
  return true;
}

}  // namespace vigil::backend::windows
