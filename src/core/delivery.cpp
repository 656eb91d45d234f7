#include "core/delivery.hpp"

#include <algorithm>
#include <utility>

namespace vigil::core {

namespace {

// Small batches that nobody took yet are put together, so that a queue of single events is not mostly overhead.
constexpr std::size_t kMergeEventsMax = 64;
constexpr std::size_t kMergedBytesMax = 128 * 1024;

// Of a net effect that is delivered in pieces: the consumer holds one while the queue fills again.
constexpr std::size_t kPieceEvents = 8192;

bool is_change(Kind kind) { return kind <= Kind::accessed; }

}  // namespace

Delivery::Delivery(const Options& options, char separator)
    : settle_(options.settle),
      max_latency_(options.max_latency),
      bytes_max_(options.queue_bytes_max),
      kinds_(options.kinds),
      separator_(separator),
      net_(separator) {}

Kinds Delivery::kinds_needed(const Options& options) {
  Kinds kinds = options.kinds;
  if (!options.settle) return kinds;
  for (const Kind kind : {Kind::created, Kind::removed, Kind::renamed}) kinds.insert(kind);
  return kinds;
}

bool Delivery::push(Batch&& batch, Moment now) {
  const std::lock_guard lock(mutex_);
  if (!batch.empty()) {
    if (settle_) {
      gather(batch, now);
    } else {
      enqueue(std::move(batch));
      if (counts_.bytes > bytes_max_ && !full_) collapse();
    }
  }
  return !queue_.empty();
}

std::optional<Batch> Delivery::take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  Batch batch = std::move(queue_.front().batch);
  last_taken_ = queue_.front().number;
  queue_.pop_front();
  counts_.events -= batch.size();
  counts_.bytes -= batch.memory_bytes();
  if (counts_.bytes <= bytes_max_ / 2) full_ = false;
  return batch;
}

std::optional<Delivery::Moment> Delivery::deadline() const {
  const std::lock_guard lock(mutex_);
  if (!net_began_) return std::nullopt;
  return std::min(net_changed_ + *settle_, *net_began_ + max_latency_);
}

bool Delivery::close_due(Moment now) {
  const std::lock_guard lock(mutex_);
  if (net_began_ && std::min(net_changed_ + *settle_, *net_began_ + max_latency_) <= now) close_locked();
  return !queue_.empty();
}

void Delivery::close() {
  const std::lock_guard lock(mutex_);
  close_locked();
}

bool Delivery::full() const {
  const std::lock_guard lock(mutex_);
  return full_;
}

std::uint64_t Delivery::last_queued() const {
  const std::lock_guard lock(mutex_);
  return last_queued_;
}

std::uint64_t Delivery::last_taken() const {
  const std::lock_guard lock(mutex_);
  return last_taken_;
}

Delivery::Counts Delivery::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Delivery::enqueue(Batch&& batch) {
  if (batch.empty()) return;
  if (!queue_.empty() && batch.size() <= kMergeEventsMax) {
    Batch& last = queue_.back().batch;
    const std::size_t before = last.memory_bytes();
    if (before < kMergedBytesMax) {
      for (const Event& event : batch) last.append(event);
      counts_.events += batch.size();
      counts_.bytes += last.memory_bytes() - before;
      return;
    }
  }
  enqueue_new(std::move(batch));
}

void Delivery::enqueue_new(Batch&& batch) {
  counts_.events += batch.size();
  counts_.bytes += batch.memory_bytes();
  queue_.push_back({std::move(batch), ++last_queued_});
}

void Delivery::gather(const Batch& batch, Moment now) {
  for (const Event& event : batch) {
    if (net_.accepts(event)) {
      net_.add(event);
      if (!net_began_) net_began_ = now;
      net_changed_ = now;
      continue;
    }
    // What changes the paths of others, or speaks of the watch, ends the batch before it.
    close_locked();
    if (is_change(event.kind) && !kinds_.contains(event.kind)) continue;
    Batch single;
    single.append(event);
    enqueue_new(std::move(single));
  }
  if (counts_.bytes + net_.memory_bytes() > bytes_max_) {
    close_locked();
    full_ = counts_.bytes > bytes_max_ / 2;
  }
}

void Delivery::close_locked() {
  if (!net_began_) return;
  net_began_.reset();
  Batch changes;
  net_.take(changes);
  const auto is_wanted = [&](const Event& event) { return kinds_.contains(event.kind); };
  if (std::all_of(changes.begin(), changes.end(), is_wanted)) {
    if (!changes.empty()) enqueue_new(std::move(changes));
    return;
  }
  Batch wanted;
  for (const Event& event : changes) {
    if (is_wanted(event)) wanted.append(event);
  }
  if (wanted.empty()) return;
  enqueue_new(std::move(wanted));
}

// At the bound of raw delivery: all that waits is replaced by its net effect. What is gathered is given up as it goes,
// and what comes of it is in pieces, so that neither is there twice.
void Delivery::collapse() {
  std::vector<Batch> pieces;
  event::NetEffect net(separator_);
  for (; !queue_.empty(); queue_.pop_front()) {
    for (const Event& event : queue_.front().batch) {
      if (net.accepts(event)) {
        net.add(event);
      } else {
        net.take(pieces, kPieceEvents);
        if (pieces.empty() || pieces.back().size() >= kPieceEvents) pieces.emplace_back();
        pieces.back().append(event);
      }
    }
  }
  net.take(pieces, kPieceEvents);
  if (pieces.empty()) pieces.emplace_back();  // is taken all the same, for whoever waits for its number
  counts_ = {};
  for (Batch& piece : pieces) {
    counts_.events += piece.size();
    counts_.bytes += piece.memory_bytes();
    // All that was queued may be in the last.
    queue_.push_back({std::move(piece), &piece == &pieces.back() ? last_queued_ : last_taken_});
  }
  full_ = counts_.bytes > bytes_max_ / 2;
}

}  // namespace vigil::core
