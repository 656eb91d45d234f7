// Between the engine and the consumer: raw or net, and bounded.
#pragma once

#include <vigil/event.hpp>
#include <vigil/options.hpp>

#include "event/net.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace vigil::core {

// The queue of batches that wait for the consumer. Thread-safe; calls out to nobody.
class Delivery {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // `separator`: between the names in paths.
  explicit Delivery(const Options& options, char separator = '/');

  // The kinds the engine has to give: a net effect is worked out of more than is delivered.
  static Kinds kinds_needed(const Options& options);

  // What one step of the engine gave. Returns whether the consumer has something to take.
  bool push(Batch&& batch, Moment now);

  // The next batch, if one is complete. An empty one stands for batches whose net effect was nothing.
  std::optional<Batch> take();

  // Net delivery: when the batch that is being gathered is complete, if nothing more happens; and completes it then.
  std::optional<Moment> deadline() const;
  bool close_due(Moment now);

  // Net delivery: completes the batch that is being gathered.
  void close();

  // Calls on_event(const Event&) for all that is queued, in order. (What is gathered is not: close() it first.)
  template <typename OnEvent>
  void for_each_queued(OnEvent&& on_event) const {
    const std::lock_guard lock(mutex_);
    for (const Queued& queued : queue_) {
      for (const Event& event : queued.batch) on_event(event);
    }
  }

  // The bound is reached, and collapsing did not help enough: nothing more is to be read until the consumer has taken
  // half of it.
  bool full() const;

  // Batches are numbered as they are queued: the number of the last one queued, and of the last one taken.
  std::uint64_t last_queued() const;
  std::uint64_t last_taken() const;

  struct Counts {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };
  Counts counts() const;

 private:
  // A batch that waits. Once it is taken, all up to that number are.
  struct Queued {
    Batch batch;
    std::uint64_t number;
  };

  void enqueue(Batch&& batch);
  void enqueue_new(Batch&& batch);
  void gather(const Batch& batch, Moment now);
  void close_locked();
  void collapse();

  const std::optional<std::chrono::milliseconds> settle_;
  const std::chrono::milliseconds max_latency_;
  const std::size_t bytes_max_;
  const Kinds kinds_;
  const char separator_;

  mutable std::mutex mutex_;
  std::deque<Queued> queue_;
  Counts counts_;
  bool full_ = false;
  std::uint64_t last_queued_ = 0;
  std::uint64_t last_taken_ = 0;
  event::NetEffect net_;
  std::optional<Moment> net_began_;
  Moment net_changed_{};
};

}  // namespace vigil::core
