#include "cli/watch_options.hpp"

#include "cli/option_values.hpp"
#include "cli/watch_command.hpp"

#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDescription =
    "Reports every change below the directories PATH (or of the files PATH) as it happens, one line each, until "
    "stopped "
    "with Ctrl-C. Without PATH the current directory is watched.";

constexpr const char* kExitCodes =
    "0  stopped by a signal, --count, --timeout or the end of the reader\n"
    "1  a path cannot be watched, or the output not be written\n"
    "2  the command line makes no sense\n"
    "3  --timeout passed before --count was reached";

constexpr const char* kExamples =
    "vigil watch src                        what happens below src\n"
    "vigil watch --format json --exclude .git .\n"
    "                                       the same for a program, without\n"
    "                                       the repository\n"
    "vigil watch --count 1 --timeout 30s build\n"
    "                                       wait for one change, not for ever\n"
    "vigil watch --net --print0 src | xargs -0 -n1 echo";

}  // namespace

WatchOptions::WatchOptions()
    : CommandOptions("watch", "[OPTION]... [PATH]...", kDescription),
      paths_(*this, "the directories and files to watch; the current directory unless given"),
      output_(under("Output")),
      verbosity_(*this),
      filter_(under("What is watched")),
      backend_(under("How it is watched")) {
  set_group("Output");
  add_flag("--who", who_, "name the process that did it, where the backend knows (fanotify)");
  set_group("What is watched");
  add_list("--events", "KIND,...", events_,
           "only these kinds of change: created, removed, renamed, modified, attributes, closed (the default is these "
           "six), opened, accessed. Notices about the watch itself always come");
  add_flag("--initial", initial_, "first report everything that exists already, as created");
  add_value("--since", "FILE", since_,
            "first report what has changed since the snapshot in FILE was saved, and keep FILE current; without a PATH "
            "of what it is a snapshot of. Where there is no FILE it begins with what there is now");
  add_flag("--await", await_missing_, "wait for a PATH that does not exist yet, instead of failing");
  set_group("How it is watched");
  add_flag(
      "--probe", probe_,
      "write a file into each directory PATH, remove it, and say whether, by what and after how long that was told; "
      "1 where it was not. Nothing is written without this option");
  set_group("How changes are delivered");
  const AddedOption raw = add_flag("--raw", raw_, "every change, in the order of the kernel, at once (the default)");
  add_flag("--net", net_,
           "batches that end when nothing changes for a moment; each path at most once, with its net effect")
      .excludes(raw);
  add_value("--settle", "TIME", settle_, "how long that moment is; implies --net").default_text("50ms").excludes(raw);
  set_group("When to stop");
  add_value("--count", "N", count_, "after N changes; notices such as ready do not count");
  add_value("--timeout", "TIME", timeout_, "when nothing changes for this long");
  add_section(time_section().title, time_section().text);
  add_section("Exit codes", kExitCodes);
  add_section("Examples", kExamples);
}

bool WatchOptions::has_more_than_a_probe() const {
  return since_ || output_.given() || net_ || raw_ || settle_ || count_ || initial_ || await_missing_ ||
         filter_.given() || !events_.empty();
}

Status WatchOptions::apply_delivery(Options& options) const {
  if (net_) set_settle(options, kDefaultSettle);
  if (!settle_) return Done{};
  const Result<milliseconds> settle = parse_time("--settle", *settle_, milliseconds{1});
  if (!settle) return settle.error();
  set_settle(options, *settle);
  return Done{};
}

Result<WatchCommand> WatchOptions::understand() const {
  WatchCommand command;
  Result<std::vector<std::string>> paths = paths_.paths();
  if (!paths) return paths.error();
  command.paths = std::move(*paths);

  Result<OutputStyle> style = output_.style();
  if (!style) return style.error();
  command.output = std::move(*style);
  command.output.who = who_;
  command.verbosity = verbosity_.verbosity();

  const Result<Kinds> kinds = parse_kinds("--events", events_);
  if (!kinds) return kinds.error();
  command.watcher.kinds = *kinds;
  if (const Status applied = apply_delivery(command.watcher); !applied) return applied.error();
  if (const Status applied = backend_.apply(command.watcher); !applied) return applied.error();

  if (count_) {
    const Result<std::uint64_t> count = parse_count("--count", *count_);
    if (!count) return count.error();
    command.count = *count;
  }
  if (timeout_) {
    const Result<milliseconds> timeout = parse_time("--timeout", *timeout_, std::chrono::seconds{1});
    if (!timeout) return timeout.error();
    command.timeout = *timeout;
  }

  if (probe_) {
    if (has_more_than_a_probe()) {
      return usage_error(
          "--probe: only PATH, --backend, --max-watches, --isolate, --hang-timeout and --timeout go with it");
    }
    command.probe = true;
    command.root.recursive = false;
    return command;
  }
  if (const Status applied = filter_.apply(command.root); !applied) return applied.error();
  if (since_) {
    if (since_->empty()) return usage_error("--since: the FILE is empty");
    if (initial_) return usage_error("--since: not with --initial, which reports everything");
    if (command.paths.size() > 1) return usage_error("--since: a snapshot is of one PATH");
    if (command.watcher.isolation == Isolation::process) return usage_error("--since: not with --isolate");
    command.since = since_;
    command.has_path = paths_.given();
  }
  command.root.initial = initial_;
  command.root.await_missing = await_missing_;
  return command;
}

Result<Action> WatchOptions::action() const {
  Result<WatchCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return watch(command); });
}

}  // namespace vigil::cli
