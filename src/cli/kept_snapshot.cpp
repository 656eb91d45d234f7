#include "cli/kept_snapshot.hpp"

#include "cli/diagnostics.hpp"
#include "cli/event_writer.hpp"
#include "cli/format.hpp"
#include "cli/own_files.hpp"
#include "snapshot/format.hpp"
#include "snapshot/told.hpp"
#include "sys/disk.hpp"
#include "sys/error_codes.hpp"
#include "sys/whole_file.hpp"

#include <algorithm>
#include <utility>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;

// A burst of changes is over by then, mostly.
constexpr std::chrono::seconds kWait{2};
constexpr int kCostShare = 100;
constexpr std::chrono::seconds kRetry{10};

// For a reader of the output that takes nothing.
constexpr std::chrono::milliseconds kPatience{500};

// Of notes; then it is saved whatever that costs.
constexpr std::size_t kToldMax = std::size_t{64} << 20;
constexpr std::size_t kToldReadMax = std::size_t{1} << 30;

Result<Snapshot> bring_back(const Snapshot& known, const std::string& notes) {
  Result<std::shared_ptr<const snapshot::Image>> image =
      snapshot::brought_back(known.image(), snapshot::read_told(notes));
  if (!image) return std::move(image).error();
  return Snapshot(*std::move(image));
}

}  // namespace

Result<KeptSnapshot> KeptSnapshot::open(std::string file) {
  KeptSnapshot kept(std::move(file));
  Result<Snapshot> known = Snapshot::load(kept.file_);
  if (!known && known.error().code() != ErrorCode::not_found) return std::move(known).error();
  const std::string told = kept.file_ + std::string(kTold);
  sys::Outcome<std::unique_ptr<sys::AppendFile>> opened = sys::open_append_file(told);
  if (!opened) {
    const std::string why =
        opened.error == sys::kBusy ? "another process keeps the snapshot current" : sys::words_of(opened.error);
    return Error(ErrorCode::system, formatted("cannot write '{}': {}", told, why), opened.error);
  }
  kept.told_ = std::move(opened.value);
  if (!known) return kept;
  const sys::Outcome<std::string> notes = sys::read_whole_file(told, kToldReadMax);
  kept.told_bytes_ = notes.value.size();
  if (notes && !notes.value.empty()) known = bring_back(*known, notes.value);
  if (!known) return std::move(known).error();
  kept.known_ = *std::move(known);
  return kept;
}

std::optional<std::string> KeptSnapshot::path() const {
  return known_ ? std::optional<std::string>(known_->path()) : std::nullopt;
}

RootOptions KeptSnapshot::options(const std::string& root, RootOptions options,
                                  const std::string& absolute_file) const {
  if (known_ && !snapshot::has_filters(options)) {
    const bool awaits = options.await_missing;
    options = known_->options();
    options.await_missing = awaits;
  }
  exclude_snapshot_file(absolute_file, root, options);
  options.since = known_;
  return options;
}

void KeptSnapshot::begin(Watcher& watcher, std::string root) {
  watcher_ = &watcher;
  root_ = std::move(root);
  prefix_ = sys::make_disk()->prefix(root_);
  // What is told from now on is told since then, also if this process ends at once.
  if (!known_) save();
  known_.reset();
}

KeptSnapshot::Telling KeptSnapshot::tell(const Batch& batch) {
  std::string notes;
  const auto below = [&](std::string_view path) {
    return std::string(path.starts_with(prefix_) ? path.substr(prefix_.size()) : std::string_view());
  };
  for (const Event& event : batch) {
    if (is_change(event.kind)) snapshot::append_told({event.kind, below(event.path), below(event.from)}, notes);
  }
  Telling telling(*mutex_);
  if (notes.empty()) return telling;
  if (const int error = told_->append(notes); error != 0) {
    complain(formatted("cannot write '{}{}': {}", file_, kTold, sys::words_of(error)));
  }
  told_bytes_ += notes.size();
  const Moment now = std::chrono::steady_clock::now();
  if (!due_) due_ = std::max(now + kWait, not_before_);
  if (told_bytes_ > kToldMax) due_ = now;
  return telling;
}

std::optional<KeptSnapshot::Moment> KeptSnapshot::due() const {
  const std::lock_guard lock(*mutex_);
  return due_;
}

void KeptSnapshot::save() {
  const Telling lock(*mutex_, kPatience);
  if (!lock) return;
  const Moment begin = std::chrono::steady_clock::now();
  const Status saved = watcher_->save(root_, file_);
  const Moment end = std::chrono::steady_clock::now();
  not_before_ = end + kCostShare * (end - begin);
  if (saved) {
    due_.reset();
    failed_ = false;
    if (told_->clear() == 0) told_bytes_ = 0;
  } else if (saved.error().code() != ErrorCode::stopped) {
    due_ = end + kRetry;
    complain(saved.error().message());
  }
}

void KeptSnapshot::complain(const std::string& message) {
  if (!std::exchange(failed_, true)) diagnose(message);
}

}  // namespace vigil::cli
