#include "event/filter.hpp"

#include <algorithm>
#include <utility>

namespace vigil::event {

namespace {

Result<std::vector<Glob>> parse_all(const std::vector<std::string>& patterns) {
  std::vector<Glob> globs;
  globs.reserve(patterns.size());
  for (const std::string& pattern : patterns) {
    auto glob = Glob::parse(pattern);
    if (!glob) return std::move(glob).error();
    globs.push_back(*std::move(glob));
  }
  return globs;
}

bool any_matches(const std::vector<Glob>& globs, std::string_view path, bool is_directory) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(path, is_directory); });
}

}  // namespace

Result<Filter> Filter::parse(const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
  auto included = parse_all(include);
  if (!included) return std::move(included).error();
  auto excluded = parse_all(exclude);
  if (!excluded) return std::move(excluded).error();
  Filter filter;
  filter.include_ = *std::move(included);
  filter.exclude_ = *std::move(excluded);
  return filter;
}

bool Filter::excludes(std::string_view path, bool is_directory) const {
  return any_matches(exclude_, path, is_directory);
}

bool Filter::excludes_all_below(std::string_view path) const {
  return std::any_of(exclude_.begin(), exclude_.end(), [&](const Glob& glob) { return glob.matches_all_below(path); });
}

bool Filter::includes(std::string_view path, bool is_directory) const {
  return include_.empty() || any_matches(include_, path, is_directory);
}

}  // namespace vigil::event
