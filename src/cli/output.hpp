// Writing to a descriptor, in as few calls as possible.
#pragma once

#include <vigil/descriptor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace vigil::cli {

// Collects text and writes it out when flushed, or when the next piece does not fit. The descriptor is the caller's; it
// may block or not. After a write has failed everything further is dropped: ask error(). One thread at a time.
class Output {
 public:
  explicit Output(Descriptor descriptor);

  // Collects all text, for text().
  Output();

  // Room for `size` bytes, to be filled from the start and then committed up to `end`. Nothing else may be called
  // between the two.
  char* reserve(std::size_t size);
  void commit(const char* end);

  void append(std::string_view text);

  // Writes out what was collected, in one call as a rule. Waits for a slow reader. False once a write has failed.
  bool flush();

  // What was collected and not written out. Valid until the next call.
  std::string_view text() const { return {buffer_.get(), used_}; }

  // The system's code for the write that failed (see reader_left()); 0 as long as none has.
  int error() const { return error_; }

 private:
  void make_room(std::size_t size);

  std::optional<Descriptor> descriptor_;
  int error_ = 0;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace vigil::cli
