// A directory's changes as records, by a watcher.
#include <vigil/watcher.hpp>

#include "backend/windows/decode.hpp"
#include "core/change_reader.hpp"
#include "core/record_names.hpp"
#include "sys/disk.hpp"
#include "sys/error_codes.hpp"
#include "sys/sleeper.hpp"

#include <atomic>
#include <string>
#include <utility>

namespace vigil::core {

namespace {

using backend::windows::Encoder;
namespace windows = backend::windows;

constexpr Kinds kKinds{Kind::created, Kind::removed, Kind::renamed, Kind::modified, Kind::attributes};

std::string_view parent_of(std::string_view path) { return path.substr(0, path.rfind('/') + 1); }

// The watcher's queue holds what comes between two reads; what it cannot hold it tells as a loss, and then tells the
// difference, so that whoever reads on is right in the end even without listing.
//
// One thread at a time reads.
class WatcherReader final : public ChangeReader {
 public:
  WatcherReader(std::string_view path, Watcher watcher, std::unique_ptr<sys::Sleeper> sleeper)
      : prefix_(path), watcher_(std::move(watcher)), sleeper_(std::move(sleeper)) {
    if (prefix_.back() != '/') prefix_ += '/';
  }

  Read read(std::span<std::byte> buffer, std::optional<Moment> until) override;

  void interrupt() override {
    interrupted_ = true;
    sleeper_->wake();
  }

  void resume() override { interrupted_ = false; }

 private:
  std::optional<Read> next_changes(std::span<std::byte> buffer);
  bool encode(const Event& event, Encoder& encoder) const;
  Read lose();
  std::optional<Read> handle(const Event& notice);
  std::u16string name_of(std::string_view path) const { return record_name(path.substr(prefix_.size())); }

  std::string prefix_;  // what the paths of events begin with
  Watcher watcher_;
  std::unique_ptr<sys::Sleeper> sleeper_;
  std::atomic<bool> interrupted_ = false;
  Batch batch_;
  std::size_t taken_ = 0;  // events of the batch that were dealt with
  bool gone_ = false;
};

ChangeReader::Read gone() {
  return {.end = ChangeReader::Read::End::failed,
          .error = Error(ErrorCode::not_found, "the directory is gone", sys::kNotFound)};
}

ChangeReader::Read WatcherReader::read(std::span<std::byte> buffer, std::optional<Moment> until) {
  for (bool looked = false;; looked = true) {
    if (interrupted_) return {.end = Read::End::interrupted};
    if (gone_) return gone();
    if (taken_ == batch_.size()) {
      std::optional<Batch> batch = watcher_.wait(std::chrono::nanoseconds(0));
      batch_ = batch ? std::move(*batch) : Batch();
      taken_ = 0;
    }
    if (std::optional<Read> got = next_changes(buffer)) return std::move(*got);
    if (looked && until && std::chrono::steady_clock::now() >= *until) return {.end = Read::End::timed_out};
    sleeper_->sleep(until);
  }
}

// Up to the next notice, which is dealt with alone.
std::optional<ChangeReader::Read> WatcherReader::next_changes(std::span<std::byte> buffer) {
  Encoder encoder(buffer);
  while (taken_ < batch_.size()) {
    const Event& event = batch_[taken_];
    if (!kKinds.contains(event.kind)) {
      if (encoder.size() != 0) break;
      ++taken_;
      if (std::optional<Read> told = handle(event)) return told;
      continue;
    }
    if (!encode(event, encoder)) return lose();
    ++taken_;
  }
  if (encoder.size() == 0) return std::nullopt;
  std::optional<Read> changes(std::in_place);  // GCC 12 warns of the move of a temporary where a sanitizer watches
  changes->end = Read::End::changes;
  changes->bytes = encoder.size();
  return changes;
}

// False when it does not fit.
bool WatcherReader::encode(const Event& event, Encoder& encoder) const {
  if (event.path.size() < prefix_.size()) return true;  // the directory itself
  const std::u16string name = name_of(event.path);
  switch (event.kind) {
    case Kind::created: return encoder.append(windows::kActionAdded, name);
    case Kind::removed: return encoder.append(windows::kActionRemoved, name);
    case Kind::renamed: break;
    default: return encoder.append(windows::kActionModified, name);
  }
  if (event.replaced && !encoder.append(windows::kActionRemoved, name)) return false;
  const bool same_directory = parent_of(event.from) == parent_of(event.path);
  return encoder.append(same_directory ? windows::kActionRenamedOldName : windows::kActionRemoved,
                        name_of(event.from)) &&
         encoder.append(same_directory ? windows::kActionRenamedNewName : windows::kActionAdded, name);
}

// What is there is dropped as a whole, as the system call does; but not a notice behind it.
ChangeReader::Read WatcherReader::lose() {
  while (taken_ < batch_.size() && kKinds.contains(batch_[taken_].kind)) ++taken_;
  return {.end = Read::End::lost};
}

std::optional<ChangeReader::Read> WatcherReader::handle(const Event& notice) {
  switch (notice.kind) {
    case Kind::rescan: return Read{.end = Read::End::lost};
    case Kind::lost: gone_ = true; return gone();
    case Kind::degraded:
    case Kind::error:
      return Read{.end = Read::End::failed, .error = Error(ErrorCode::system, std::string(notice.reason), notice.code)};
    default: return std::nullopt;
  }
}

Error refuse(std::string_view path, int error) {
  const std::string message = "cannot open '" + std::string(path) + "': " + sys::words_of(error);
  if (error == sys::kNotADirectory) return {ErrorCode::not_watchable, message, error};
  switch (sys::meaning_of(error)) {
    case sys::ErrorMeaning::gone: return {ErrorCode::not_found, message, error};
    case sys::ErrorMeaning::denied: return {ErrorCode::permission_denied, message, error};
    case sys::ErrorMeaning::limit: return {ErrorCode::limit_reached, message, error};
    case sys::ErrorMeaning::other: break;
  }
  return {ErrorCode::system, message, error};
}

// A watcher would take a file too.
int check_directory(std::string_view path) {
  const std::unique_ptr<sys::Disk> disk = sys::make_disk();
  const sys::Outcome<std::string> absolute = disk->absolute(std::string(path));
  if (!absolute) return absolute.error;
  const sys::Outcome<std::string> resolved = disk->resolve(absolute.value);
  if (!resolved) return resolved.error;
  const sys::Outcome<sys::FileStatus> status = disk->status(resolved.value);
  if (!status) return status.error;
  return status.value.type == EntryType::directory ? 0 : sys::kNotADirectory;
}

}  // namespace

Result<std::unique_ptr<ChangeReader>> open_change_reader(std::string_view path, bool recursive) {
  if (const int error = check_directory(path); error != 0) return refuse(path, error);
  Result<Watcher> watcher = Watcher::open({.kinds = kKinds});
  if (!watcher) return std::move(watcher).error();
  if (Status added = watcher->add(path, {.recursive = recursive}); !added) return std::move(added).error();
  sys::Outcome<std::unique_ptr<sys::Sleeper>> sleeper = sys::open_sleeper(watcher->descriptor());
  if (!sleeper) return refuse(path, sleeper.error);
  return std::unique_ptr<ChangeReader>(
      std::make_unique<WatcherReader>(path, std::move(*watcher), std::move(sleeper.value)));
}

}  // namespace vigil::core
