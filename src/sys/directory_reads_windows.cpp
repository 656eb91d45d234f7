// Overlapped reads of any number of directories, by one thread that issues and cancels them all
// (docs/decisions/0005-the-thread-that-asks-cancels.md).
#include "base/thread.hpp"
#include "base/unique_handle.hpp"
#include "sys/directory_handle_windows.hpp"
#include "sys/directory_reads.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueHandle;
using What = Told::What;
using Clock = std::chrono::steady_clock;

constexpr DWORD kNamesBufferBytes = 16 * 1024;
constexpr DWORD kBufferBytesMin = 4 * 1024;

// Reads that tell of nothing but losses, one after the other, are paused, lest a driver that does only that keep a
// processor busy.
constexpr int kLossesInARowMax = 16;
constexpr std::chrono::milliseconds kPause{100};

// A packet passes this often through the port before what happened before the first pass counts as told: once for what
// was completed, once more for what that read's successor found waiting, once more because NT 5.2 queues a completion
// only when the thread runs, and once for Wine, whose server tells in its own time.
constexpr unsigned kMarkRounds = 4;

constexpr ULONG_PTR kCommand = 1;  // the keys of packets: of commands, of reads
constexpr ULONG_PTR kRead = 2;

// ReadDirectoryChangesExW, since Windows 10 1709, and what it is to give.
using ReadChangesEx = BOOL(WINAPI*)(HANDLE, void*, DWORD, BOOL, DWORD, DWORD*, OVERLAPPED*,
                                    LPOVERLAPPED_COMPLETION_ROUTINE, int);
constexpr int kExtendedInformation = 2;

ReadChangesEx find_read_changes_ex() {
  return reinterpret_cast<ReadChangesEx>(
      reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"kernel32.dll"), "ReadDirectoryChangesExW")));
}

int last_error() { return static_cast<int>(::GetLastError()); }

bool is_too_large(int error) {
  return error == ERROR_INVALID_PARAMETER || error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_NOT_ENOUGH_QUOTA ||
         error == ERROR_NO_SYSTEM_RESOURCES || error == ERROR_INVALID_USER_BUFFER;
}

// A directory and its read. The OVERLAPPED and the buffer in use are the system's while `pending`; only the thread of
// the reads touches a block, and frees it when nothing is pending.
struct Block {
  OVERLAPPED overlapped{};  // first: a completion is told by its address
  std::uint32_t number = 0;
  UniqueHandle handle;
  DirectoryReads::Scope scope;
  bool extended = false;
  bool pending = false;
  bool closing = false;
  UniqueHandle next_handle;                   // to go on with once what is pending was cancelled
  std::function<void(int error)> when_begun;  // anew
  int losses_in_a_row = 0;
  std::optional<Clock::time_point> not_before;  // paused
  DWORD buffer_bytes = 0;
  std::array<std::vector<std::uint32_t>, 2> buffers;  // of 32-bit units, for that is the alignment asked for
  std::size_t in_use = 0;                             // which is the system's, or was last
};

// What was told and not taken. Thread-safe.
class Queue {
 public:
  Queue(std::size_t bytes_max, UniqueHandle filled) : bytes_max_(bytes_max), filled_(std::move(filled)) {}

  void push(Told told) {
    const std::lock_guard lock(mutex_);
    if (told.what == What::records && bytes_ + told.bytes.size() > bytes_max_) {
      drop_records(told.read);
      told = {.what = What::lost, .read = told.read};
    }
    if (told.what == What::lost && tells_loss(told.read)) return;
    bytes_ += told.bytes.size();
    told_.push_back(std::move(told));
    (void)::SetEvent(filled_.get());
  }

  bool take(Told& told) {
    const std::lock_guard lock(mutex_);
    if (told_.empty()) return false;
    told = std::move(told_.front());
    told_.pop_front();
    bytes_ -= told.bytes.size();
    if (told_.empty()) (void)::ResetEvent(filled_.get());
    return true;
  }

