#include <vigil/snapshot.hpp>

#include "core/contents.hpp"
#include "core/errors.hpp"
#include "core/signature.hpp"
#include "core/snapshot.hpp"
#include "snapshot/image.hpp"
#include "sys/disk.hpp"
#include "sys/whole_file.hpp"

#include <vigil/options.hpp>
#include <vigil/watcher.hpp>

#include <algorithm>
#include <utility>

namespace vigil {

namespace {

// Of a hundred million entries; as much as a process of 32 bits can hold at all.
constexpr std::size_t kBytesMax = sizeof(void*) > 4 ? std::size_t{8} << 30 : std::size_t{1} << 30;

// A listing proves something only if the directory's times were seen so long before (core/signature.hpp), so that those
// of the next run need not be listed. For what is listed sooner than this that is not worth waiting for.
constexpr std::chrono::milliseconds kProofTime{100};

Error cannot(std::string_view what, std::string_view file, std::string_view why, ErrorCode code, int error = 0) {
  std::string message = "cannot ";
  message.append(what).append(" the snapshot '").append(file).append("': ").append(why);
  return {code, std::move(message), error};
}

ErrorCode code_of(int error) {
  switch (sys::meaning_of(error)) {
    case sys::ErrorMeaning::gone: return ErrorCode::not_found;
    case sys::ErrorMeaning::denied: return ErrorCode::permission_denied;
    case sys::ErrorMeaning::limit: return ErrorCode::limit_reached;
    case sys::ErrorMeaning::other: break;
  }
  return ErrorCode::system;
}

}  // namespace

namespace core {

namespace {

// After all that the watcher gave.
constexpr std::uint64_t kSeqOfContents = std::uint64_t{1} << 62;

Result<Snapshot> hashed(const Snapshot& snapshot, const snapshot::Image* before,
                        const std::function<void(const std::string&)>& on_different) {
  const std::unique_ptr<sys::Disk> disk = sys::make_disk();
  Result<std::shared_ptr<const snapshot::Image>> image = with_hashes(snapshot.image(), before, *disk, on_different);
  if (!image) return std::move(image).error();
  return Snapshot(*std::move(image));
}

}  // namespace

Options options_of_comparison() {
  Options options;
  options.backend = BackendChoice::poll;
  return options;
}

Result<Snapshot> take_snapshot(Watcher& watcher, std::string_view path, RootOptions options, bool hash) {
  options.initial = false;
  options.await_missing = false;
  options.since.reset();
  const auto begin = std::chrono::steady_clock::now();
  if (Status added = watcher.add(path, std::move(options)); !added) return std::move(added).error();
  if (std::chrono::steady_clock::now() - begin > kProofTime) {
    const auto proved = std::chrono::steady_clock::now() + kProofTime;
    for (auto now = begin; now < proved; now = std::chrono::steady_clock::now()) (void)watcher.wait(proved - now);
    if (Status done = watcher.sync(std::chrono::hours(24)); !done) return std::move(done).error();
  }
  // Nobody was told of anything yet: what there is now is what counts.
  for (std::optional<Batch> batch = watcher.wait({}); batch && !batch->empty();) batch = watcher.wait({});
  Result<Snapshot> taken = watcher.snapshot(path);
  if (!taken || !hash) return taken;
  return hashed(*taken, nullptr, {});
}

Status tell_changes(Watcher& watcher, const Snapshot& since, RootOptions options,
                    const std::function<bool(const Batch&)>& tell) {
  const std::string path = since.path();
  options.initial = false;
  options.await_missing = false;
  options.since = since;
  if (Status added = watcher.add(path, std::move(options)); !added) return std::move(added).error();
  const std::unique_ptr<sys::Disk> disk = sys::make_disk();
  std::optional<ContentFilter> contents;
  if (since.has_hashes()) contents.emplace(since.image(), *disk);
  for (bool is_live = false; !is_live;) {
    const std::optional<Batch> batch = watcher.wait();
    if (!batch) return Error(ErrorCode::stopped, "the comparison was stopped");
    const Batch filtered = contents ? contents->filter(*batch) : Batch();
    if (!tell(contents ? filtered : *batch)) return Error(ErrorCode::cancelled, "the comparison was ended");
    for (const Event& event : *batch) {
      if (event.path != path) continue;
      if (event.kind == Kind::lost) {
        return Error(ErrorCode::not_found,
                     "'" + path + "' went away while it was compared: " + std::string(event.reason), event.code);
      }
      is_live = is_live || event.kind == Kind::live;
    }
  }
  return Done{};
}

Result<Snapshot> snapshot_after_changes(Watcher& watcher, const Snapshot& since, bool reads_all,
                                        const std::function<bool(const Batch&)>& tell) {
  Result<Snapshot> now = watcher.snapshot(since.path());
  if (!now || !since.has_hashes()) return now;
  if (!reads_all) return hashed(*now, &since.image(), {});
  const std::unique_ptr<sys::Disk> disk = sys::make_disk();
  const std::string prefix = disk->prefix(since.path());
  const bool is_file = !since.image().description().only.empty();
  Batch different;
  Result<Snapshot> after = hashed(*now, &since.image(), [&](const std::string& below) {
    Event event;
    event.kind = Kind::modified;
    event.type = EntryType::file;
    event.synthetic = true;
    event.seq = kSeqOfContents + different.size();
    event.time = now->taken();
    const std::string path = is_file ? since.path() : prefix + below;
    event.path = path;
    different.append(event);
  });
  if (!different.empty() && !tell(different)) return Error(ErrorCode::cancelled, "the comparison was ended");
  return after;
}

}  // namespace core

Result<Snapshot> Snapshot::load(std::string_view file) {
  sys::Outcome<std::string> bytes = sys::read_whole_file(std::string(file), kBytesMax);
  if (bytes.error == sys::kNotWatchable) return cannot("read", file, "it is no regular file", ErrorCode::damaged);
  if (!bytes) return cannot("read", file, sys::words_of(bytes.error), code_of(bytes.error), bytes.error);
  Result<std::shared_ptr<const snapshot::Image>> image = snapshot::Image::of(std::move(bytes.value));
  if (!image) return cannot("use", file, "it " + image.error().message(), image.error().code());
  return Snapshot(std::move(*image));
}

Status Snapshot::save(std::string_view file) const {
  const int error = sys::replace_whole_file(std::string(file), image_->bytes());
  if (error == 0) return Done{};
  const bool is_busy = error == sys::kBusy;
  return cannot("write", file, is_busy ? "another process is writing it" : sys::words_of(error), code_of(error), error);
}

Result<Snapshot> Snapshot::take(std::string_view path, const RootOptions& options, bool hash) {
  Result<Watcher> watcher = Watcher::open(core::options_of_comparison());
  if (!watcher) return std::move(watcher).error();
  return core::take_snapshot(*watcher, path, options, hash);
}

Result<Snapshot> Snapshot::tell_changes(const std::function<void(const Batch&)>& tell, bool reads_all) const {
  Result<Watcher> watcher = Watcher::open(core::options_of_comparison());
  if (!watcher) return std::move(watcher).error();
  const auto go_on = [&](const Batch& batch) {
    tell(batch);
    return true;
  };
  if (const Status told = core::tell_changes(*watcher, *this, {}, go_on); !told) return told.error();
  return core::snapshot_after_changes(*watcher, *this, reads_all, go_on);
}

const std::string& Snapshot::path() const { return image_->description().path; }

RootOptions Snapshot::options() const { return image_->description().options; }

std::size_t Snapshot::entries() const { return static_cast<std::size_t>(image_->description().entries); }

Timestamp Snapshot::taken() const { return image_->description().taken; }

bool Snapshot::has_hashes() const { return image_->description().has_hashes; }

}  // namespace vigil
