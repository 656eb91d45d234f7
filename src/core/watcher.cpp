#include <vigil/watcher.hpp>

#include "backend/open.hpp"
#include "base/thread.hpp"
#include "core/delivery.hpp"
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/isolated_source.hpp"
#include "core/pace.hpp"
#include "core/steps.hpp"
#include "core/turnstile.hpp"
#include "snapshot/image.hpp"
#include "sys/disk.hpp"
#include "sys/mounts.hpp"
#include "sys/sleeper.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace vigil {

namespace {

using Clock = std::chrono::steady_clock;
using core::Moment;
using core::Turn;

// A consumer that is away longer than this is stood in for. The kernel's queue holds what a fast writer makes in some
// 20 ms (16,384 records by default).
constexpr std::chrono::milliseconds kAway{10};

// The alarm is set again only when it was set this long ago, so that not every event costs the system call. It then
// rings when the consumer has been away for the difference at least.
constexpr std::chrono::milliseconds kAlarmAge{5};

// The clock that stamps changes ticks every 1 to 10 ms. A file that is written all the time is asked for so often.
constexpr std::chrono::milliseconds kTick{12};
constexpr int kRefreshesMax = 3;

// Longer is for ever: no clock could name the moment.
constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365 * 50);

// The moment so much from now; none for what is longer than the longest.
std::optional<Moment> moment_in(std::chrono::nanoseconds time) {
  if (time > kLongest) return std::nullopt;
  // Below zero is now: the way back from there to now may be longer than the clock can tell.
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::max(time, std::chrono::nanoseconds(0)));
}

constexpr std::string_view kCannotOpen = "cannot open a watcher: ";

Error refuse_to_open(int error) {
  return {core::is_limit(error) ? ErrorCode::limit_reached : ErrorCode::system,
          std::string(kCannotOpen) + sys::words_of(error), error};
}

}  // namespace

// Whoever waits, reads (docs/decisions/0002-whoever-waits-reads.md): the thread in wait() takes the turn, sleeps in
// the kernel and works the engine. While it is away, handling what it was given, a stand-in does so.
class Watcher::Impl : public std::enable_shared_from_this<Watcher::Impl> {
 public:
  static Result<std::shared_ptr<Impl>> open(Options options);

  // Where events come from, and what that needs.
  struct Origin {
    std::unique_ptr<sys::Disk> disk;
    std::unique_ptr<backend::Backend> backend;
    std::unique_ptr<sys::Mounts> mounts;
    std::unique_ptr<core::Lister> lister;
    std::unique_ptr<core::Source> source;
  };
  static Result<Origin> open_origin(const Options& options);

  Impl(Options options, Origin origin, std::unique_ptr<sys::Sleeper> sleeper, std::unique_ptr<sys::Alarm> alarm,
       std::unique_ptr<sys::Signpost> signpost)
      : options_(std::move(options)),
        disk_(std::move(origin.disk)),
        backend_(std::move(origin.backend)),
        mounts_(std::move(origin.mounts)),
        sleeper_(std::move(sleeper)),
        alarm_(std::move(alarm)),
        signpost_(std::move(signpost)),
        turnstile_([this] { sleeper_->wake(); }),
        delivery_(options_, disk_->separator()),
        lister_(std::move(origin.lister)),
        source_(std::move(origin.source)) {}

  ~Impl();

  Status add(std::string_view path, const RootOptions& options);
  Status remove(std::string_view path);
  std::optional<Batch> wait(std::optional<Moment> until);
  Descriptor descriptor() {
    is_polled_ = true;
    show_signpost();
    return signpost_->descriptor();
  }
  Status sync(std::chrono::nanoseconds timeout);
  void stop();
  Stats stats();
  Result<Snapshot> snapshot(std::string_view path);
  bool pushes() const { return options_.callback != nullptr; }

