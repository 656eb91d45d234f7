#include "cli/options.hpp"

#include "cli/duration.hpp"
#include "cli/help.hpp"

#include <vigil/version.h>

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kHelpCommand = "vigil --help";
constexpr std::string_view kWatchHelpCommand = "vigil watch --help";

constexpr milliseconds kDefaultSettle{50};

// A batch has to end some time, however busy the tree: ten pauses after it began.
constexpr int kSettlesMax = 10;

// The values as they were written, for the functions below to understand.
struct WrittenOptions {
  std::vector<std::string> paths;
  std::string format = "human";
  bool print0 = false;
  std::string color = "auto";
  bool who = false;
  std::vector<std::string> events;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  bool no_recursive = false;
  bool initial = false;
  bool await_missing = false;
  bool raw = false;
  bool net = false;
  std::optional<std::string> settle;
  std::optional<std::string> backend;
  std::optional<std::string> max_watches;
  bool probe = false;
  bool isolate = false;
  std::optional<std::string> hang_timeout;
  std::optional<std::string> count;
  std::optional<std::string> timeout;
};

// The command line with the names of its options; CLI11 finds out what was given for each.
class WatchParser {
 public:
  WatchParser() : app_("vigil watch", "vigil watch") {
    app_.set_help_flag("-h,--help");
    add_paths();
    CLI::Option* format = app_.add_option("--format", written_.format);
    add_flag("--print0", written_.print0)->excludes(format);
    app_.add_option("--color", written_.color);
    add_flag("--who", written_.who);
    add_list("--events", written_.events);
    add_list("--include", written_.include);
    add_list("--exclude", written_.exclude);
    add_flag("--no-recursive", written_.no_recursive);
    add_flag("--initial", written_.initial);
    add_flag("--await", written_.await_missing);
    CLI::Option* raw = add_flag("--raw", written_.raw);
    add_flag("--net", written_.net)->excludes(raw);
    app_.add_option("--settle", written_.settle)->excludes(raw);
    app_.add_option("--backend", written_.backend);
    app_.add_option("--max-watches", written_.max_watches);
    add_flag("--probe", written_.probe);
    add_flag("--isolate", written_.isolate);
    app_.add_option("--hang-timeout", written_.hang_timeout);
    app_.add_option("--count", written_.count);
    app_.add_option("--timeout", written_.timeout);
  }

  // Throws CLI::Error.
  const WrittenOptions& parse(std::span<const std::string> arguments) {
    app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return written_;
  }

 private:
  CLI::Option* add_flag(const std::string& name, bool& value) {
    return app_.add_flag(name, value)->disable_flag_override();
  }

  // One value each time the option is given, so that the PATHs behind it stay PATHs.
  void add_list(const std::string& name, std::vector<std::string>& values) {
    app_.add_option(name, values)->take_all()->allow_extra_args(false)->expected(1);
  }

  // CLI11 takes a value "[a,b]" apart wherever it allows extra values, and a path may well look like that. Expecting
  // more paths than there can be has the same effect as allowing extra ones.
  void add_paths() {
    app_.add_option("PATH", written_.paths)
        ->take_all()
        ->allow_extra_args(false)
        ->expected(std::numeric_limits<int>::max());
  }

  CLI::App app_;
  WrittenOptions written_;
};

Error usage_error(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

// The value among `choices` that has the name.
template <typename Value, std::size_t kSize>
Result<Value> choose(std::string_view option, std::string_view name,
                     const std::pair<std::string_view, Value> (&choices)[kSize]) {
  std::string names;
  for (const auto& [known, value] : choices) {
    if (name == known) return value;
    names.append(names.empty() ? "" : ", ").append(known);
  }
  return usage_error(fmt::format("{}: '{}' is none of {}", option, name, names));
}

Result<Format> format_of(const WrittenOptions& written) {
  if (written.print0) return Format::print0;
  return choose<Format>("--format", written.format, {{"human", Format::human}, {"json", Format::json}});
}

Result<Color> color_of(const WrittenOptions& written) {
  return choose<Color>("--color", written.color,
                       {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}});
}

Result<Kind> kind_named(std::string_view name) {
  return choose<Kind>("--events", name,
                      {{"created", Kind::created},
                       {"removed", Kind::removed},
                       {"renamed", Kind::renamed},
                       {"modified", Kind::modified},
                       {"attributes", Kind::attributes},
                       {"closed", Kind::closed},
                       {"opened", Kind::opened},
                       {"accessed", Kind::accessed}});
}

Result<Kinds> kinds_of(const WrittenOptions& written) {
  if (written.events.empty()) return kDefaultKinds;
  Kinds kinds;
  for (std::string_view names : written.events) {
    while (true) {
      const std::size_t comma = names.find(',');
      const Result<Kind> kind = kind_named(names.substr(0, comma));
      if (!kind) return kind.error();
      kinds.insert(*kind);
      if (comma == std::string_view::npos) break;
      names.remove_prefix(comma + 1);
    }
  }
  return kinds;
}

