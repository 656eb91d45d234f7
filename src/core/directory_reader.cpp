#include <vigil/directory_changes.hpp>

#include "core/change_reader.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vigil {

namespace {

using core::ChangeReader;
using Clock = std::chrono::steady_clock;

// Of FILE_NOTIFY_INFORMATION.
constexpr std::size_t kBufferAlignment = 4;

// One count for the whole process, lest a number of one registry be taken for another's.
std::atomic<std::uint64_t> next_handle{1};

std::optional<Clock::time_point> moment_in(std::optional<std::chrono::nanoseconds> timeout) {
  if (!timeout || timeout->count() < 0 || *timeout > std::chrono::hours(24 * 365 * 50)) return std::nullopt;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(*timeout);
}

// An open directory and the reads that wait on it. They form a queue whose first asks the system while the others
// sleep: the system would let them all ask, but then Wine answers several with one change.
class OpenDirectory {
 public:
  explicit OpenDirectory(std::unique_ptr<ChangeReader> reader) : reader_(std::move(reader)) {}

  Result<DirectoryReader::Changes> read(std::span<std::byte> buffer, std::optional<Clock::time_point> until);
  bool cancel();
  bool close();

  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  // A read that waits, known by its address.
  struct Waiting {
    bool cancelled = false;
  };

  void cancel_all();
  void leave(const Waiting& waiting);
  bool wait_for_turn(std::unique_lock<std::mutex>& lock, const Waiting& waiting,
                     std::optional<Clock::time_point> until);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<ChangeReader> reader_;  // none once closed; used without the lock by the first of the queue only
  std::deque<Waiting*> queue_;
  bool reading_ = false;  // the first is with the system
  bool closing_ = false;
};

Error cancelled() { return {ErrorCode::cancelled, "the read was cancelled"}; }
Error timed_out() { return {ErrorCode::timed_out, "nothing changed before the deadline"}; }

// False when the deadline came first.
bool OpenDirectory::wait_for_turn(std::unique_lock<std::mutex>& lock, const Waiting& waiting,
                                  std::optional<Clock::time_point> until) {
  const auto decided = [&] { return waiting.cancelled || queue_.front() == &waiting; };
  if (until) return changed_.wait_until(lock, *until, decided);
  changed_.wait(lock, decided);
  return true;
}

Result<DirectoryReader::Changes> OpenDirectory::read(std::span<std::byte> buffer,
                                                     std::optional<Clock::time_point> until) {
  std::unique_lock lock(mutex_);
  if (closing_) return Error(ErrorCode::bad_handle, "the handle was closed");
  Waiting waiting;
  queue_.push_back(&waiting);
  const bool has_turn = wait_for_turn(lock, waiting, until);
  if (!has_turn || waiting.cancelled) {
    leave(waiting);
    return waiting.cancelled ? cancelled() : timed_out();
  }
  reading_ = true;
  reader_->resume();
  lock.unlock();
  ChangeReader::Read read = reader_->read(buffer, until);
  lock.lock();
  reading_ = false;
  leave(waiting);
  using End = ChangeReader::Read::End;
  switch (read.end) {
    case End::changes: return DirectoryReader::Changes{read.bytes, false};
    case End::lost: return DirectoryReader::Changes{0, true};
    case End::interrupted: return cancelled();
    case End::timed_out: return timed_out();
    case End::failed: break;
  }
  return std::move(*read.error);
}

// With the lock.
void OpenDirectory::leave(const Waiting& waiting) {
  queue_.erase(std::find(queue_.begin(), queue_.end(), &waiting));
  changed_.notify_all();
}

// With the lock. What it interrupts is exactly the read under way, for none begins without the lock.
void OpenDirectory::cancel_all() {
  for (Waiting* const waiting : queue_) waiting->cancelled = true;
  if (reading_) reader_->interrupt();
  changed_.notify_all();
}

bool OpenDirectory::cancel() {
  const std::lock_guard lock(mutex_);
  if (closing_) return false;
  cancel_all();
  return true;
}

// False when another closed it, or is about to, and then has.
bool OpenDirectory::close() {
  std::unique_lock lock(mutex_);
  const bool first = !std::exchange(closing_, true);
  if (first) {
    cancel_all();
    changed_.wait(lock, [&] { return queue_.empty(); });
    reader_.reset();
    changed_.notify_all();
  } else {
    changed_.wait(lock, [&] { return reader_ == nullptr; });
  }
  return first;
}

}  // namespace

