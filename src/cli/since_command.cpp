#include "cli/since_command.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/format.hpp"
#include "cli/output.hpp"
#include "cli/output_style.hpp"
#include "cli/own_files.hpp"
#include "cli/paths.hpp"
#include "cli/progress.hpp"
#include "cli/stop_thread.hpp"
#include "cli/system.hpp"
#include "cli/watched_paths.hpp"
#include "core/snapshot.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

// Writes batches as they come.
class Difference {
 public:
  Difference(const SinceCommand& command, const std::string& directory)
      : writer_(make_event_writer(command.output, directory)) {}

  // False once nobody can read it.
  bool write(const Batch& batch) {
    for (const Event& event : batch) {
      if (event.kind == Kind::ready || event.kind == Kind::live) continue;  // they speak of a watch, and this is none
      writer_->write(event, output_);
      if (is_change(event.kind)) ++changes_;
    }
    return output_.flush();
  }

  std::uint64_t changes() const { return changes_; }
  int error() const { return output_.error(); }

 private:
  std::unique_ptr<EventWriter> writer_;
  Output output_{standard_output()};
  std::uint64_t changes_ = 0;
};

}  // namespace

int since(const SinceCommand& command) {
  Result<std::unique_ptr<StopSignals>> signals = StopSignals::take();
  if (!signals) return fail(signals.error());
  const Result<std::string> here = working_directory();
  const std::string directory = here ? *here : std::string{};
  const auto began = steady_clock::now();
  const Result<Snapshot> before = Snapshot::load(command.file);
  if (!before) return fail(before.error());
  Result<Watcher> watcher = Watcher::open(core::options_of_comparison());
  if (!watcher) return fail(watcher.error());
  StopThread stop(*watcher, std::move(*signals), standard_output());

  RootOptions options = command.has_filters ? command.root : before->options();
  exclude_snapshot_file(absolute_path(command.file, directory), before->path(), options);
  Difference difference(command, directory);
  std::optional<Progress> progress;
  if (is_terminal(standard_error()) && command.verbosity != Verbosity::quiet && !is_terminal(standard_output())) {
    progress.emplace(standard_error(), before->path(), [&watcher] { return watcher->stats().entries; });
  }
  if (command.reads_all && !before->has_hashes()) {
    diagnose(formatted("--hash: '{}' was saved without hashes: take it with vigil snapshot --hash", command.file));
    return kExitUsage;
  }
  const auto write = [&](const Batch& batch) { return difference.write(batch); };
  const Status told = core::tell_changes(*watcher, *before, std::move(options), write);
  std::optional<Result<Snapshot>> now;
  if (told && (command.update || command.reads_all)) {
    now = core::snapshot_after_changes(*watcher, *before, command.reads_all, write);
  }
  progress.reset();
  if (difference.error() != 0) return fail_to_write(difference.error());
  if (!told) return stop.stopped() ? kExitFailed : fail(told.error());
  if (now && !*now) return stop.stopped() ? kExitFailed : fail(now->error());
  // What was told is read by somebody: only now does it count as known.
  if (command.update) {
    if (const Status saved = (*now)->save(command.file); !saved) return fail(saved.error());
  }
  if (command.verbosity == Verbosity::verbose) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
    diagnose(formatted("{} changes among {} entries after {} ms", difference.changes(), watcher->stats().entries,
                       took.count()));
  }
  return command.says_by_exit_code && difference.changes() != 0 ? kExitChanged : kExitDone;
}

}  // namespace vigil::cli
