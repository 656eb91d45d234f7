#include "cli/run_options.hpp"

#include "cli/format.hpp"
#include "cli/option_values.hpp"
#include "cli/process_tree.hpp"
#include "cli/run_words.hpp"

#include <algorithm>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDescription =
    "Runs COMMAND, and again whenever something changes below the directories PATH (or in the files PATH), until "
    "stopped "
    "with Ctrl-C. Without PATH the current directory is watched. All processes that the command starts end with it.";

constexpr const char* kVariables =
    "VIGIL_CREATED, VIGIL_MODIFIED, VIGIL_REMOVED, VIGIL_RENAMED\n"
    "                 what caused the run: absolute paths, each followed by a\n"
    "                 line feed; of a renamed one the old path, then the new\n"
    "VIGIL_COMMON     the deepest directory that has all of them in it\n"
    "VIGIL_OMITTED    how many were left out: for length, or a line feed in them\n"
    "VIGIL_PATH       with --each: the path";

constexpr const char* kPlaceholders =
    "{}    the path          {.}    the path without its extension\n"
    "{/}   its name          {/.}   its name without its extension\n"
    "{//}  its directory\n"
    "\n"
    "With --shell the path is the positional parameter \"$1\" instead.";

constexpr const char* kExitCodes =
    "0    stopped by a signal\n"
    "1    a path cannot be watched, or no process be started\n"
    "2    the command line makes no sense\n"
    "126  COMMAND cannot be executed\n"
    "127  COMMAND does not exist\n"
    "With --once: that of the command; 128 and the signal's number where a signal\n"
    "ended the command, or vigil before the command had ended.";

constexpr const char* kExamples =
    "vigil run src -- make                  make now, and after each change\n"
    "vigil run --restart src -- ./server    a server\n"
    "vigil run --clear --why -e py -- pytest -q\n"
    "vigil run --each --jobs 4 --include '*.svg' icons -- \\\n"
    "  convert {} {.}.png                   only what has changed\n"
    "vigil run --once inbox -- ./import     wait for a change, run, and end\n"
    "vigil run --shell -- 'make && ./test'";

}  // namespace

RunOptions::RunOptions()
    : CommandOptions("run", "[OPTION]... [PATH]... -- COMMAND [ARGUMENT]...", kDescription),
      paths_(*this, "the directories and files to watch; the current directory unless given"),
      filter_(under("What is watched"), FilterOptions::IgnoreFiles::always),
      backend_(under("How it is watched")),
      verbosity_(under("Output")) {
  set_group("What is watched");
  add_list("--events", "KIND,...", events_,
           "only these kinds of change: created, removed, renamed, modified, attributes, closed. Without it the first "
           "five; with --each all of these but removed");
  add_flag("--await", await_missing_, "wait for a PATH that does not exist yet, instead of failing");

  set_group("When it runs");
  const AddedOption initial =
      add_flag("--initial", initial_,
               "at once, before anything has changed; the default but for --once and --each, which "
               "then runs for each file that exists");
  add_flag("--no-initial", no_initial_, "not before something has changed").excludes(initial);
  add_value("--settle", "TIME", settle_, "when nothing has changed for so long; 0: at once").default_text("50ms");
  add_flag("--once", once_, "at the first change; then vigil ends as the command does").excludes(initial);
  add_flag(
      "--ignore-own-writes", ignore_own_writes_,
      "not because of what changed while the command was running; with fanotify, unless a process that still lives "
      "and is not the command's changed it");

  set_group("While it is running");
  const AddedOption on_busy =
      add_value("--on-busy", "queue|restart|signal|ignore", on_busy_,
                "what a change does: run once more afterwards; end it and run anew; send --signal; nothing")
          .default_text("queue");
  add_flag("--restart", restart_, "the same as --on-busy restart: for servers").excludes(on_busy);
  add_value("--signal", "SIGNAL", signal_, "how the command is asked to end: TERM, INT, HUP, USR1, 15, ...")
      .default_text("TERM");
  add_value("--stop-timeout", "TIME", stop_timeout_, "after which what has not ended is killed").default_text("5s");

  set_group("What it is given");
  add_flag("--each", each_,
           "a run for each path that changed, directories left out, with {} in COMMAND replaced by it");
  add_value("--jobs", "N", jobs_, "with --each: so many runs at a time").default_text("1");
  add_flag("--shell", shell_, "COMMAND is the text of a program for the shell (sh -c, on Windows cmd /c)");
  add_value("--stdin", "inherit|null|json", stdin_,
            "the command's standard input: vigil's own; nothing; or what changed, one JSON object a line")
      .default_text("inherit, with --each null");

  set_group("Output");
  add_flag("--clear", clear_, "clear the terminal before each run");
  add_flag("--why", why_, "say what caused each run");

  add_section("Placeholders", kPlaceholders);
  add_section("Environment", kVariables);
  add_section(time_section().title, time_section().text);
  add_section("Exit codes", kExitCodes);
  add_section("Examples", kExamples);
}