 private:
  void start();
  void step();
  void sleep(std::optional<Moment> until);
  void drive(std::optional<Moment> until);
  class Pursuit;
  Result<std::uint64_t> settle_until(std::optional<Moment> until);
  std::optional<Moment> due(std::optional<Moment> until) const;
  Result<bool> refresh(std::string_view path);
  Result<std::string> capture(std::string_view path);
  void show_signpost();
  void begin_driving() { ++drivers_; }
  void end_driving();
  void stand_in();
  void push_batches();
  void call_back(const Batch& batch);
  void note_called_back();
  bool wait_until_called_back(std::uint64_t number, std::optional<Moment> until);
  bool begin_waiting(std::optional<Moment> until);
  void end_waiting();

  const Options options_;
  const std::unique_ptr<sys::Disk> disk_;
  std::unique_ptr<backend::Backend> backend_;  // guarded by the turnstile; none once stopped, or where others have it
  std::unique_ptr<sys::Mounts> mounts_;        // the same
  const std::unique_ptr<sys::Sleeper> sleeper_;
  const std::unique_ptr<sys::Alarm> alarm_;
  const std::unique_ptr<sys::Signpost> signpost_;
  core::Turnstile turnstile_;
  core::Delivery delivery_;
  std::unique_ptr<core::Lister> lister_;  // guarded by the turnstile, as are those below; none once stopped
  std::unique_ptr<core::Source> source_;
  core::Pace pace_;

  std::atomic<bool> stopped_ = false;
  std::atomic<int> drivers_ = 0;         // calls under way that work the engine
  std::atomic<bool> waiting_ = false;    // one of them is a consumer in wait()
  std::atomic<bool> pursued_ = false;    // another of them sleeps in the kernel while no consumer does
  std::atomic<bool> is_polled_ = false;  // somebody has the descriptor
  core::Steps steps_;                    // of the engine, and the comings and goings of those who make them

  std::mutex snapshot_mutex_;  // one after the other

  std::mutex signpost_mutex_;
  bool signpost_raised_ = false;  // guarded by signpost_mutex_

  std::atomic<Moment> alarm_set_{};
  std::thread stand_in_;
  std::thread callback_thread_;
  std::mutex stop_mutex_;  // held while threads are joined; never by one of them

  std::mutex consumer_mutex_;
  std::condition_variable consumer_left_;

  std::mutex callback_mutex_;
  std::condition_variable callback_changed_;
  std::uint64_t called_back_ = 0;  // the number of the last batch; guarded by callback_mutex_
};

// A call under way that works the engine until it has done something for it: add(), sync(). Where no consumer sleeps in
// the kernel, one of these calls does, and the others wait for its steps: two sleepers would wake each other for ever.
class Watcher::Impl::Pursuit {
 public:
  explicit Pursuit(Impl& impl) : impl_(impl) { impl_.begin_driving(); }
  ~Pursuit() {
    if (sleeps_) impl_.pursued_ = false;
    impl_.steps_.note();
    impl_.end_driving();
  }
  Pursuit(const Pursuit&) = delete;
  Pursuit& operator=(const Pursuit&) = delete;

  // With the turn, the engine having nothing to do: sleeps until it has. False where others do, whose next step is to
  // be waited for without the turn.
  bool sleep(std::optional<Moment> until) {
    if (impl_.waiting_) return false;
    if (!sleeps_) sleeps_ = !impl_.pursued_.exchange(true);
    if (!sleeps_) return false;
    if (impl_.delivery_.close_due(Clock::now())) impl_.show_signpost();
    impl_.sleep(impl_.due(until));
    return true;
  }

 private:
  Impl& impl_;
  bool sleeps_ = false;
};

