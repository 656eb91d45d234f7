#include <vigil/event.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace vigil {

namespace {

// Most batches hold one or two events: the first chunk is small. Busy ones soon get large chunks, yet none so large
// that malloc would map and unmap it each time.
constexpr std::size_t kFirstChunkBytes = std::size_t{1} << 10;
constexpr std::size_t kChunkBytesMin = std::size_t{16} << 10;
constexpr std::size_t kChunkBytesMax = std::size_t{64} << 10;

}  // namespace

Batch::Batch() = default;
Batch::~Batch() = default;

Batch::Batch(Batch&& other) noexcept
    : events_(std::move(other.events_)),
      first_chunk_(std::move(other.first_chunk_)),
      more_chunks_(std::move(other.more_chunks_)),
      chunk_bytes_(std::exchange(other.chunk_bytes_, 0)),
      free_(std::exchange(other.free_, nullptr)),
      free_size_(std::exchange(other.free_size_, 0)) {}

Batch& Batch::operator=(Batch&& other) noexcept {
  Batch taken(std::move(other));
  events_.swap(taken.events_);
  first_chunk_.swap(taken.first_chunk_);
  more_chunks_.swap(taken.more_chunks_);
  std::swap(chunk_bytes_, taken.chunk_bytes_);
  std::swap(free_, taken.free_);
  std::swap(free_size_, taken.free_size_);
  return *this;
}

std::size_t Batch::memory_bytes() const {
  return events_.capacity() * sizeof(Event) + chunk_bytes_ + more_chunks_.capacity() * sizeof(more_chunks_[0]);
}

void Batch::append(const Event& event) {
  Event copy = event;
  copy.path = store(event.path);
  copy.from = store(event.from);
  copy.reason = store(event.reason);
  copy.backend = store(event.backend);
  append_unowned(copy);
}

std::string_view Batch::store(std::string_view text) {
  if (text.empty()) return {};
  char* const copy = allocate(text.size());
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

char* Batch::allocate_in_new_chunk(std::size_t size) {
  const std::size_t usual_bytes =
      chunk_bytes_ == 0 ? kFirstChunkBytes : std::clamp(chunk_bytes_, kChunkBytesMin, kChunkBytesMax);
  // A long text gets a chunk of its own, so that the rest of the current one is not wasted.
  const bool alone = size > usual_bytes / 4 && chunk_bytes_ != 0;
  const std::size_t bytes = alone ? size : std::max(size, usual_bytes);

  std::unique_ptr<char[]> chunk(new char[bytes]);
  char* const text = chunk.get();
  if (first_chunk_ == nullptr) {
    first_chunk_ = std::move(chunk);
  } else {
    more_chunks_.push_back(std::move(chunk));
  }
  chunk_bytes_ += bytes;
  if (!alone) {
    free_ = text + size;
    free_size_ = bytes - size;
  }
  return text;
}

}  // namespace vigil
