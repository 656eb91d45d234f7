#include "event/filter.hpp"

#include <algorithm>
#include <utility>

namespace vigil::event {

namespace {

template <typename Pattern>
Status parse_all(const std::vector<std::string>& written, std::vector<Pattern>& patterns) {
  patterns.reserve(written.size());
  for (const std::string& text : written) {
    auto pattern = Pattern::parse(text);
    if (!pattern) return std::move(pattern).error();
    patterns.push_back(*std::move(pattern));
  }
  return Done{};
}

bool any_matches(const std::vector<Glob>& globs, std::string_view path, bool is_directory) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(path, is_directory); });
}

bool any_matches(const std::vector<Regex>& expressions, std::string_view path) {
  return std::any_of(expressions.begin(), expressions.end(), [&](const Regex& each) { return each.matches(path); });
}

}  // namespace

Result<Filter> Filter::parse(const FilterPatterns& patterns) {
  Filter filter;
  Status parsed = parse_all(patterns.include, filter.include_);
  if (parsed) parsed = parse_all(patterns.exclude, filter.exclude_);
  if (parsed) parsed = parse_all(patterns.include_regex, filter.include_regex_);
  if (parsed) parsed = parse_all(patterns.exclude_regex, filter.exclude_regex_);
  if (!parsed) return parsed.error();
  filter.is_selective_ = !filter.include_.empty() || !filter.exclude_.empty() || !filter.include_regex_.empty() ||
                         !filter.exclude_regex_.empty();
  return filter;
}

bool Filter::excludes(std::string_view path, bool is_directory) const {
  return any_matches(exclude_, path, is_directory) || any_matches(exclude_regex_, path);
}

bool Filter::excludes_all_below(std::string_view path) const {
  return std::any_of(exclude_.begin(), exclude_.end(), [&](const Glob& glob) { return glob.matches_all_below(path); });
}

bool Filter::includes(std::string_view path, bool is_directory) const {
  if (include_.empty() && include_regex_.empty()) return true;
  return any_matches(include_, path, is_directory) || any_matches(include_regex_, path);
}

}  // namespace vigil::event