Result<std::shared_ptr<Watcher::Impl>> Watcher::Impl::open(Options options) {
  if (options.settle && options.settle->count() < 0) {
    return Error(ErrorCode::invalid_argument, "the settle time is below zero");
  }
  if (options.max_latency.count() < 0) {
    return Error(ErrorCode::invalid_argument, "the greatest latency is below zero");
  }
  if (options.hang_timeout.count() <= 0) {
    return Error(ErrorCode::invalid_argument, "the time after which a helper is taken to hang is not above zero");
  }
  if (options.settle) options.settle = std::min(*options.settle, kLongest);
  options.max_latency = std::min(options.max_latency, kLongest);
  options.hang_timeout = std::min(options.hang_timeout, kLongest);
  Result<Origin> origin = open_origin(options);
  if (!origin) return std::move(origin).error();
  const Descriptor descriptor = origin->source->descriptor();
  auto sleeper = sys::open_sleeper(descriptor);
  if (!sleeper) return refuse_to_open(sleeper.error);
  auto alarm = sys::open_alarm();
  if (!alarm) return refuse_to_open(alarm.error);
  auto signpost = sys::open_signpost(descriptor);
  if (!signpost) return refuse_to_open(signpost.error);
  auto impl = std::make_shared<Impl>(std::move(options), std::move(*origin), std::move(sleeper.value),
                                     std::move(alarm.value), std::move(signpost.value));
  try {
    impl->start();
  } catch (const std::system_error& error) {
    impl->stop();
    return Error(ErrorCode::limit_reached,
                 std::string(kCannotOpen) + "no thread can be started: " + error.code().message(),
                 error.code().value());
  }
  return impl;
}

Result<Watcher::Impl::Origin> Watcher::Impl::open_origin(const Options& options) {
  const Kinds kinds = core::Delivery::kinds_needed(options);
  Origin origin;
  origin.disk = sys::make_disk();
  if (options.isolation == Isolation::process) {
    Result<std::unique_ptr<core::IsolatedSource>> isolated = core::IsolatedSource::open(options, kinds);
    if (!isolated) {
      const Error& error = isolated.error();
      return Error(error.code(), std::string(kCannotOpen) + error.message(), error.os_code());
    }
    origin.source = std::move(*isolated);
    return origin;
  }
  const Result<BackendChoice> choice = backend::choice(options.backend);
  if (!choice) return choice.error();
  sys::Outcome<std::unique_ptr<sys::Mounts>> mounts = sys::open_mounts();
  if (!mounts) return refuse_to_open(mounts.error);
  origin.mounts = std::move(mounts.value);
  const auto join = [mounts = origin.mounts.get()](Descriptor descriptor) { return mounts->join(descriptor); };
  auto opened = backend::open_backend(*choice, kinds, join);
  if (!opened) {
    const Error& error = opened.error();
    return Error(error.code(), std::string(kCannotOpen) + error.message(), error.os_code());
  }
  origin.backend = std::move(*opened);
  origin.lister = core::make_lister(*origin.disk, *origin.backend);
  const core::Engine::Ground ground{origin.mounts.get(), *choice, options.max_watches};
  origin.source = std::make_unique<core::Engine>(kinds, *origin.disk, *origin.backend, *origin.lister, ground);
  return origin;
}

// Each thread keeps the watcher's inside alive, so that a callback may even destroy the Watcher.
void Watcher::Impl::start() {
  stand_in_ = base::start_thread([self = shared_from_this()] { self->stand_in(); });
  if (pushes()) callback_thread_ = base::start_thread([self = shared_from_this()] { self->push_batches(); });
  alarm_->set(kAway);
}

Status Watcher::Impl::add(std::string_view path, const RootOptions& options) {
  {
    const Turn turn(turnstile_);
    if (stopped_) return Error(ErrorCode::stopped, "the watcher was stopped");
    Batch out;
    const Moment now = Clock::now();
    Status added = source_->add(path, options, now, out);
    if (!added) return added;
    delivery_.push(std::move(out), now);
    show_signpost();
  }
  std::optional<Status> ended;
  Pursuit pursuit(*this);
  while (!stopped_) {
    std::uint64_t seen = 0;
    {
      const Turn turn(turnstile_);
      if (stopped_) break;
      ended = source_->added(path);
      if (ended) break;
      seen = steps_.count();
      if (source_->busy() || pursuit.sleep(std::nullopt)) {
        step();
        continue;
      }
    }
    steps_.wait(seen, std::nullopt);
  }
  if (options.initial) sleeper_->wake();
  if (!ended) return Error(ErrorCode::stopped, "the watcher was stopped");
  return *std::move(ended);
}

