#include "cabi/batch.hpp"

#include "cabi/errors.hpp"
#include "cabi/forks.hpp"
#include "cabi/handles.hpp"

#include <cstring>
#include <utility>

namespace vigil::cabi {

namespace {

// Never destroyed: other threads may still have batches while the program ends.
Handles<HeldBatch, vigil_batch>& batches() {
  static auto* const handles = new Handles<HeldBatch, vigil_batch>();
  return *handles;
}

std::uint16_t flags_of(const Event& event) {
  return static_cast<std::uint16_t>((event.synthetic ? VIGIL_EVENT_SYNTHETIC : 0) |
                                    (event.replaced ? VIGIL_EVENT_REPLACED : 0));
}

constexpr std::string_view Event::*kTexts[] = {&Event::path, &Event::from, &Event::reason, &Event::backend};

}  // namespace

EventArray::EventArray(const Batch& batch) {
  std::size_t bytes = 0;
  for (const Event& event : batch) {
    for (const auto text : kTexts) bytes += (event.*text).empty() ? 0 : (event.*text).size() + 1;
  }
  events_.reserve(batch.size());
  texts_.reset(new char[bytes]);
  free_ = texts_.get();
  for (const Event& event : batch) {
    vigil_event& copy = events_.emplace_back();
    copy.kind = static_cast<std::uint8_t>(event.kind);
    copy.type = static_cast<std::uint8_t>(event.type);
    copy.flags = flags_of(event);
    copy.code = event.code;
    copy.pid = event.pid;
    copy.seq = event.seq;
    copy.time = event.time.time_since_epoch().count();
    copy.path = store(event.path);
    copy.from = store(event.from);
    copy.reason = store(event.reason);
    copy.backend = store(event.backend);
  }
}

vigil_text EventArray::store(std::string_view text) {
  if (text.empty()) return {"", 0};
  char* const copy = free_;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  free_ = copy + text.size() + 1;
  return {copy, text.size()};
}

namespace {

static_assert(sizeof(vigil_columns) == 136 && sizeof(vigil_columns) % alignof(std::uint64_t) == 0);

// Lays the columns out one after the other, then fills them.
class Columns {
 public:
  explicit Columns(const Batch& batch) : batch_(batch) {
    head_.columns_size = sizeof head_;
    head_.count = static_cast<std::uint32_t>(batch.size());
    head_.size = sizeof head_;
  }

  std::vector<std::uint64_t> make() {
    note_what_is_there();
    lay_out();
    std::vector<std::uint64_t> block(static_cast<std::size_t>(head_.size + 7) / 8);
    start_ = reinterpret_cast<char*>(block.data());
    std::memcpy(start_, &head_, sizeof head_);
    fill();
    return block;
  }

 private:
  void note_what_is_there() {
    for (const Event& event : batch_) {
      any_code_ = any_code_ || event.code != 0;
      any_pid_ = any_pid_ || event.pid != 0;
      any_flags_ = any_flags_ || event.synthetic || event.replaced;
      for (std::size_t text = 0; text < std::size(kTexts); ++text) text_bytes_[text] += (event.*kTexts[text]).size();
    }
  }

  void lay_out() {
    // The widest first, so that none needs padding.
    head_.seq = place(true, sizeof(std::uint64_t));
    head_.time = place(true, sizeof(std::int64_t));
    head_.code = place(any_code_, sizeof(std::int32_t));
    head_.pid = place(any_pid_, sizeof(std::int32_t));
    head_.kind = place(true, sizeof(std::uint8_t));
    head_.type = place(true, sizeof(std::uint8_t));
    head_.flags = place(any_flags_, sizeof(std::uint8_t));
    head_.path = place_texts(true, text_bytes_[0]);
    head_.from = place_texts(text_bytes_[1] != 0, text_bytes_[1]);
    head_.reason = place_texts(text_bytes_[2] != 0, text_bytes_[2]);
    head_.backend = place_texts(text_bytes_[3] != 0, text_bytes_[3]);
  }

  std::uint64_t place(bool is_there, std::size_t width) {
    if (!is_there) return 0;
    const std::uint64_t offset = head_.size;
    head_.size += width * batch_.size();
    return offset;
  }

  vigil_texts place_texts(bool is_there, std::size_t bytes) {
    if (!is_there) return {0, 0};
    const vigil_texts place{head_.size, bytes + batch_.size()};
    head_.size += place.size;
    return place;
  }

