#include "cli/stat_options.hpp"

#include "cli/option_values.hpp"

#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kDescription =
    "Counts what changes below the directories PATH, by kind, by directory and by path, and tells it in the end: after "
    "--for, or when it is stopped with Ctrl-C. Without PATH the current directory is watched.";

constexpr const char* kExitCodes =
    "0  counted, and told\n"
    "1  a path cannot be watched, or the output not be written\n"
    "2  the command line makes no sense";

constexpr const char* kExamples =
    "vigil stat --for 60s                what changes here in a minute\n"
    "vigil stat --for 10s --json src     the same for a program\n"
    "vigil stat --backend fanotify /     who writes to this disk (as root)";

}  // namespace

StatOptions::StatOptions()
    : CommandOptions("stat", "[OPTION]... [PATH]...", kDescription),
      paths_(*this, "the directories and files to watch; the current directory unless given"),
      filter_(under("What is watched")),
      backend_(under("How it is watched")) {
  set_group("What is told");
  add_value("--for", "TIME", time_, "count for so long; until Ctrl-C unless given");
  add_value("--top", "N", top_, "the N directories, paths and processes with most changes; 0 for none")
      .default_text("10");
  add_flag("--json", json_, "one JSON object instead of tables");
  set_group("What is watched");
  add_list("--events", "KIND,...", events_,
           "only these kinds of change: created, removed, renamed, modified, attributes, closed (the default is these "
           "six), opened, accessed");
  add_section(time_section().title, time_section().text);
  add_section("Exit codes", kExitCodes);
  add_section("Examples", kExamples);
}

Result<StatCommand> StatOptions::understand() const {
  StatCommand command;
  Result<std::vector<std::string>> paths = paths_.paths();
  if (!paths) return paths.error();
  command.paths = std::move(*paths);
  if (time_) {
    const Result<std::chrono::milliseconds> time = parse_time("--for", *time_, std::chrono::seconds{1});
    if (!time) return time.error();
    command.time = *time;
  }
  command.top = 0;
  if (top_ != "0") {
    const Result<std::uint64_t> top = parse_count("--top", top_);
    if (!top) return top.error();
    command.top = static_cast<std::size_t>(*top);
  }
  command.json = json_;
  const Result<Kinds> kinds = parse_kinds("--events", events_);
  if (!kinds) return kinds.error();
  command.watcher.kinds = *kinds;
  if (const Status applied = backend_.apply(command.watcher); !applied) return applied.error();
  if (const Status applied = filter_.apply(command.root); !applied) return applied.error();
  return command;
}

Result<Action> StatOptions::action() const {
  Result<StatCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return run(command); });
}

}  // namespace vigil::cli
