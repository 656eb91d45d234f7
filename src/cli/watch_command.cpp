#include "cli/watch_command.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/format.hpp"
#include "cli/kept_snapshot.hpp"
#include "cli/output.hpp"
#include "cli/output_style.hpp"
#include "cli/paths.hpp"
#include "cli/probe_command.hpp"
#include "cli/stop_thread.hpp"
#include "cli/system.hpp"
#include "cli/watched_paths.hpp"

#include <vigil/watcher.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

// What is watched by helpers may hang whoever asks about it.
bool may_ask_disk(const WatchCommand& command) { return command.watcher.isolation == Isolation::none; }

// What the command writes into a tree it watches would be a change to write of, for ever.
void exclude_own_output(const std::string& path, RootOptions& options, bool may_ask) {
  std::optional<std::string> glob = glob_of_file(standard_output(), path, may_ask);
  if (!glob) return;
  diagnose(formatted("the output is written below '{}': its own file is not reported", path));
  options.exclude.push_back(std::move(*glob));
}

Status add(Watcher& watcher, const std::string& path, const WatchCommand& command, RootOptions options,
           std::string_view shown_path) {
  exclude_own_output(path, options, may_ask_disk(command));
  return add_with_progress(watcher, path, options, shown_path);
}

void tell_found(const std::vector<std::string>& paths, steady_clock::duration took, const Stats& stats) {
  const std::string what = paths.size() == 1 ? formatted("'{}'", paths.front()) : formatted("{} paths", paths.size());
  diagnose(formatted("watching {} after {} ms: {} entries, {} watches", what,
                     std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), stats.entries,
                     stats.watches));
}

void tell_counts(const Stats& stats) {
  diagnose(formatted("{} events from {} records of the kernel; {} losses, {} repairs", stats.events, stats.records,
                     stats.losses, stats.repairs));
}

// Pulls events and writes them until something ends it.
class Stream {
 public:
  // `kept`: the file that is kept current, or none.
  Stream(const WatchCommand& command, Watcher& watcher, EventWriter& writer, KeptSnapshot* kept)
      : timeout_(command.timeout),
        changes_left_(command.count),
        skips_good_news_(command.verbosity == Verbosity::quiet && command.output.format != Format::json),
        watcher_(watcher),
        writer_(writer),
        kept_(kept) {}

  // The exit code.
  int run(const StopThread& stop) {
    while (const std::optional<Batch> batch = take()) {
      if (!tell(*batch)) return fail_to_write(output_.error());
      if (kept_ != nullptr && !is_cut_off_ && kept_->due() && *kept_->due() <= steady_clock::now()) kept_->save();
      if (changes_left_ != 0 && !timed_out_) continue;
      if (kept_ != nullptr && !is_cut_off_) kept_->save();
      return timed_out_ && changes_left_ && *changes_left_ != 0 ? kExitTooFew : kExitDone;
    }
    if (stop.stopped()) return kExitDone;
    diagnose("the watcher ended by itself");
    return kExitFailed;
  }

 private:
  // No longer than until something is to be saved, which is not long after something was told.
  std::optional<Batch> take() {
    if (timeout_) return wait_until_timeout();
    if (kept_ == nullptr || !kept_->due()) return watcher_.wait();
    return watcher_.wait(std::max(*kept_->due() - steady_clock::now(), steady_clock::duration::zero()));
  }

  bool tell(const Batch& batch) {
    std::optional<KeptSnapshot::Telling> telling;
    if (kept_ != nullptr) telling = kept_->tell(batch);
    write(batch);
    return output_.flush();
  }

  std::optional<Batch> wait_until_timeout() {
    const steady_clock::duration left = last_change_ + *timeout_ - steady_clock::now();
    std::optional<Batch> batch = watcher_.wait(std::max(left, steady_clock::duration::zero()));
    if (!batch) return batch;
    const steady_clock::time_point now = steady_clock::now();
    if (std::any_of(batch->begin(), batch->end(), [](const Event& event) { return is_change(event.kind); })) {
      last_change_ = now;
    }
    timed_out_ = now >= last_change_ + *timeout_;
    return batch;
  }

  void write(const Batch& batch) {
    for (const Event& event : batch) {
      if (skips_good_news_ && (event.kind == Kind::ready || event.kind == Kind::live)) continue;
      writer_.write(event, output_);
      if (changes_left_ && is_change(event.kind) && --*changes_left_ == 0) {
        is_cut_off_ = &event + 1 != batch.end();
        return;
      }
    }
  }

  std::optional<std::chrono::milliseconds> timeout_;
  std::optional<std::uint64_t> changes_left_;
  bool skips_good_news_;
  Watcher& watcher_;
  EventWriter& writer_;
  KeptSnapshot* const kept_;
  Output output_{standard_output()};
  steady_clock::time_point last_change_ = steady_clock::now();
  bool timed_out_ = false;
  bool is_cut_off_ = false;  // the rest of a batch was taken, and not written
};

// The file, and in `paths` the path it is of.
Result<KeptSnapshot> open_kept(const WatchCommand& command, std::vector<std::string>& paths) {
  Result<KeptSnapshot> kept = KeptSnapshot::open(*command.since);
  if (!kept || !kept->path()) return kept;
  if (command.has_path && paths.front() != *kept->path()) {
    return Error(ErrorCode::invalid_argument, formatted("--since: '{}' is a snapshot of '{}', not of '{}'",
                                                        *command.since, *kept->path(), paths.front()));
  }
  paths = {*kept->path()};
  return kept;
}

}  // namespace

int watch(const WatchCommand& command) {
  Result<std::unique_ptr<StopSignals>> signals = StopSignals::take();
  if (!signals) return fail(signals.error());

  const Result<std::string> directory = directory_of(command.paths);
  if (!directory) return fail(directory.error());

  Result<Watcher> watcher = open_watcher(command.watcher);
  if (!watcher) return fail(watcher.error());
  std::optional<KeptSnapshot> kept;  // ends after the thread that may save it
  StopThread stop(*watcher, std::move(*signals), standard_output());

  const auto began = steady_clock::now();
  std::vector<std::string> paths = absolute_paths(command.paths, *directory, command.watcher.isolation);
  if (command.probe) return probe(command, *watcher, paths, stop);
  if (command.since) {
    Result<KeptSnapshot> opened = open_kept(command, paths);
    if (!opened) return fail(opened.error());
    kept = std::move(*opened);
  }
  for (const std::string& path : paths) {
    RootOptions root = command.root;
    if (kept) root = kept->options(path, std::move(root), absolute_path(*command.since, *directory));
    const Status added = add(*watcher, path, command, std::move(root), relative_path(path, *directory));
    if (stop.stopped()) return kExitDone;
    if (!added) return fail(added.error());
  }
  if (kept) {
    kept->begin(*watcher, paths.front());
    stop.set_before_stop([&kept] { kept->save(); });
  }

  if (command.verbosity == Verbosity::verbose) tell_found(paths, steady_clock::now() - began, watcher->stats());

  const std::unique_ptr<EventWriter> writer = make_event_writer(command.output, *directory);
  Stream stream(command, *watcher, *writer, kept ? &*kept : nullptr);
  stop.set_streaming();
  const int code = stream.run(stop);
  if (command.verbosity == Verbosity::verbose) tell_counts(watcher->stats());
  return code;
}

}  // namespace vigil::cli