Result<std::uint64_t> parse_count(std::string_view option, std::string_view text) {
  std::uint64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && rest == text.data() + text.size() && count > 0) return count;
  return usage_error(fmt::format("{}: '{}' is no whole number from 1 on", option, text));
}

Result<milliseconds> parse_time(std::string_view option, std::string_view text, milliseconds unit) {
  Result<milliseconds> time = parse_duration(text, unit);
  if (time) return time;
  return usage_error(fmt::format("{}: {}", option, time.error().message()));
}

void set_net(Options& options, milliseconds settle) {
  options.settle = settle;
  options.max_latency = std::max(options.max_latency, kSettlesMax * settle);
}

bool has_more_than_a_probe(const WrittenOptions& written) {
  return written.print0 || written.net || written.raw || written.settle || written.count || written.initial ||
         written.await_missing || written.no_recursive || !written.events.empty() || !written.include.empty() ||
         !written.exclude.empty() || written.format != "human";
}

Result<WatchCommand> understand(const WrittenOptions& written) {
  WatchCommand command;
  command.paths = written.paths;
  if (command.paths.empty()) command.paths.emplace_back(".");
  if (std::find(command.paths.begin(), command.paths.end(), "") != command.paths.end()) {
    return usage_error("a PATH is empty");
  }

  const Result<Format> format = format_of(written);
  if (!format) return format.error();
  command.format = *format;

  const Result<Color> color = color_of(written);
  if (!color) return color.error();
  command.color = *color;
  command.who = written.who;

  const Result<Kinds> kinds = kinds_of(written);
  if (!kinds) return kinds.error();
  command.watcher.kinds = *kinds;

  if (written.net) set_net(command.watcher, kDefaultSettle);
  if (written.settle) {
    const Result<milliseconds> settle = parse_time("--settle", *written.settle, milliseconds{1});
    if (!settle) return settle.error();
    set_net(command.watcher, *settle);
  }
  if (written.backend) {
    const Result<BackendChoice> choice = choose<BackendChoice>("--backend", *written.backend,
                                                               {{"auto", BackendChoice::automatic},
                                                                {"inotify", BackendChoice::inotify},
                                                                {"fanotify", BackendChoice::fanotify},
                                                                {"poll", BackendChoice::poll}});
    if (!choice) return choice.error();
    command.watcher.backend = *choice;
  }
  if (written.max_watches) {
    const Result<std::uint64_t> count = parse_count("--max-watches", *written.max_watches);
    if (!count) return count.error();
    command.watcher.max_watches = static_cast<std::size_t>(*count);
  }
  if (written.isolate || written.hang_timeout) command.watcher.isolation = Isolation::process;
  if (written.hang_timeout) {
    const Result<milliseconds> time = parse_time("--hang-timeout", *written.hang_timeout, std::chrono::seconds{1});
    if (!time) return time.error();
    if (time->count() == 0) return usage_error("--hang-timeout: must be above zero");
    command.watcher.hang_timeout = *time;
  }
  if (written.count) {
    const Result<std::uint64_t> count = parse_count("--count", *written.count);
    if (!count) return count.error();
    command.count = *count;
  }
  if (written.timeout) {
    const Result<milliseconds> timeout = parse_time("--timeout", *written.timeout, std::chrono::seconds{1});
    if (!timeout) return timeout.error();
    command.timeout = *timeout;
  }

  if (written.probe) {
    if (has_more_than_a_probe(written)) {
      return usage_error(
          "--probe: only PATH, --backend, --max-watches, --isolate, --hang-timeout and --timeout go with it");
    }
    command.probe = true;
    command.root.recursive = false;
    return command;
  }
  command.root.recursive = !written.no_recursive;
  command.root.include = written.include;
  command.root.exclude = written.exclude;
  command.root.initial = written.initial;
  command.root.await_missing = written.await_missing;
  return command;
}

UsageError refuse(std::string_view message, std::string_view help) {
  return {fmt::format("{} ({} tells more)", message, help)};
}

CommandLine parse_watch(std::span<const std::string> arguments) {
  WatchParser parser;
  try {
    Result<WatchCommand> command = understand(parser.parse(arguments));
    if (command) return std::move(*command);
    return refuse(command.error().message(), kWatchHelpCommand);
  } catch (const CLI::CallForHelp&) {
    return Answer{std::string(kWatchHelp)};
  } catch (const CLI::Error& error) {
    return refuse(error.what(), kWatchHelpCommand);
  }
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return refuse("a command is missing", kHelpCommand);
  // The words before a command's own options are few enough to be told apart without CLI11, which would take a PATH
  // called "watch" for the command once more.
  const std::string& first = arguments.front();
  if (first == "watch") return parse_watch(std::span(arguments).subspan(1));
  if (first == "--help" || first == "-h") return Answer{std::string(kHelp)};
  if (first == "--version") return Answer{"vigil " VIGIL_VERSION "\n"};
  return refuse(fmt::format("'{}' is no {} of vigil", first, first.starts_with('-') ? "option" : "command"),
                kHelpCommand);
}

}  // namespace vigil::cli