Status Watcher::Impl::remove(std::string_view path) {
  const Turn turn(turnstile_);
  if (stopped_) return Error(ErrorCode::stopped, "the watcher was stopped");
  return source_->remove(path);
}

std::optional<Batch> Watcher::Impl::wait(std::optional<Moment> until) {
  if (!begin_waiting(until)) return stopped_ ? std::nullopt : std::optional<Batch>(std::in_place);
  std::optional<Batch> batch;
  for (bool looked = false; !stopped_; looked = true) {
    const bool was_full = delivery_.full();
    batch = delivery_.take();
    if (was_full && !delivery_.full()) {
      sleeper_->wake();  // a stand-in that waits for room
      steps_.note();
    }
    if (batch && !batch->empty()) break;
    if (batch) {
      note_called_back();
      batch.reset();
      continue;
    }
    if (looked && until && Clock::now() >= *until) {
      batch.emplace();
      break;
    }
    const Turn turn(turnstile_);
    drive(until);
  }
  end_waiting();
  return batch;
}

// One consumer at a time drives; two would keep waking each other.
bool Watcher::Impl::begin_waiting(std::optional<Moment> until) {
  std::unique_lock lock(consumer_mutex_);
  const auto free = [&] { return !waiting_ || stopped_; };
  if (until) {
    consumer_left_.wait_until(lock, *until, free);
  } else {
    consumer_left_.wait(lock, free);
  }
  if (waiting_ || stopped_) return false;
  waiting_ = true;
  begin_driving();
  return true;
}

void Watcher::Impl::end_waiting() {
  {
    const std::lock_guard lock(consumer_mutex_);
    waiting_ = false;
  }
  consumer_left_.notify_one();
  steps_.note();
  show_signpost();
  end_driving();
}

// If nobody drives again soon, the alarm calls the stand-in.
void Watcher::Impl::end_driving() {
  --drivers_;
  const Moment now = Clock::now();
  if (now - alarm_set_.load(std::memory_order_relaxed) < kAlarmAge) return;
  alarm_set_.store(now, std::memory_order_relaxed);
  alarm_->set(kAway);
}

// Raised while there is something to take that nobody in wait() is about to take; and for good once stopped.
void Watcher::Impl::show_signpost() {
  if (!is_polled_) return;
  signpost_->attended();
  const std::lock_guard lock(signpost_mutex_);
  const bool wanted = stopped_ || (!waiting_ && delivery_.counts().events != 0);
  if (wanted == signpost_raised_) return;
  signpost_raised_ = wanted;
  if (wanted) {
    signpost_->raise();
  } else {
    signpost_->lower();
  }
}

// With the turn.
void Watcher::Impl::sleep(std::optional<Moment> until) {
  source_->deaf() ? sleeper_->sleep_until_woken(until) : sleeper_->sleep(until);
}

// With the turn: a sleep, unless there is something to do, and a step. Sleeping first saves a read that would find the
// queue empty, for the step before has emptied it.
void Watcher::Impl::drive(std::optional<Moment> until) {
  if (stopped_) return;
  if (!source_->busy() && !delivery_.close_due(Clock::now())) {
    if (pace_.is_dense()) {
      sleeper_->sleep_until_woken(due(until ? std::min(*until, pace_.next()) : pace_.next()));
    } else {
      sleep(due(until));
    }
    if (stopped_) return;
  }
  const std::uint64_t records = source_->records();
  const std::uint64_t foreign = source_->foreign_records();
  step();
  pace_.note(source_->records() - records, source_->foreign_records() - foreign, Clock::now());
}