Status RunOptions::apply_command(RunCommand& run) const {
  if (command().empty()) return usage_error("the command is missing: vigil run [OPTION]... [PATH]... -- COMMAND");
  if (command().front().empty()) return usage_error("the command is empty");
  run.words = command();
  run.shell = shell_;
  if (!shell_) return Done{};
  std::string text;
  for (const std::string& word : command()) text.append(text.empty() ? "" : " ").append(word);
  if (each_ && has_placeholder(text)) {
    return usage_error("--shell: the shell would read a path in place of {} as a part of its program; write \"$1\"");
  }
  run.words = {text};
  return Done{};
}

Status RunOptions::apply_policy(RunCommand& run) const {
  RunPolicy& policy = run.policy;
  policy.on_busy = restart_ ? OnBusy::restart : OnBusy::queue;
  if (on_busy_) {
    const Result<OnBusy> chosen = choose<OnBusy>("--on-busy", *on_busy_,
                                                 {{"queue", OnBusy::queue},
                                                  {"restart", OnBusy::restart},
                                                  {"signal", OnBusy::signal},
                                                  {"ignore", OnBusy::ignore}});
    if (!chosen) return chosen.error();
    policy.on_busy = *chosen;
  }
  policy.once = once_;
  policy.each = each_;
  policy.initial = !no_initial_ && !once_ && !each_;
  policy.ignore_own_writes = ignore_own_writes_;
  run.input = each_ ? CommandInput::null : CommandInput::inherit;
  if (!stdin_) return Done{};
  const Result<CommandInput> input = choose<CommandInput>(
      "--stdin", *stdin_,
      {{"inherit", CommandInput::inherit}, {"null", CommandInput::null}, {"json", CommandInput::json}});
  if (!input) return input.error();
  run.input = *input;
  return Done{};
}

Status RunOptions::apply_stopping(RunCommand& run) const {
  run.signal = default_stop_signal();
  if (signal_) {
    const std::optional<int> signal = signal_named(*signal_);
    if (!signal) return usage_error(formatted("--signal: '{}' is no signal", *signal_));
    run.signal = *signal;
  }
  if (stop_timeout_) {
    const Result<milliseconds> time = parse_time("--stop-timeout", *stop_timeout_, std::chrono::seconds{1});
    if (!time) return time.error();
    run.policy.stop_timeout = *time;
  }
  return Done{};
}

Status RunOptions::apply_each(RunCommand& run) const {
  if (!jobs_) return Done{};
  if (!each_) return usage_error("--jobs: only with --each is there more than one run at a time");
  const Result<std::uint64_t> jobs = parse_count("--jobs", *jobs_);
  if (!jobs) return jobs.error();
  run.policy.jobs = static_cast<std::size_t>(*jobs);
  return Done{};
}

Status RunOptions::apply_delivery(RunCommand& run) const {
  Result<Kinds> kinds = parse_kinds("--events", events_);
  if (!kinds) return kinds.error();
  if (events_.empty()) kinds->erase(Kind::closed);
  if (events_.empty() && each_) kinds->erase(Kind::removed);
  for (const Kind kind : {Kind::opened, Kind::accessed}) {
    if (kinds->contains(kind)) return usage_error(formatted("--events: '{}' is no change to run for", to_string(kind)));
  }
  run.watcher.kinds = *kinds;
  milliseconds settle = kDefaultSettle;
  if (settle_) {
    const Result<milliseconds> time = parse_time("--settle", *settle_, milliseconds{1});
    if (!time) return time.error();
    settle = *time;
  }
  set_settle(run.watcher, settle);
  return Done{};
}

Status RunOptions::find_contradiction(const RunCommand& run) const {
  const OnBusy on_busy = run.policy.on_busy;
  const bool needs_who = on_busy == OnBusy::restart || on_busy == OnBusy::signal;
  if (ignore_own_writes_ && needs_who && run.watcher.backend != BackendChoice::fanotify) {
    return usage_error(
        "--ignore-own-writes: only --backend fanotify tells who changed something while the command is running; leave "
        "out what it writes with --exclude");
  }
  if (once_ && each_) return usage_error("--once: there is no one run to end with --each");
  if (each_ && run.input == CommandInput::inherit && run.policy.jobs > 1) {
    return usage_error("--stdin: several jobs cannot share what is typed");
  }
  return Done{};
}

Result<RunCommand> RunOptions::understand() const {
  RunCommand run;
  Result<std::vector<std::string>> paths = paths_.paths();
  if (!paths) return paths.error();
  run.paths = std::move(*paths);
  for (const Status& applied : {apply_command(run), apply_policy(run), apply_stopping(run), apply_each(run),
                                apply_delivery(run), filter_.apply(run.root), backend_.apply(run.watcher)}) {
    if (!applied) return applied.error();
  }
  if (const Status sound = find_contradiction(run); !sound) return sound.error();
  run.root.await_missing = await_missing_;
  run.root.initial = initial_ && each_;
  run.clear = clear_;
  run.why = why_;
  run.verbosity = verbosity_.verbosity();
  return run;
}

Result<Action> RunOptions::action() const {
  Result<RunCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return run(command); });
}

}  // namespace vigil::cli
