#include "core/lister.hpp"

#include "base/thread.hpp"

#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace vigil::core {

namespace {

// A thread is started in the time that some directories take.
constexpr std::size_t kWorth = 16;

// Larger directories are read on by the engine, in blocks.
constexpr std::size_t kReadAheadMax = 4096;

// A directory whose entries were read already. One thread at a time.
class ReadAhead final : public sys::Directory {
 public:
  explicit ReadAhead(std::unique_ptr<sys::Directory> directory) : directory_(std::move(directory)) {}

  void read_ahead() {
    status_ = directory_->status();
    while (!complete_ && error_ == 0 && entries_.size() < kReadAheadMax) {
      const sys::Outcome<std::span<const sys::DirectoryEntry>> block = directory_->read();
      error_ = block.error;
      complete_ = block && block.value.empty();
      for (const sys::DirectoryEntry& entry : block.value) {
        names_ += entry.name;
        entries_.push_back({.name = entry.name, .type = entry.type, .inode = entry.inode});
      }
    }
    // Only now do the names stay where they are.
    const char* name = names_.data();
    for (sys::DirectoryEntry& entry : entries_) {
      entry.name = {name, entry.name.size()};
      name += entry.name.size();
    }
  }

  sys::Outcome<std::span<const sys::DirectoryEntry>> read() override {
    if (!std::exchange(given_, true) && !entries_.empty()) return {entries_};
    if (error_ != 0) return sys::Outcome<std::span<const sys::DirectoryEntry>>::failure(error_);
    if (complete_) return {};
    return directory_->read();
  }

  sys::Outcome<sys::FileStatus> status() override { return status_; }
  sys::Outcome<sys::FileStatus> status(std::string_view name) override { return directory_->status(name); }
  sys::Outcome<std::string> listed_name(std::string_view name) override { return directory_->listed_name(name); }
  sys::Outcome<sys::FileContent> read_file(std::string_view name, std::size_t bytes_max) override {
    return directory_->read_file(name, bytes_max);
  }
  Descriptor descriptor() const override { return directory_->descriptor(); }

 private:
  std::unique_ptr<sys::Directory> directory_;
  sys::Outcome<sys::FileStatus> status_{};
  std::string names_;
  std::vector<sys::DirectoryEntry> entries_;
  int error_ = 0;
  bool complete_ = false;
  bool given_ = false;
};

class ThreadLister final : public Lister {
 public:
  ThreadLister(sys::Disk& disk, backend::Backend& backend) : disk_(disk), backend_(backend) {}

  ~ThreadLister() override { rest(); }
  ThreadLister(const ThreadLister&) = delete;
  ThreadLister& operator=(const ThreadLister&) = delete;

  std::size_t worth() const override { return kWorth; }

  void ask(std::vector<Errand> errands) override {
    if (!thread_.joinable()) start();
    {
      const std::lock_guard lock(mutex_);
      std::move(errands.begin(), errands.end(), std::back_inserter(asked_));
    }
    asked_changed_.notify_one();
  }

  std::vector<Listed> take(bool wait) override {
    std::unique_lock lock(mutex_);
    if (listed_.empty() && wait) {
      if (std::optional<Errand> errand = next()) {
        // It was not begun yet, so nothing is gained by waiting for it.
        lock.unlock();
        std::vector<Listed> listed;
        listed.push_back(run_errand(*errand, disk_, backend_));
        return listed;
      }
      listed_changed_.wait(lock, [&] { return !listed_.empty(); });
    }
    return std::exchange(listed_, {});
  }

  bool send(std::unique_ptr<Patrol>& patrol) override {
    if (!thread_.joinable()) start();
    if (!thread_.joinable()) return false;
    {
      const std::lock_guard lock(mutex_);
      patrols_.push_back(std::move(patrol));
    }
    asked_changed_.notify_one();
    return true;
  }

  std::vector<std::unique_ptr<Patrol>> take_patrols(bool wait) override {
    std::unique_lock lock(mutex_);
    if (ran_.empty() && wait) {
      if (std::unique_ptr<Patrol> patrol = next_patrol()) {
        lock.unlock();
        run(*patrol);
        lock.lock();
        ran_.push_back(std::move(patrol));
      } else {
        ran_changed_.wait(lock, [&] { return !ran_.empty() || !runs_; });
      }
    }
    return std::exchange(ran_, {});
  }

  std::chrono::steady_clock::time_point clock() const override { return std::chrono::steady_clock::now(); }

  void rest() override {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      asked_.clear();
      patrols_.clear();
    }
    asked_changed_.notify_one();
    thread_.join();
    listed_.clear();
    ran_.clear();
  }

 private:
  void start() {
    ending_ = false;
    try {
      thread_ = base::start_thread([this] { work(); });
    } catch (const std::system_error&) {
      // take() does it all.
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      asked_changed_.wait(lock, [&] { return ending_ || !asked_.empty() || !patrols_.empty(); });
      if (ending_) return;
      if (std::unique_ptr<Patrol> patrol = next_patrol()) {
        runs_ = true;
        lock.unlock();
        run(*patrol);
        lock.lock();
        runs_ = false;
        ran_.push_back(std::move(patrol));
        ran_changed_.notify_one();
        continue;
      }
      const std::optional<Errand> errand = next();
      lock.unlock();
      Listed listed = run_errand(*errand, disk_, backend_);
      lock.lock();
      listed_.push_back(std::move(listed));
      listed_changed_.notify_one();
    }
  }

  // With the lock held.
  std::optional<Errand> next() {
    if (asked_.empty()) return std::nullopt;
    Errand errand = std::move(asked_.front());
    asked_.pop_front();
    return errand;
  }

  // With the lock held; none where there is none.
  std::unique_ptr<Patrol> next_patrol() {
    if (patrols_.empty()) return nullptr;
    std::unique_ptr<Patrol> patrol = std::move(patrols_.front());
    patrols_.pop_front();
    return patrol;
  }

  void run(Patrol& patrol) {
    const auto begin = clock();
    patrol.run(disk_);
    patrol.cost = clock() - begin;
  }

  sys::Disk& disk_;
  backend::Backend& backend_;
  std::thread thread_;
  std::mutex mutex_;  // guards all that follows
  std::condition_variable asked_changed_;
  std::condition_variable listed_changed_;
  std::deque<Errand> asked_;
  std::vector<Listed> listed_;
  std::condition_variable ran_changed_;
  std::deque<std::unique_ptr<Patrol>> patrols_;
  std::vector<std::unique_ptr<Patrol>> ran_;
  bool runs_ = false;  // a patrol
  bool ending_ = false;
};

}  // namespace

Listed run_errand(const Errand& errand, sys::Disk& disk, backend::Backend& backend) {
  Listed listed{.number = errand.number, .opened = disk.open(errand.path), .watched = {}};
  if (!listed.opened) return listed;
  listed.watched = backend.watch_ahead(*listed.opened.value);
  auto read_ahead = std::make_unique<ReadAhead>(std::move(listed.opened.value));
  read_ahead->read_ahead();
  listed.opened.value = std::move(read_ahead);
  return listed;
}

std::unique_ptr<Lister> make_lister(sys::Disk& disk, backend::Backend& backend) {
  return std::make_unique<ThreadLister>(disk, backend);
}

}  // namespace vigil::core