// With the turn.
void Watcher::Impl::step() {
  Batch out;
  const Moment now = Clock::now();
  source_->step(now, out);
  // A consumer that waits at the descriptor does not see what was read on its behalf.
  if (delivery_.push(std::move(out), now)) show_signpost();
  steps_.note();
}

std::optional<Moment> Watcher::Impl::due(std::optional<Moment> until) const {
  std::optional<Moment> earliest = until;
  for (const std::optional<Moment> moment : {source_->next_deadline(), delivery_.deadline()}) {
    if (moment && (!earliest || *moment < *earliest)) earliest = moment;
  }
  return earliest;
}

void Watcher::Impl::stand_in() {
  while (true) {
    alarm_->wait();
    while (!stopped_ && drivers_ == 0) {
      {
        const Turn turn(turnstile_);
        if (stopped_) break;
        if (!delivery_.full()) {
          step();
          if (source_->busy()) continue;
          if (delivery_.close_due(Clock::now())) show_signpost();
        }
        if (drivers_ != 0) break;
        if (delivery_.full()) {
          // The rest stays with the kernel, whose queue is bounded too; what that drops is repaired.
          sleeper_->sleep_until_woken(std::nullopt);
        } else {
          sleep(due(std::nullopt));
          // A consumer at the descriptor waits for no more than the settle time.
          if (delivery_.close_due(Clock::now())) show_signpost();
        }
      }
      if (stopped_ || drivers_ != 0) break;
      // A moment for the consumer to come itself, and for records to gather.
      alarm_->set(kAway);
      alarm_->wait();
    }
    if (stopped_) return;
  }
}

Status Watcher::Impl::sync(std::chrono::nanoseconds timeout) {
  if (callback_thread_.get_id() == std::this_thread::get_id()) {
    return Error(ErrorCode::would_deadlock, "sync() waits for the callback it was called from");
  }
  if (timeout.count() < 0) return Error(ErrorCode::invalid_argument, "the time-out is below zero");
  const std::optional<Moment> until = moment_in(timeout);
  const Result<std::uint64_t> last_queued = settle_until(until);
  if (!last_queued) return last_queued.error();
  show_signpost();
  if (!pushes()) return Done{};
  if (wait_until_called_back(*last_queued, until)) return Done{};
  return Error(stopped_ ? ErrorCode::stopped : ErrorCode::timed_out, "the callback has not returned yet");
}

// Gives the number of the last batch with what was done before.
Result<std::uint64_t> Watcher::Impl::settle_until(std::optional<Moment> until) {
  std::optional<backend::Mark> mark;
  bool prove = true;
  Pursuit pursuit(*this);
  // Who waits for the steps of others only looks at what they led to; by steps, two would wake each other for ever.
  bool steps_itself = true;
  while (true) {
    std::uint64_t seen = 0;
    {
      const Turn turn(turnstile_);
      if (stopped_) return Error(ErrorCode::stopped, "the watcher was stopped");
      if (!mark) mark = source_->mark();
      const bool full = delivery_.full();
      if (full && !pushes() && !waiting_) {
        return Error(ErrorCode::limit_reached, "the queue of events is full: take some with wait() first");
      }
      if (!full) {
        if (steps_itself) step();
        Batch out;
        const bool settled = source_->settle(*mark, prove, Clock::now(), out);
        delivery_.push(std::move(out), Clock::now());
        if (settled) {
          delivery_.close();
          return delivery_.last_queued();
        }
      }
      if (until && Clock::now() >= *until) {
        return Error(ErrorCode::timed_out, "not all changes made before are delivered yet");
      }
      seen = steps_.count();
      steps_itself = !full && (source_->busy() || pursuit.sleep(until));
    }
    if (!steps_itself) steps_.wait(seen, until);
  }
}