  void fill() {
    fill(head_.seq, [](const Event& event) { return event.seq; });
    fill(head_.time, [](const Event& event) { return std::int64_t{event.time.time_since_epoch().count()}; });
    fill(head_.code, [](const Event& event) { return std::int32_t{event.code}; });
    fill(head_.pid, [](const Event& event) { return std::int32_t{event.pid}; });
    fill(head_.kind, [](const Event& event) { return event.kind; });
    fill(head_.type, [](const Event& event) { return event.type; });
    fill(head_.flags, [](const Event& event) { return static_cast<std::uint8_t>(flags_of(event)); });
    const vigil_texts* const places[] = {&head_.path, &head_.from, &head_.reason, &head_.backend};
    for (std::size_t text = 0; text < std::size(kTexts); ++text) fill_texts(*places[text], kTexts[text]);
  }

  template <typename Value>
  void fill(std::uint64_t offset, Value&& value_of) {
    if (offset == 0) return;
    char* at = start_ + offset;
    for (const Event& event : batch_) {
      const auto value = value_of(event);
      std::memcpy(at, &value, sizeof value);
      at += sizeof value;
    }
  }

  void fill_texts(const vigil_texts& place, std::string_view Event::*text) {
    if (place.offset == 0) return;
    char* at = start_ + place.offset;
    for (const Event& event : batch_) {
      const std::string_view from = event.*text;
      if (!from.empty()) std::memcpy(at, from.data(), from.size());
      at += from.size();
      *at++ = '\0';
    }
  }

  const Batch& batch_;
  vigil_columns head_{};
  bool any_code_ = false;
  bool any_pid_ = false;
  bool any_flags_ = false;
  std::size_t text_bytes_[std::size(kTexts)] = {};
  char* start_ = nullptr;
};

}  // namespace

std::vector<std::uint64_t> columns_of(const Batch& batch) { return Columns(batch).make(); }

const std::vector<vigil_event>& HeldBatch::events() {
  if (!array_) array_ = std::make_unique<const EventArray>(batch_);
  return array_->events();
}

std::span<const std::uint64_t> HeldBatch::columns() {
  if (columns_.empty()) columns_ = columns_of(batch_);
  return columns_;
}

void lock_batches() { batches().lock(); }
void unlock_batches() { batches().unlock(); }

vigil_batch* give_batch(Batch&& batch) { return batches().give(std::make_shared<HeldBatch>(std::move(batch))); }

namespace {

int fail_for_batch(const vigil_batch* batch) {
  return batch == nullptr ? fail_for_null("the batch") : fail(ErrorCode::bad_handle, "the batch was freed, or is none");
}

}  // namespace

}  // namespace vigil::cabi

using vigil::cabi::batches;
using vigil::cabi::guarded;

extern "C" {

size_t vigil_batch_size(const vigil_batch* batch) {
  const auto held = batches().find(batch);
  return held ? held->size() : 0;
}

const vigil_event* vigil_batch_events(const vigil_batch* batch, size_t* stride) {
  const vigil_event* events = nullptr;
  guarded([&]() -> int {
    if (stride == nullptr) return vigil::cabi::fail_for_null("where the stride goes");
    *stride = sizeof(vigil_event);
    const auto held = batches().find(batch);
    if (!held) return vigil::cabi::fail_for_batch(batch);
    if (held->size() != 0) events = held->events().data();
    return VIGIL_OK;
  });
  return events;
}

const vigil_event* vigil_event_at(const vigil_event* events, size_t stride, size_t index) {
  if (events == nullptr) return nullptr;
  return reinterpret_cast<const vigil_event*>(reinterpret_cast<const char*>(events) + stride * index);
}

int vigil_batch_columns(const vigil_batch* batch, const vigil_columns** columns, size_t* size) {
  return guarded([&]() -> int {
    if (columns == nullptr || size == nullptr) return vigil::cabi::fail_for_null("where the columns go");
    const auto held = batches().find(batch);
    if (!held) return vigil::cabi::fail_for_batch(batch);
    *columns = reinterpret_cast<const vigil_columns*>(held->columns().data());
    *size = static_cast<size_t>((*columns)->size);
    return VIGIL_OK;
  });
}

void vigil_batch_free(vigil_batch* batch) { batches().take_back(batch); }

}  // extern "C"