class DirectoryReader::Impl {
 public:
  std::shared_ptr<OpenDirectory> find(Handle handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = directories_.find(handle);
    return found == directories_.end() ? nullptr : found->second;
  }

  Handle add(std::unique_ptr<ChangeReader> reader) {
    auto directory = std::make_shared<OpenDirectory>(std::move(reader));
    const std::lock_guard lock(mutex_);
    const Handle handle = next_handle.fetch_add(1);
    directories_.emplace(handle, std::move(directory));
    return handle;
  }

  void erase(Handle handle) {
    const std::lock_guard lock(mutex_);
    directories_.erase(handle);
  }

  std::vector<std::shared_ptr<OpenDirectory>> all() const {
    std::vector<std::shared_ptr<OpenDirectory>> all;
    const std::lock_guard lock(mutex_);
    for (const auto& [handle, directory] : directories_) all.push_back(directory);
    return all;
  }

  void close_all() {
    for (const std::shared_ptr<OpenDirectory>& directory : all()) (void)directory->close();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return directories_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<Handle, std::shared_ptr<OpenDirectory>> directories_;
};

namespace {

Error bad_handle(DirectoryReader::Handle handle) {
  const bool was_given_out = handle != 0 && handle < next_handle.load();
  return {ErrorCode::bad_handle, "handle " + std::to_string(handle) +
                                     (was_given_out ? " is not open: it was closed before, or is another registry's"
                                                    : " was never given out")};
}

}  // namespace

DirectoryReader::DirectoryReader() : impl_(std::make_unique<Impl>()) {}

DirectoryReader::~DirectoryReader() {
  if (impl_) impl_->close_all();
}

DirectoryReader::DirectoryReader(DirectoryReader&&) noexcept = default;

DirectoryReader& DirectoryReader::operator=(DirectoryReader&& other) noexcept {
  if (impl_ && impl_ != other.impl_) impl_->close_all();
  impl_ = std::move(other.impl_);
  return *this;
}

Result<DirectoryReader::Handle> DirectoryReader::get_directory_handle(std::string_view path, bool recursive) {
  if (path.empty()) return Error(ErrorCode::invalid_argument, "an empty path cannot be opened");
  if (path.find('\0') != std::string_view::npos) {
    return Error(ErrorCode::invalid_argument, "a path with a NUL byte cannot be opened");
  }
  Result<std::unique_ptr<ChangeReader>> reader = core::open_change_reader(path, recursive);
  if (!reader) return std::move(reader).error();
  return impl_->add(std::move(*reader));
}

Result<DirectoryReader::Changes> DirectoryReader::read_directory_changes(
    Handle handle, std::span<std::byte> buffer, std::optional<std::chrono::nanoseconds> timeout) {
  const std::shared_ptr<OpenDirectory> directory = impl_->find(handle);
  if (directory == nullptr) return bad_handle(handle);
  if (buffer.empty()) return Error(ErrorCode::invalid_argument, "a buffer of 0 bytes holds no changes");
  if (reinterpret_cast<std::uintptr_t>(buffer.data()) % kBufferAlignment != 0) {
    return Error(ErrorCode::invalid_argument, "the buffer's address is not a multiple of 4");
  }
  return directory->read(buffer, moment_in(timeout));
}

Status DirectoryReader::cancel(Handle handle) {
  const std::shared_ptr<OpenDirectory> directory = impl_->find(handle);
  if (directory == nullptr || !directory->cancel()) return bad_handle(handle);
  return Done{};
}

Status DirectoryReader::close_directory_handle(Handle handle) {
  const std::shared_ptr<OpenDirectory> directory = impl_->find(handle);
  if (directory == nullptr) return bad_handle(handle);
  // Erased when it is closed, so that whoever closes it at the same time finds it and waits too.
  if (directory->close()) impl_->erase(handle);
  return Done{};
}

std::size_t DirectoryReader::open_handles() const { return impl_->size(); }

std::size_t DirectoryReader::waiting_reads() const {
  std::size_t waiting = 0;
  for (const std::shared_ptr<OpenDirectory>& directory : impl_->all()) waiting += directory->waiting();
  return waiting;
}

}  // namespace vigil