void Watcher::Impl::stop() {
  {
    const std::lock_guard lock(consumer_mutex_);
    stopped_ = true;
  }
  steps_.note();
  sleeper_->wake();
  alarm_->set(std::chrono::nanoseconds(0));
  {
    const std::lock_guard lock(callback_mutex_);
    callback_changed_.notify_all();
  }
  {
    const Turn turn(turnstile_);
    source_.reset();
    lister_.reset();
    mounts_.reset();
    backend_.reset();
  }
  consumer_left_.notify_all();
  show_signpost();
  // From the callback: its thread ends when it returns, and is joined by whoever destroys the watcher. Either thread
  // may be the one to destroy it.
  const std::thread::id here = std::this_thread::get_id();
  if (here == callback_thread_.get_id() || here == stand_in_.get_id()) return;
  const std::lock_guard lock(stop_mutex_);
  if (stand_in_.joinable()) stand_in_.join();
  if (callback_thread_.joinable()) callback_thread_.join();
}

Watcher::Impl::~Impl() {
  stop();
  // Destroyed by its own thread, the last to hold it, when the callback destroyed the Watcher.
  for (std::thread* const thread : {&stand_in_, &callback_thread_}) {
    if (!thread->joinable()) continue;
    if (thread->get_id() == std::this_thread::get_id()) {
      thread->detach();
    } else {
      thread->join();
    }
  }
}

Stats Watcher::Impl::stats() {
  Stats stats;
  const core::Delivery::Counts queued = delivery_.counts();
  stats.queued_events = queued.events;
  stats.queued_bytes = queued.bytes;
  const Turn turn(turnstile_);
  if (stopped_) return stats;
  source_->count(stats);
  return stats;
}

Result<Snapshot> Watcher::Impl::snapshot(std::string_view path) {
  const std::lock_guard lock(snapshot_mutex_);
  if (pushes() && callback_thread_.get_id() != std::this_thread::get_id()) {
    if (!wait_until_called_back(delivery_.last_taken(), std::nullopt)) {
      return Error(ErrorCode::stopped, "the watcher was stopped");
    }
  }
  for (int attempt = 1;; ++attempt) {
    const Result<bool> all = refresh(path);
    if (!all) return all.error();
    if (*all || attempt == kRefreshesMax) break;
    std::this_thread::sleep_for(kTick);  // nothing tells when the clock that stamps changes has ticked
  }
  Result<std::string> bytes = capture(path);
  if (!bytes) return std::move(bytes).error();
  Result<std::shared_ptr<const snapshot::Image>> image = snapshot::Image::of(*std::move(bytes));
  assert(image && "what is written can be read");
  if (!image) return std::move(image).error();
  return Snapshot(*std::move(image));
}

// False where something was changed so lately that a moment later more is known of it.
Result<bool> Watcher::Impl::refresh(std::string_view path) {
  using Refreshed = core::Source::Refreshed;
  const bool in_callback = callback_thread_.get_id() == std::this_thread::get_id();
  Pursuit pursuit(*this);
  std::optional<backend::Mark> mark;
  for (Refreshed last = Refreshed::waiting;;) {
    std::uint64_t seen = 0;
    {
      const Turn turn(turnstile_);
      if (stopped_) return Error(ErrorCode::stopped, "the watcher was stopped");
      if (!mark) {
        const Result<Refreshed> refreshed = source_->refresh(path, last == Refreshed::waiting);
        if (!refreshed) return refreshed.error();
        last = *refreshed;
        if (last == Refreshed::more) continue;
        if (last != Refreshed::waiting) {
          mark = source_->mark();
          if (!delivery_.full()) step();  // which also notes that all is told up to now
        }
      }
      if (mark && source_->has_read(*mark)) return last == Refreshed::done;
      const bool full = delivery_.full();
      if (full && (in_callback || (!pushes() && !waiting_))) {
        return Error(ErrorCode::limit_reached, "the queue of events is full: take some with wait() first");
      }
      seen = steps_.count();
      if (!full && (source_->busy() || pursuit.sleep(std::nullopt))) {
        if (!stopped_) step();
        continue;
      }
    }
    steps_.wait(seen, std::nullopt);
  }
}

