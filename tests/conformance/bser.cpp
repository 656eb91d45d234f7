#include "conformance/bser.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

namespace vigil::conformance {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMagic("\0\1", 2);
constexpr int kNestingMax = 16;

enum Tag : char {
  kArray = 0,
  kObject = 1,
  kString = 2,
  kInt8 = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kReal = 7,
  kTrue = 8,
  kFalse = 9,
  kNull = 10,
  kTable = 11,  // an array of objects with the same keys
  kMissing = 12,
};

void put_integer(std::string& out, std::int64_t value) {
  out += kInt64;
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

void put_string(std::string& out, const std::string& text) {
  out += kString;
  put_integer(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

void put(std::string& out, const Json& value) {
  if (value.is_object()) {
    out += kObject;
    put_integer(out, static_cast<std::int64_t>(value.size()));
    for (const auto& [key, item] : value.items()) {
      put_string(out, key);
      put(out, item);
    }
  } else if (value.is_array()) {
    out += kArray;
    put_integer(out, static_cast<std::int64_t>(value.size()));
    for (const Json& item : value) put(out, item);
  } else if (value.is_string()) {
    put_string(out, value.get<std::string>());
  } else if (value.is_boolean()) {
    out += value.get<bool>() ? kTrue : kFalse;
  } else if (value.is_number_integer()) {
    put_integer(out, value.get<std::int64_t>());
  } else {
    out += kNull;
  }
}

// Reads from the front of a text. Whatever is wrong with it, failed() says so in the end.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  std::size_t position() const { return position_; }

  Json value(int nesting = 0) {
    const char tag = take(1)[0];
    if (nesting > kNestingMax) failed_ = true;
    if (failed_) return nullptr;
    switch (tag) {
      case kArray: return array(nesting);
      case kObject: return object(nesting);
      case kString: return string();
      case kTrue: return true;
      case kFalse: return false;
      case kNull: return nullptr;
      case kReal: take(sizeof(double)); return nullptr;
      case kTable: return table(nesting);
      default: --position_; return integer();
    }
  }

  std::int64_t integer() {
    switch (take(1)[0]) {
      case kInt8: return number<std::int8_t>();
      case kInt16: return number<std::int16_t>();
      case kInt32: return number<std::int32_t>();
      case kInt64: return number<std::int64_t>();
      default: failed_ = true; return 0;
    }
  }

 private:
  // At least one byte, zero where the text has no more.
  std::string_view take(std::size_t size) {
    if (size > text_.size() - position_) {
      failed_ = true;
      return std::string_view("\0", 1);
    }
    position_ += size;
    return text_.substr(position_ - size, size);
  }

  template <typename Number>
  Number number() {
    Number value{};
    const std::string_view bytes = take(sizeof value);
    if (!failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  // No element takes less than a byte, so a larger count is a lie.
  std::size_t count() {
    const std::int64_t value = integer();
    if (value < 0 || static_cast<std::size_t>(value) > text_.size() - position_) failed_ = true;
    return failed_ ? 0 : static_cast<std::size_t>(value);
  }

  std::string string() {
    const std::size_t size = count();
    return size == 0 ? std::string() : std::string(take(size));
  }

  std::string key() {
    if (take(1)[0] != kString) failed_ = true;
    return failed_ ? std::string() : string();
  }

  Json array(int nesting) {
    Json items = Json::array();
    for (std::size_t left = count(); left > 0 && !failed_; --left) items.push_back(value(nesting + 1));
    return items;
  }

  Json object(int nesting) {
    Json items = Json::object();
    for (std::size_t left = count(); left > 0 && !failed_; --left) {
      const std::string name = key();
      items[name] = value(nesting + 1);
    }
    return items;
  }

  Json table(int nesting) {
    Json rows = Json::array();
    if (take(1)[0] != kArray) failed_ = true;
    std::vector<std::string> names;
    for (std::size_t left = count(); left > 0 && !failed_; --left) names.push_back(key());
    for (std::size_t left = count(); left > 0 && !failed_; --left) {
      Json row = Json::object();
      for (const std::string& name : names) {
        if (position_ < text_.size() && text_[position_] == kMissing) {
          ++position_;
        } else {
          row[name] = value(nesting + 1);
        }
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

}  // namespace

std::string encode_bser(const Json& value) {
  std::string body;
  put(body, value);
  std::string message(kMagic);
  put_integer(message, static_cast<std::int64_t>(body.size()));
  return message + body;
}

std::optional<std::size_t> bser_message_size(std::string_view received) {
  if (received.size() < kMagic.size()) return std::nullopt;
  Reader reader(received.substr(kMagic.size()));
  const std::int64_t size = reader.integer();
  if (reader.failed() || size < 0) return std::nullopt;
  return kMagic.size() + reader.position() + static_cast<std::size_t>(size);
}

std::optional<Json> decode_bser(std::string_view message) {
  if (message.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  Reader reader(message.substr(kMagic.size()));
  reader.integer();
  Json value = reader.value();
  if (reader.failed()) return std::nullopt;
  return value;
}

}  // namespace vigil::conformance
