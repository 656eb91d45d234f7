#include "core/delivery.hpp"

#include <algorithm>
#include <utility>

namespace vigil::core {

namespace {

// Small batches that nobody took yet are put together, so that a queue of single events is not mostly overhead.
constexpr std::size_t kMergeEventsMax = 64;
constexpr std::size_t kMergedBytesMax = 128 * 1024;

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
  Batch batch = std::move(queue_.front());
  queue_.pop_front();
  counts_.events -= batch.size();
  counts_.bytes -= batch.memory_bytes();
  if (counts_.bytes <= bytes_max_ / 2) full_ = false;
  ++last_taken_;
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
    Batch& last = queue_.back();
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
  queue_.push_back(std::move(batch));
  ++last_queued_;
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
  Batch wanted;
  for (const Event& event : changes) {
    if (kinds_.contains(event.kind)) wanted.append(event);
  }
  if (wanted.empty()) return;
  enqueue_new(std::move(wanted));
}

// At the bound of raw delivery: all that waits is replaced by its net effect.
void Delivery::collapse() {
  Batch collapsed;
  event::NetEffect net(separator_);
  for (const Batch& batch : queue_) {
    for (const Event& event : batch) {
      if (net.accepts(event)) {
        net.add(event);
      } else {
        net.take(collapsed);
        collapsed.append(event);
      }
    }
  }
  net.take(collapsed);
  queue_.clear();
  counts_ = {};
  last_taken_ = last_queued_ - 1;  // one batch takes the place of all, even if nothing is left of them
  --last_queued_;
  enqueue_new(std::move(collapsed));
  full_ = counts_.bytes > bytes_max_ / 2;
}

}  // namespace vigil::core