namespace {

bool is_below(std::string_view path, std::string_view root, std::string_view prefix) {
  return path == root || path.starts_with(prefix);
}

}  // namespace

Result<std::string> Watcher::Impl::capture(std::string_view path) {
  const Turn turn(turnstile_);
  if (stopped_) return Error(ErrorCode::stopped, "the watcher was stopped");
  delivery_.close();
  const std::string root(path);
  const std::string prefix = disk_->prefix(root);
  Batch copies;
  delivery_.for_each_queued([&](const Event& event) {
    if (event.kind <= Kind::accessed && is_below(event.path, root, prefix)) copies.append(event);
  });
  std::vector<const Event*> events;
  for (const Event& event : copies) events.push_back(&event);
  return source_->capture(path, events);
}

void Watcher::Impl::push_batches() {
  while (const std::optional<Batch> batch = wait(std::nullopt)) {
    call_back(*batch);
    note_called_back();
  }
}

// By the thread that takes: all that was taken was given to the callback, which has returned.
void Watcher::Impl::note_called_back() {
  const std::lock_guard lock(callback_mutex_);
  called_back_ = delivery_.last_taken();
  callback_changed_.notify_all();
}

void Watcher::Impl::call_back(const Batch& batch) {
  std::string reason;
  try {
    options_.callback(batch);
    return;
  } catch (const std::exception& exception) {
    reason = std::string("the callback threw: ") + exception.what();
  } catch (...) {
    reason = "the callback threw something that is no std::exception";
  }
  // Nothing but errors, perhaps of its own: it would go on for ever.
  if (std::all_of(batch.begin(), batch.end(), [](const Event& event) { return event.kind == Kind::error; })) return;
  const Turn turn(turnstile_);
  if (stopped_) return;
  Batch out;
  const Moment now = Clock::now();
  source_->report(reason, now, out);
  delivery_.push(std::move(out), now);
}

bool Watcher::Impl::wait_until_called_back(std::uint64_t number, std::optional<Moment> until) {
  std::unique_lock lock(callback_mutex_);
  const auto enough = [&] { return called_back_ >= number || stopped_; };
  if (until) {
    callback_changed_.wait_until(lock, *until, enough);
  } else {
    callback_changed_.wait(lock, enough);
  }
  return called_back_ >= number;
}

Watcher::Watcher(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Watcher::Watcher(Watcher&&) noexcept = default;

Watcher& Watcher::operator=(Watcher&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

Watcher::~Watcher() {
  if (impl_) impl_->stop();
}

Result<Watcher> Watcher::open(Options options) {
  Result<std::shared_ptr<Impl>> impl = Impl::open(std::move(options));
  if (!impl) return std::move(impl).error();
  return Watcher(std::move(*impl));
}

Status Watcher::add(std::string_view path, RootOptions options) { return impl_->add(path, options); }

Status Watcher::remove(std::string_view path) { return impl_->remove(path); }

std::optional<Batch> Watcher::wait(std::chrono::nanoseconds timeout) {
  assert(!impl_->pushes() && "the events go to the callback");
  if (impl_->pushes()) return std::nullopt;
  return impl_->wait(moment_in(timeout));
}

std::optional<Batch> Watcher::wait() {
  assert(!impl_->pushes() && "the events go to the callback");
  if (impl_->pushes()) return std::nullopt;
  return impl_->wait(std::nullopt);
}

Descriptor Watcher::descriptor() const { return impl_->descriptor(); }

Result<Snapshot> Watcher::snapshot(std::string_view path) { return impl_->snapshot(path); }

Status Watcher::save(std::string_view path, std::string_view file) {
  const Result<Snapshot> snapshot = impl_->snapshot(path);
  if (!snapshot) return snapshot.error();
  return snapshot->save(file);
}

Status Watcher::sync(std::chrono::nanoseconds timeout) { return impl_->sync(timeout); }

void Watcher::stop() { impl_->stop(); }

Stats Watcher::stats() const { return impl_->stats(); }

}  // namespace vigil
