// A batch as C sees it: an array, or columns.
#pragma once

#include <vigil/vigil.h>
#include <vigil/event.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace vigil::cabi {

// The events as C's structs, with texts that end in a NUL. Immutable.
class EventArray {
 public:
  explicit EventArray(const Batch& batch);

  const std::vector<vigil_event>& events() const { return events_; }

 private:
  vigil_text store(std::string_view text);

  std::vector<vigil_event> events_;
  std::unique_ptr<char[]> texts_;
  char* free_ = nullptr;
};

// The block that vigil_columns describes, in words so that it is aligned.
std::vector<std::uint64_t> columns_of(const Batch& batch);

// What is behind a vigil_batch: each form is made when it is first asked for. One thread at a time.
class HeldBatch {
 public:
  explicit HeldBatch(Batch&& batch) : batch_(std::move(batch)) {}

  std::size_t size() const { return batch_.size(); }
  const std::vector<vigil_event>& events();
  std::span<const std::uint64_t> columns();

 private:
  Batch batch_;
  std::unique_ptr<const EventArray> array_;
  std::vector<std::uint64_t> columns_;
};

// Takes over a batch.
vigil_batch* give_batch(Batch&& batch);

}  // namespace vigil::cabi
