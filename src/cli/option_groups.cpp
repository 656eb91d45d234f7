#include "cli/option_groups.hpp"

#include "cli/format.hpp"
#include "cli/option_values.hpp"
#include "cli/text_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace vigil::cli {

using std::chrono::milliseconds;

namespace {

// Some hundred thousand paths.
constexpr std::size_t kPathsBytesMax = std::size_t{64} << 20;

// One a line, or, where there is a NUL byte, one before each of those. Empty ones are skipped.
void append_paths(std::string_view text, std::vector<std::string>& paths) {
  const char separator = text.find('\0') == std::string_view::npos ? '\n' : '\0';
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) paths.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

PathsOption::PathsOption(CommandOptions& command, const std::string& description) {
  command.add_words("PATH", written_, description);
  command.set_group("What is watched");
  command.add_value("--paths-from", "FILE", from_,
                    "more PATHs, one a line of FILE (or ended by NUL bytes, as find -print0 writes them); - is the "
                    "standard input");
}

Result<std::vector<std::string>> PathsOption::paths() const {
  std::vector<std::string> paths = written_;
  if (from_) {
    const Result<TextFile> file =
        *from_ == "-" ? read_standard_input(kPathsBytesMax) : read_text_file(*from_, kPathsBytesMax);
    if (!file) return usage_error(formatted("--paths-from: {}", file.error().message()));
    append_paths(file->text, paths);
    if (paths.empty()) return usage_error(formatted("--paths-from: '{}' names no path", *from_));
  }
  if (paths.empty()) return std::vector<std::string>{"."};
  if (std::find(paths.begin(), paths.end(), "") != paths.end()) return usage_error("a PATH is empty");
  return paths;
}

OutputOptions::OutputOptions(CommandOptions& command) {
  const AddedOption format =
      command.add_value("--format", "human|json", format_, "lines for a person, or one JSON object a line")
          .default_text("human");
  const AddedOption print0 =
      command.add_flag("--print0", print0_, "only the paths that changed, each followed by a NUL byte");
  print0.excludes(format);
  command
      .add_value("--template", "TEXT", template_,
                 "a line of your own: {kind}, {path}, {relative}, {name}, {directory}, {from}, {type}, {time}, {seq}, "
                 "{pid} and {process} stand for what they say, \\n, \\t and \\0 for what they are in C")
      .excludes(format)
      .excludes(print0);
  command.add_value("--color", "auto|always|never", color_, "colors; by itself on a terminal, unless NO_COLOR is set")
      .default_text("auto");
}

Result<OutputStyle> OutputOptions::style() const {
  OutputStyle style;
  const Result<Format> format =
      print0_ ? Format::print0
              : choose<Format>("--format", format_, {{"human", Format::human}, {"json", Format::json}});
  if (!format) return format.error();
  style.format = *format;
  if (template_) {
    Result<EventTemplate> parsed = EventTemplate::parse(*template_);
    if (!parsed) return parsed.error();
    style.event_template = std::move(*parsed);
  }
  const Result<Color> color = choose<Color>(
      "--color", color_, {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}});
  if (!color) return color.error();
  style.color = *color;
  return style;
}

VerbosityOptions::VerbosityOptions(CommandOptions& command) {
  const AddedOption quiet =
      command.add_flag("-q,--quiet", quiet_,
                       "say nothing while all is well: neither that the watch is ready nor that a "
                       "repair is complete; JSON stays whole");
  command
      .add_flag("-v,--verbose", verbose_,
                "say more on the standard error: where options come from, what was found and how long it took, and "
                "counts at the end")
      .excludes(quiet);
}

Verbosity VerbosityOptions::verbosity() const {
  if (quiet_) return Verbosity::quiet;
  return verbose_ ? Verbosity::verbose : Verbosity::normal;
}

BackendOptions::BackendOptions(CommandOptions& command) {
  command
      .add_value("--backend", "auto|inotify|fanotify|poll", backend_,
                 "by what changes are learnt; fanotify needs root. Where it is not given the environment variable "
                 "VIGIL_BACKEND decides")
      .default_text("auto");
  command.add_value("--max-watches", "N", max_watches_,
                    "take at most N of the kernel's watches; directories beyond are polled");
  command.add_flag("--isolate", isolate_,
                   "in a helper process for each PATH, so that a file system that hangs hangs only the helper");
  command
      .add_value("--hang-timeout", "TIME", hang_timeout_,
                 "how long a call of the file system may take; implies --isolate")
      .default_text("5s");
}

Status BackendOptions::apply(Options& options) const {
  const Result<BackendChoice> choice = choose<BackendChoice>("--backend", backend_,
                                                             {{"auto", BackendChoice::automatic},
                                                              {"inotify", BackendChoice::inotify},
                                                              {"fanotify", BackendChoice::fanotify},
                                                              {"poll", BackendChoice::poll}});
  if (!choice) return choice.error();
  options.backend = *choice;
  if (max_watches_) {
    const Result<std::uint64_t> count = parse_count("--max-watches", *max_watches_);
    if (!count) return count.error();
    options.max_watches = static_cast<std::size_t>(*count);
  }
  if (isolate_ || hang_timeout_) options.isolation = Isolation::process;
  if (hang_timeout_) {
    const Result<milliseconds> time = parse_time("--hang-timeout", *hang_timeout_, std::chrono::seconds{1});
    if (!time) return time.error();
    if (time->count() == 0) return usage_error("--hang-timeout: must be above zero");
    options.hang_timeout = *time;
  }
  return Done{};
}

void set_settle(Options& options, milliseconds settle) {
  // A batch has to end some time, however busy the tree: ten pauses after it began.
  constexpr int kSettlesMax = 10;
  options.settle = settle;
  options.max_latency = std::max(options.max_latency, kSettlesMax * settle);
}

HelpSection time_section() {
  return {"Times",
          "TIME is a number with a unit: 50ms, 1.5s, 2m, 1h. Without one, --settle counts\n"
          "milliseconds and every other option seconds."};
}

}  // namespace vigil::cli
