#include "cli/filter_options.hpp"

#include "cli/file_types.hpp"
#include "cli/format.hpp"
#include "cli/nearest.hpp"
#include "cli/option_values.hpp"
#include "event/regex.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

// Of lists, each with commas between its words.
template <typename Each>
Status for_each_word(const std::vector<std::string>& lists, Each each) {
  for (std::string_view rest : lists) {
    while (true) {
      const std::size_t comma = rest.find(',');
      if (const Status done = each(rest.substr(0, comma)); !done) return done;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return Done{};
}

// "*.h" for "h" or ".h". What is special in a glob is taken literally.
Result<std::string> glob_of_extension(std::string_view extension) {
  if (extension.starts_with('.')) extension.remove_prefix(1);
  if (extension.empty()) return usage_error("--extension: an extension is empty");
  if (extension.find('/') != std::string_view::npos) {
    return usage_error(formatted("--extension: '{}' is none, it has a '/'", extension));
  }
  std::string glob = "*.";
  for (const char c : extension) {
    if (std::string_view("*?[]{},\\!").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

Status read_regexes(std::string_view option, const std::vector<std::string>& written) {
  for (const std::string& text : written) {
    if (const auto read = event::Regex::parse(text); !read) {
      return usage_error(formatted("{}: {}", option, read.error().message()));
    }
  }
  return Done{};
}

}  // namespace

FilterOptions::FilterOptions(CommandOptions& command, IgnoreFiles ignore_files)
    : heeds_ignore_files_by_default_(ignore_files == IgnoreFiles::always) {
  command.add_list("--include", "GLOB", include_,
                   "only what matches this or another --include, --include-regex, --extension or --type; may be given "
                   "several times");
  command.add_list("--exclude", "GLOB", exclude_,
                   "leave out what matches, whole directories unopened; may be given several times");
  command.add_list("--include-regex", "REGEX", include_regex_,
                   "as --include, by a regular expression that matches a part of the path below PATH");
  command.add_list("--exclude-regex", "REGEX", exclude_regex_, "as --exclude, likewise");
  command.add_list("-e,--extension", "EXT,...", extensions_, "as --include, by the ends of names: cpp,h");
  command.add_list("--type", "LANGUAGE,...", types_,
                   formatted("as --include, what belongs to a language: {}", names_of_file_types()));
  if (heeds_ignore_files_by_default_) {
    command.add_flag("--no-ignore", switches_ignore_files_,
                     "also what .gitignore, .ignore and git's other ignore rules would leave out, and .git");
  } else {
    command.add_flag("--gitignore", switches_ignore_files_,
                     "leave out what .gitignore, .ignore and git's other ignore rules say, and .git");
  }
  command.add_list("--ignore-file", "FILE", ignore_files_,
                   "leave out what the rules in FILE say, as if they stood in each PATH's .ignore; may be given "
                   "several times");
  command.add_flag("--no-recursive", no_recursive_, "only the direct entries of each directory");
}

bool FilterOptions::given() const {
  return no_recursive_ || switches_ignore_files_ || !include_.empty() || !exclude_.empty() || !include_regex_.empty() ||
         !exclude_regex_.empty() || !extensions_.empty() || !types_.empty() || !ignore_files_.empty();
}

Status FilterOptions::apply(RootOptions& options) const {
  options.recursive = !no_recursive_;
  options.include = include_;
  options.exclude = exclude_;
  Status done = for_each_word(extensions_, [&](std::string_view word) -> Status {
    Result<std::string> glob = glob_of_extension(word);
    if (!glob) return glob.error();
    options.include.push_back(std::move(*glob));
    return Done{};
  });
  if (!done) return done;
  done = for_each_word(types_, [&](std::string_view word) -> Status {
    const std::span<const std::string_view> globs = globs_of_file_type(word);
    if (globs.empty()) {
      return usage_error(formatted("--type: '{}' is not known{}", word, suggestion(word, list_of_file_types())));
    }
    options.include.insert(options.include.end(), globs.begin(), globs.end());
    return Done{};
  });
  if (!done) return done;
  done = read_regexes("--include-regex", include_regex_);
  if (done) done = read_regexes("--exclude-regex", exclude_regex_);
  if (!done) return done;
  options.include_regex = include_regex_;
  options.exclude_regex = exclude_regex_;
  options.ignore.standard = heeds_ignore_files_by_default_ != switches_ignore_files_;
  options.ignore.more = ignore_files_;
  return Done{};
}

}  // namespace vigil::cli
