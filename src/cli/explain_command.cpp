#include "cli/explain_command.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/format.hpp"
#include "cli/paths.hpp"
#include "cli/system.hpp"
#include "core/ignore_finder.hpp"
#include "core/rule_files.hpp"
#include "event/filter.hpp"
#include "sys/error_codes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

// What decides about a path.
struct Verdict {
  bool left_out = false;
  std::string by;    // "rule", "option", "git", or empty
  std::string file;  // of a rule
  std::uint32_t line = 0;
  std::string rule;     // or the option, as it is written
  std::string matched;  // below the root
};

class Explainer {
 public:
  Explainer(const ExplainCommand& command, sys::Disk& disk, std::string root, const std::vector<std::string>& named)
      : options_(command.options), finder_(disk, std::move(root), options_.ignore, named) {}

  // Of a path below the root.
  Result<Verdict> ask(std::string_view path, bool is_directory) {
    Result<std::optional<Verdict>> excluded = ask_exclusions(path, is_directory);
    if (!excluded) return excluded.error();
    const core::IgnoreFinder::Finding found = finder_.find(path, is_directory);
    Verdict verdict{found.ignored,           found.is_dot_git ? "git" : found.file.empty() ? "" : "rule",
                    std::string(found.file), found.line,
                    std::string(found.rule), found.matched};
    // Of two that leave it out the one nearer to the root, whose directory is never opened.
    const bool is_option = *excluded && (!found.ignored || (*excluded)->matched.size() < found.matched.size());
    if (is_option) return **excluded;
    if (verdict.left_out) return verdict;
    const Result<event::Filter> filter = event::Filter::parse({options_.include, {}, options_.include_regex, {}});
    if (!filter) return filter.error();
    if (filter->includes(path, is_directory)) return verdict;
    return Verdict{true, "option", "", 0, "not included", std::string(path)};
  }

  const std::vector<std::string>& troubles() const { return finder_.troubles(); }

 private:
  // By the first pattern, for the path or for a directory above it.
  Result<std::optional<Verdict>> ask_exclusions(std::string_view path, bool is_directory) const {
    for (std::size_t end = 0; end < path.size();) {
      end = std::min(path.find('/', end + 1), path.size());
      const std::string_view part = path.substr(0, end);
      const bool is_directory_here = end < path.size() || is_directory;
      for (const bool by_regex : {false, true}) {
        for (const std::string& pattern : by_regex ? options_.exclude_regex : options_.exclude) {
          const std::vector<std::string> one{pattern};
          const std::vector<std::string> none;
          const Result<event::Filter> filter =
              event::Filter::parse({none, by_regex ? none : one, none, by_regex ? one : none});
          if (!filter) return filter.error();
          if (!filter->excludes(part, is_directory_here)) continue;
          const char* const option = by_regex ? "--exclude-regex" : "--exclude";
          return std::optional<Verdict>(
              Verdict{true, "option", "", 0, formatted("{} {}", option, pattern), std::string(part)});
        }
      }
    }
    return std::optional<Verdict>();
  }

  const RootOptions& options_;
  core::IgnoreFinder finder_;
};

std::string line_of(const Verdict& verdict, const std::string& path) {
  std::string reason = "-";
  if (verdict.by == "rule") reason = formatted("{}:{}:{}", verdict.file, verdict.line, verdict.rule);
  if (verdict.by == "option") reason = verdict.rule;
  if (verdict.by == "git") reason = ".git";
  return formatted("{}\t{}\n", reason, path);
}

std::string json_of(const Verdict& verdict, const std::string& path) {
  nlohmann::ordered_json object;
  object["path"] = path;
  object["left_out"] = verdict.left_out;
  if (!verdict.by.empty()) object["by"] = verdict.by;
  if (verdict.by == "rule") {
    object["file"] = verdict.file;
    object["line"] = verdict.line;
  }
  if (!verdict.rule.empty()) object["rule"] = verdict.rule;
  if (verdict.left_out) object["matched"] = verdict.matched;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

int fail(const std::string& message) {
  diagnose(message);
  return kExitFailed;
}

// The path below the root; nothing for the root itself, or what is not below it.
std::optional<std::string> path_below(sys::Disk& disk, const std::string& root, const std::string& path) {
  sys::Outcome<std::string> absolute = disk.absolute(path);
  if (!absolute) return std::nullopt;
  while (absolute.value.size() > 1 && absolute.value.ends_with('/')) absolute.value.pop_back();
  // Its last name is not followed if it is a link.
  const sys::Outcome<std::string> above = disk.resolve(core::directory_of(absolute.value));
  const std::string name = core::name_of(absolute.value);
  const bool is_plain = above && name != "." && name != "..";
  std::string whole = is_plain ? (above.value == "/" ? "" : above.value) + '/' + name : absolute.value;
  if (!is_plain) {
    if (const sys::Outcome<std::string> resolved = disk.resolve(absolute.value)) whole = resolved.value;
  }
  const std::string prefix = root == "/" ? root : root + '/';
  if (!whole.starts_with(prefix) || whole.size() == prefix.size()) return std::nullopt;
  return whole.substr(prefix.size());
}

}  // namespace

int explain(const ExplainCommand& command) {
  const std::unique_ptr<sys::Disk> disk = sys::make_disk();
  const sys::Outcome<std::string> absolute = disk->absolute(command.root);
  const sys::Outcome<std::string> root =
      absolute ? disk->resolve(absolute.value) : sys::Outcome<std::string>::failure(absolute.error);
  if (!root) return fail(formatted("'{}': {}", command.root, sys::words_of(root.error)));
  std::vector<std::string> named;
  for (const std::string& file : command.options.ignore.more) {
    const sys::Outcome<std::string> path = disk->absolute(file);
    const int error = path ? disk->resolve(path.value).error : path.error;
    if (error != 0) return fail(formatted("'{}': {}", file, sys::words_of(error)));
    named.push_back(path.value);
  }
  Explainer explainer(command, *disk, root.value, named);
  std::string text;
  bool some_left_out = false;
  for (const std::string& path : command.paths) {
    const std::optional<std::string> below = path_below(*disk, root.value, path);
    if (!below) return fail(formatted("'{}' is not below '{}'", path, command.root));
    const sys::Outcome<sys::FileStatus> status = disk->status((root.value == "/" ? "" : root.value) + '/' + *below);
    const bool is_directory =
        status ? status.value.type == EntryType::directory : path.ends_with('/') || path.ends_with(kSeparator);
    const Result<Verdict> verdict = explainer.ask(*below, is_directory);
    if (!verdict) return fail(verdict.error().message());
    some_left_out = some_left_out || verdict->left_out;
    text += command.json ? json_of(*verdict, path) : line_of(*verdict, path);
  }
  for (const std::string& trouble : explainer.troubles()) diagnose(trouble);
  const int code = write_all(standard_output(), text);
  if (code != 0 && !reader_left(code)) {
    return fail(formatted("cannot write to the standard output: {}", sys::words_of(code)));
  }
  return some_left_out ? kExitDone : kExitFailed;
}

}  // namespace vigil::cli
