// A snapshot in memory: its bytes, known to be sound.
#pragma once

#include <vigil/result.hpp>

#include "snapshot/format.hpp"

#include <memory>
#include <string>
#include <utility>

namespace vigil::snapshot {

// Thread-safe, for it never changes.
class Image {
 public:
  // Refuses what Reader::open() does.
  static Result<std::shared_ptr<const Image>> of(std::string bytes) {
    auto image = std::make_shared<Image>(std::move(bytes));
    Result<Reader> reader = Reader::open(image->bytes_);
    if (!reader) return std::move(reader).error();
    image->reader_.emplace(std::move(*reader));
    return std::shared_ptr<const Image>(std::move(image));
  }

  explicit Image(std::string bytes) : bytes_(std::move(bytes)) {}
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  const std::string& bytes() const { return bytes_; }
  const Description& description() const { return reader_->description(); }

  // At the first directory.
  Reader reader() const { return *reader_; }

 private:
  const std::string bytes_;
  std::optional<Reader> reader_;
};

}  // namespace vigil::snapshot
