// Which paths of a root are watched and which are reported. docs/events.md, "Filters". Pure.
#pragma once

#include <vigil/result.hpp>

#include "event/glob.hpp"
#include "event/regex.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vigil::event {

// Its patterns as they are written.
struct FilterPatterns {
  const std::vector<std::string>& include;
  const std::vector<std::string>& exclude;
  const std::vector<std::string>& include_regex;
  const std::vector<std::string>& exclude_regex;
};

// The globs and regular expressions of a root, on paths relative to it. Immutable.
class Filter {
 public:
  // Excludes nothing and includes everything.
  Filter() = default;

  // invalid_pattern as Glob::parse() and Regex::parse() give it.
  static Result<Filter> parse(const FilterPatterns& patterns);
  static Result<Filter> parse(const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
    return parse({include, exclude, {}, {}});
  }

  // Nothing is excluded and everything included: the caller need not ask.
  bool passes_everything() const { return !is_selective_; }

  // The entry is not to be known at all. Asked for each entry whose parent is not excluded.
  bool excludes(std::string_view path, bool is_directory) const;

  // Nothing below this directory, itself not excluded, can be reported: it need not be opened or watched.
  bool excludes_all_below(std::string_view path) const;

  // Events of the entry are reported. Directories that are not included are watched all the same.
  bool includes(std::string_view path, bool is_directory) const;

 private:
  std::vector<Glob> include_;
  std::vector<Glob> exclude_;
  std::vector<Regex> include_regex_;
  std::vector<Regex> exclude_regex_;
  bool is_selective_ = false;
};

}  // namespace vigil::event
