#include "cli/stat_command.hpp"

#include "cli/counting.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/format.hpp"
#include "cli/paths.hpp"
#include "cli/stat_report.hpp"
#include "cli/stop_thread.hpp"
#include "cli/system.hpp"
#include "cli/watched_paths.hpp"

#include <vigil/watcher.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

// For what was done just before the end to be told.
constexpr std::chrono::milliseconds kDeliveryMax{500};

// Until the time is over or the watcher is stopped.
void count(Watcher& watcher, Counting& counting, std::optional<std::chrono::milliseconds> time) {
  const steady_clock::time_point end = steady_clock::now() + time.value_or(std::chrono::milliseconds(0));
  bool is_over = false;
  while (true) {
    const auto left = is_over ? steady_clock::duration::zero() : end - steady_clock::now();
    const std::optional<Batch> batch =
        time ? watcher.wait(std::max(left, steady_clock::duration::zero())) : watcher.wait();
    if (!batch) return;
    counting.add(*batch, steady_clock::now());
    if (is_over && (batch->empty() || steady_clock::now() >= end + kDeliveryMax)) return;
    if (!time || is_over || steady_clock::now() < end) continue;
    (void)watcher.sync(kDeliveryMax);
    is_over = true;
  }
}

}  // namespace

int run(const StatCommand& command) {
  Result<std::unique_ptr<StopSignals>> signals = StopSignals::take();
  if (!signals) return fail(signals.error());
  const Result<std::string> here = directory_of(command.paths);
  if (!here) return fail(here.error());

  Result<Watcher> watcher = open_watcher(command.watcher);
  if (!watcher) return fail(watcher.error());
  StopThread stop(*watcher, std::move(*signals), standard_output());

  Counting counting(steady_clock::now(), name_of_process);
  for (const std::string& path : absolute_paths(command.paths, *here, command.watcher.isolation)) {
    counting.add_root(path);
    const Status added = add_with_progress(*watcher, path, command.root, relative_path(path, *here));
    if (stop.stopped()) return kExitDone;
    if (!added) return fail(added.error());
  }

  stop.set_streaming();
  if (is_terminal(standard_error())) {
    diagnose(command.time ? formatted("counting for {:.3g} s", std::chrono::duration<double>(*command.time).count())
                          : "counting until Ctrl-C");
  }
  const steady_clock::time_point begin = steady_clock::now();
  count(*watcher, counting, command.time);
  StatReport report{.time = steady_clock::now() - begin, .roots = {}, .activity = &counting.activity()};
  for (const Counting::Root& root : counting.roots()) report.roots.push_back({root.path, root.backend});
  const Stats stats = watcher->stats();
  report.losses = stats.losses;
  report.repairs = stats.repairs;
  report.top = command.top;
  return print(command.json ? json_of(report) : words_of(report, *here));
}

}  // namespace vigil::cli
