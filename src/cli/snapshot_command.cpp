#include "cli/snapshot_command.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/format.hpp"
#include "cli/own_files.hpp"
#include "cli/paths.hpp"
#include "cli/progress.hpp"
#include "cli/system.hpp"
#include "cli/watched_paths.hpp"
#include "core/snapshot.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

Result<Snapshot> take(const SnapshotCommand& command, const std::string& path, RootOptions options) {
  Result<Watcher> watcher = Watcher::open(core::options_of_comparison());
  if (!watcher) return std::move(watcher).error();
  std::optional<Progress> progress;
  if (is_terminal(standard_error()) && command.verbosity != Verbosity::quiet) {
    progress.emplace(standard_error(), command.path, [&watcher] { return watcher->stats().entries; });
  }
  return core::take_snapshot(*watcher, path, std::move(options), command.hash);
}

}  // namespace

int snapshot(const SnapshotCommand& command) {
  const Result<std::string> here = working_directory();
  if (!here && (!is_absolute(command.path) || !is_absolute(command.file))) return fail(here.error());
  const std::string directory = here ? *here : std::string{};
  const std::string path = absolute_path(command.path, directory);
  const std::string file = absolute_path(command.file, directory);
  RootOptions options = command.root;
  exclude_snapshot_file(file, path, options);
  const auto began = steady_clock::now();
  const Result<Snapshot> taken = take(command, path, std::move(options));
  if (!taken) return fail(taken.error());
  if (const Status saved = taken->save(command.file); !saved) return fail(saved.error());
  if (command.verbosity == Verbosity::verbose) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
    diagnose(formatted("saved {} entries to '{}' after {} ms", taken->entries(), command.file, took.count()));
  }
  return kExitDone;
}

}  // namespace vigil::cli