  void drop(std::uint32_t read) {
    const std::lock_guard lock(mutex_);
    drop_records(read);
  }

  HANDLE filled() const { return filled_.get(); }

  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  // What is told of a directory behind its loss is told by the repair, too; before it there must be nothing half told.
  void drop_records(std::uint32_t read) {
    std::erase_if(told_, [&](const Told& each) {
      if (each.read != read || each.what != What::records) return false;
      bytes_ -= each.bytes.size();
      return true;
    });
  }

  // As the last that is told of the directory.
  bool tells_loss(std::uint32_t read) const {
    const auto last = std::find_if(told_.rbegin(), told_.rend(),
                                   [&](const Told& each) { return each.what != What::is_there && each.read == read; });
    return last != told_.rend() && last->what == What::lost;
  }

  const std::size_t bytes_max_;
  const UniqueHandle filled_;  // manual: set while there is something
  mutable std::mutex mutex_;
  std::deque<Told> told_;
  std::size_t bytes_ = 0;
};

// The thread and its port. Everything below the line of public calls runs on the thread.
class PortReads final : public DirectoryReads {
 public:
  PortReads(UniqueHandle port, UniqueHandle filled, std::size_t bytes_max)
      : port_(std::move(port)), queue_(bytes_max, std::move(filled)), read_changes_ex_(find_read_changes_ex()) {}
  ~PortReads() override;
  PortReads(const PortReads&) = delete;
  PortReads& operator=(const PortReads&) = delete;

  int start();

  Outcome<std::uint32_t> open(const Directory& directory, Scope scope) override;
  bool reads(std::uint32_t read, const Directory& directory) const override;
  bool tells_old_paths() const override { return is_wine_; }
  bool begin_anew(std::uint32_t read) override;
  void close(std::uint32_t read) override;
  bool take(Told& told) override { return queue_.take(told); }
  std::uint64_t mark() override;
  Descriptor descriptor() const override { return queue_.filled(); }
  std::size_t memory_bytes() const override { return queue_.bytes() + buffers_bytes_; }

 private:
  struct Identity {
    DWORD volume = 0;
    DWORD high = 0;
    DWORD low = 0;
    bool operator==(const Identity&) const = default;
  };
  static std::optional<Identity> identity_of(HANDLE directory);

  using Answer = std::function<void(int error)>;
  void command(std::function<void()> run);
  int command_and_wait(std::function<void(const Answer&)> run);
  void run();
  void run_commands();
  DWORD milliseconds_to_sleep() const;
  void wake_paused();
  void begin(std::unique_ptr<Block> block, int& error);
  void finish(std::uint32_t number);
  void cancel_and_begin_anew(std::uint32_t number, const Answer& answer);
  void go_on_with_next(Block& block);
  void complete(Block& block, bool succeeded, DWORD bytes, int error);
  int issue(Block& block);
  int issue_once(Block& block);
  void give_buffers(Block& block, DWORD bytes);
  void release(Block& block);
  void pass_mark(std::uint64_t mark, unsigned rounds_left);

  const UniqueHandle port_;
  Queue queue_;
  std::thread thread_;

  // The caller's.
  std::unordered_map<std::uint32_t, Identity> identities_;  // of what is open
  std::uint32_t last_read_ = 0;
  std::uint64_t last_mark_ = 0;

  std::mutex commands_mutex_;
  std::deque<std::function<void()>> commands_;  // guarded by commands_mutex_

  // The thread's.
  const ReadChangesEx read_changes_ex_;
  const bool is_wine_ = ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
  std::map<std::uint32_t, std::unique_ptr<Block>> blocks_;
  std::size_t paused_ = 0;
  bool ending_ = false;

  std::atomic<std::size_t> buffers_bytes_ = 0;
};

