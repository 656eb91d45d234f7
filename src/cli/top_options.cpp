#include "cli/top_options.hpp"

#include "cli/option_values.hpp"

#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kDescription =
    "Shows on the whole terminal which directories, paths and processes change most below the directories PATH, how "
    "often, and of what kind, until q is pressed. Without PATH the current directory is watched.";

constexpr const char* kKeys =
    "up, down, page up, page down, home, end   select a row\n"
    "enter or right     open the directory: only what is below it is shown\n"
    "backspace or left  back to what was shown before\n"
    "tab                directories, paths, processes; 1, 2, 3 go to one of them\n"
    "s                  sort by rate, by all changes, by name\n"
    "p                  stop the picture, or let it go on\n"
    "r                  count from zero again\n"
    "?                  help\n"
    "q                  quit";

constexpr const char* kExitCodes =
    "0  quit, or stopped by a signal\n"
    "1  a path cannot be watched\n"
    "2  the command line makes no sense, or there is no terminal to draw on";

constexpr const char* kExamples =
    "vigil top                           this directory\n"
    "vigil top --exclude .git src lib    several, without the repository\n"
    "sudo vigil top --backend fanotify / with the processes that do it";

}  // namespace

TopOptions::TopOptions()
    : CommandOptions("top", "[OPTION]... [PATH]...", kDescription),
      paths_(*this, "the directories and files to watch; the current directory unless given"),
      filter_(under("What is watched")),
      backend_(under("How it is watched")) {
  set_group("What is watched");
  add_list("--events", "KIND,...", events_,
           "only these kinds of change: created, removed, renamed, modified, attributes, closed (the default is these "
           "six), opened, accessed");
  add_section("Keys", kKeys);
  add_section(time_section().title, time_section().text);
  add_section("Exit codes", kExitCodes);
  add_section("Examples", kExamples);
}

Result<TopCommand> TopOptions::understand() const {
  TopCommand command;
  Result<std::vector<std::string>> paths = paths_.paths();
  if (!paths) return paths.error();
  command.paths = std::move(*paths);
  const Result<Kinds> kinds = parse_kinds("--events", events_);
  if (!kinds) return kinds.error();
  command.watcher.kinds = *kinds;
  if (const Status applied = backend_.apply(command.watcher); !applied) return applied.error();
  if (const Status applied = filter_.apply(command.root); !applied) return applied.error();
  return command;
}

Result<Action> TopOptions::action() const {
  Result<TopCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return run(command); });
}

}  // namespace vigil::cli