int PortReads::start() {
  try {
    thread_ = base::start_thread([this] { run(); });
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

PortReads::~PortReads() {
  if (!thread_.joinable()) return;
  command([this] {
    ending_ = true;
    while (!blocks_.empty() && !blocks_.rbegin()->second->closing) {
      std::vector<std::uint32_t> open;
      for (const auto& [number, block] : blocks_) {
        if (!block->closing) open.push_back(number);
      }
      for (const std::uint32_t number : open) finish(number);
    }
  });
  thread_.join();
}

// A packet for each, so that the thread wakes; in the order of the packets, which is that of the commands.
void PortReads::command(std::function<void()> run) {
  {
    const std::lock_guard lock(commands_mutex_);
    commands_.push_back(std::move(run));
  }
  (void)::PostQueuedCompletionStatus(port_.get(), 0, kCommand, nullptr);
}

int PortReads::command_and_wait(std::function<void(const Answer&)> run) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<int> result;
  command([&, run = std::move(run)] {
    run([&](int error) {
      const std::lock_guard lock(mutex);
      result = error;
      changed.notify_one();
    });
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return result.has_value(); });
  return *result;
}

std::optional<PortReads::Identity> PortReads::identity_of(HANDLE directory) {
  BY_HANDLE_FILE_INFORMATION information{};
  if (::GetFileInformationByHandle(directory, &information) == 0) return std::nullopt;
  return Identity{information.dwVolumeSerialNumber, information.nFileIndexHigh, information.nFileIndexLow};
}

Outcome<std::uint32_t> PortReads::open(const Directory& directory, Scope scope) {
  using Failure = Outcome<std::uint32_t>;
  const std::optional<Identity> identity = identity_of(directory.descriptor());
  if (!identity) return Failure::failure(last_error());
  Outcome<DirectoryHandle> opened = open_directory_handle(directory.descriptor());
  if (!opened) return Failure::failure(opened.error);
  auto block = std::make_unique<Block>();
  block->number = ++last_read_;
  block->scope = scope;
  block->extended = read_changes_ex_ != nullptr;
  const DWORD wanted = scope.names_only ? kNamesBufferBytes : kSubtreeBufferBytes;
  block->buffer_bytes = opened.value.is_remote ? std::min(wanted, kNetworkBufferBytesMax) : wanted;
  block->handle = std::move(opened.value.handle);
  if (::CreateIoCompletionPort(block->handle.get(), port_.get(), kRead, 0) == nullptr) {
    return Failure::failure(last_error());
  }

  // The read belongs to the thread that issues it, so that is not this one.
  const int error = command_and_wait([this, block = block.release()](const Answer& answer) {
    int result = 0;
    begin(std::unique_ptr<Block>(block), result);
    answer(result);
  });
  if (error != 0) return Failure::failure(error);
  identities_[last_read_] = *identity;
  return {last_read_};
}

bool PortReads::reads(std::uint32_t read, const Directory& directory) const {
  const auto found = identities_.find(read);
  return found != identities_.end() && identity_of(directory.descriptor()) == found->second;
}

bool PortReads::begin_anew(std::uint32_t read) {
  return command_and_wait([this, read](const Answer& answer) { cancel_and_begin_anew(read, answer); }) == 0;
}

void PortReads::close(std::uint32_t read) {
  if (identities_.erase(read) == 0) return;
  command([this, read] { finish(read); });
}

std::uint64_t PortReads::mark() {
  const std::uint64_t mark = ++last_mark_;
  command([this, mark] { pass_mark(mark, kMarkRounds - 1); });
  return mark;
}

// ---- on the thread ----

// Ends only when nothing is pending: the system cancels what a thread leaves behind, but nobody would learn of it.
void PortReads::run() {
  while (!ending_ || !blocks_.empty()) {
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* overlapped = nullptr;
    const BOOL succeeded = ::GetQueuedCompletionStatus(port_.get(), &bytes, &key, &overlapped, milliseconds_to_sleep());
    const int error = succeeded != 0 ? 0 : last_error();
    if (overlapped != nullptr) {
      complete(*reinterpret_cast<Block*>(overlapped), succeeded != 0, bytes, error);
    } else if (succeeded != 0 && key == kCommand) {
      run_commands();
    }
    if (paused_ > 0) wake_paused();
  }
}

// One command a packet, so that marks pass the port in their place.
void PortReads::run_commands() {
  std::function<void()> next;
  {
    const std::lock_guard lock(commands_mutex_);
    if (commands_.empty()) return;
    next = std::move(commands_.front());
    commands_.pop_front();
  }
  next();
}

DWORD PortReads::milliseconds_to_sleep() const {
  if (paused_ == 0) return INFINITE;
  return static_cast<DWORD>(kPause.count());
}

void PortReads::wake_paused() {
  const Clock::time_point now = Clock::now();
  for (auto& [number, block] : blocks_) {
    if (!block->not_before || *block->not_before > now) continue;
    block->not_before.reset();
    --paused_;
    if (const int error = issue(*block); error != 0) queue_.push({.what = What::ended, .read = number, .error = error});
  }
}

void PortReads::begin(std::unique_ptr<Block> block, int& error) {
  give_buffers(*block, block->buffer_bytes);
  error = issue(*block);
  if (error != 0) {
    give_buffers(*block, 0);
    return;
  }
  const std::uint32_t number = block->number;
  blocks_.emplace(number, std::move(block));
}

// The thread that issued the read cancels it; the block is freed when the completion came.
void PortReads::finish(std::uint32_t number) {
  const auto found = blocks_.find(number);
  if (found == blocks_.end()) return;
  Block& block = *found->second;
  block.closing = true;
  if (block.pending) {
    (void)::CancelIo(block.handle.get());
  } else {
    release(block);
  }
}

void PortReads::cancel_and_begin_anew(std::uint32_t number, const Answer& answer) {
  const auto found = blocks_.find(number);
  if (found == blocks_.end() || found->second->closing) {
    answer(ERROR_INVALID_HANDLE);
    return;
  }
  Block& block = *found->second;
  Outcome<DirectoryHandle> next = open_directory_handle(block.handle.get());
  if (!next) {
    answer(next.error);
    queue_.push({.what = What::ended, .read = number, .error = next.error});
    return;
  }
  block.next_handle = std::move(next.value.handle);
  block.when_begun = answer;
  if (block.pending) {
    (void)::CancelIo(block.handle.get());
  } else {
    go_on_with_next(block);
  }
}

// The old handle is closed before the new one is read, for only then Wine forgets.
void PortReads::go_on_with_next(Block& block) {
  block.handle = std::move(block.next_handle);
  queue_.drop(block.number);
  int error = 0;
  if (::CreateIoCompletionPort(block.handle.get(), port_.get(), kRead, 0) == nullptr) error = last_error();
  if (error == 0) error = issue(block);
  if (error != 0) queue_.push({.what = What::ended, .read = block.number, .error = error});
  std::exchange(block.when_begun, nullptr)(error);
}

void PortReads::release(Block& block) {
  if (block.not_before) --paused_;
  give_buffers(block, 0);
  blocks_.erase(block.number);
}

void PortReads::give_buffers(Block& block, DWORD bytes) {
  for (std::vector<std::uint32_t>& buffer : block.buffers) {
    buffers_bytes_ -= buffer.size() * sizeof(std::uint32_t);
    buffer = std::vector<std::uint32_t>(bytes / sizeof(std::uint32_t));
    buffers_bytes_ += buffer.size() * sizeof(std::uint32_t);
  }
  block.buffer_bytes = bytes;
}

int PortReads::issue_once(Block& block) {
  block.overlapped = {};
  void* const buffer = block.buffers[block.in_use].data();
  const DWORD wanted =
      block.scope.names_only ? FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME : kChangesWanted;
  const BOOL subtree = block.scope.subtree ? TRUE : FALSE;
  const BOOL issued = block.extended ? read_changes_ex_(block.handle.get(), buffer, block.buffer_bytes, subtree, wanted,
                                                        nullptr, &block.overlapped, nullptr, kExtendedInformation)
                                     : ::ReadDirectoryChangesW(block.handle.get(), buffer, block.buffer_bytes, subtree,
                                                               wanted, nullptr, &block.overlapped, nullptr);
  block.pending = issued != 0;
  return issued != 0 ? 0 : last_error();
}

// Into the buffer that is not being parsed. Gives the error that no smaller buffer and no older call can mend.
int PortReads::issue(Block& block) {
  while (true) {
    const int error = issue_once(block);
    if (error == 0) return 0;
    const bool not_known = error == ERROR_INVALID_FUNCTION || error == ERROR_NOT_SUPPORTED ||
                           error == ERROR_INVALID_PARAMETER || error == ERROR_CALL_NOT_IMPLEMENTED;
    if (block.extended && not_known) {
      block.extended = false;
      continue;
    }
    if (!is_too_large(error) || block.buffer_bytes / 2 < kBufferBytesMin) return error;
    give_buffers(block, block.buffer_bytes / 2);
  }
}

void PortReads::complete(Block& block, bool succeeded, DWORD bytes, int error) {
  block.pending = false;
  if (block.closing) {
    release(block);
    return;
  }
  if (block.next_handle) {
    go_on_with_next(block);
    return;
  }
  const bool extended = block.extended;
  const std::vector<std::uint32_t>& filled = block.buffers[block.in_use];
  const bool lost = error == ERROR_NOTIFY_ENUM_DIR || error == ERROR_OPERATION_ABORTED ||
                    (succeeded && (bytes == 0 || block.overlapped.Internal == kNotifyEnumDir));
  if (!succeeded && !lost) {
    queue_.push({.what = What::ended, .read = block.number, .error = error});
    return;
  }
  block.losses_in_a_row = lost ? block.losses_in_a_row + 1 : 0;
  Told told{.what = lost ? What::lost : What::records, .extended = extended, .read = block.number};
  if (!lost) bytes = std::min<DWORD>(bytes, static_cast<DWORD>(filled.size() * sizeof(std::uint32_t)));

  // The next read first: what happens while these records are copied, and later parsed, is gathered for it.
  const std::size_t done = block.in_use;
  block.in_use = 1 - done;
  int reissued = 0;
  if (block.losses_in_a_row > kLossesInARowMax) {
    block.not_before = Clock::now() + kPause;
    ++paused_;
  } else {
    std::vector<std::uint32_t> kept;
    if (!lost) kept.swap(block.buffers[done]);  // a smaller buffer, if one is needed, must not take the records along
    reissued = issue(block);
    if (!lost) {
      const auto* const begin = reinterpret_cast<const std::byte*>(kept.data());
      told.bytes.assign(begin, begin + bytes);
      kept.resize(block.buffer_bytes / sizeof(std::uint32_t));
      block.buffers[done].swap(kept);
    }
  }
  queue_.push(std::move(told));
  if (reissued != 0) queue_.push({.what = What::ended, .read = block.number, .error = reissued});
}

void PortReads::pass_mark(std::uint64_t mark, unsigned rounds_left) {
  if (rounds_left == 0) {
    queue_.push({.what = What::is_there, .mark = mark});
    return;
  }
  command([this, mark, rounds_left] { pass_mark(mark, rounds_left - 1); });
}

}  // namespace

Outcome<std::unique_ptr<DirectoryReads>> open_directory_reads(std::size_t queue_bytes_max) {
  using Failure = Outcome<std::unique_ptr<DirectoryReads>>;
  UniqueHandle port(::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1));
  if (!port) return Failure::failure(last_error());
  UniqueHandle filled(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!filled) return Failure::failure(last_error());
  auto reads = std::make_unique<PortReads>(std::move(port), std::move(filled), queue_bytes_max);
  if (const int error = reads->start(); error != 0) return Failure::failure(error);
  return {std::move(reads)};
}

}  // namespace vigil::sys
