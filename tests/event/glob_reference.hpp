// Globs told a second time, as plainly as possible and without a thought for speed: what the real ones are compared
// with. Takes patterns that Glob::parse() takes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vigil::event::tests {

// The place after the "]" of the set that begins at `begin`.
inline std::size_t end_of_set(const std::string& pattern, std::size_t begin) {
  std::size_t at = begin + 1;
  if (pattern[at] == '!' || pattern[at] == '^') ++at;
  for (bool first = true; first || pattern[at] != ']'; first = false) at += pattern[at] == '\\' ? 2 : 1;
  return at + 1;
}

inline std::size_t end_of_item(const std::string& pattern, std::size_t begin) {
  if (pattern[begin] == '\\') return begin + 2;
  return pattern[begin] == '[' ? end_of_set(pattern, begin) : begin + 1;
}

// The patterns without braces, by writing out the first pair of braces and doing the rest again.
inline std::vector<std::string> expand(const std::string& pattern) {
  std::size_t open = 0;
  while (open < pattern.size() && pattern[open] != '{') open = end_of_item(pattern, open);
  if (open >= pattern.size()) return {pattern};
  std::vector<std::string> choices(1);
  std::size_t at = open + 1;
  for (int depth = 1; depth > 0;) {
    const std::size_t end = end_of_item(pattern, at);
    if (pattern[at] == '{') ++depth;
    if (pattern[at] == '}') --depth;
    if (pattern[at] == ',' && depth == 1) {
      choices.emplace_back();
    } else if (depth > 0) {
      choices.back() += pattern.substr(at, end - at);
    }
    at = end;
  }
  std::vector<std::string> expanded;
  for (const std::string& choice : choices) {
    for (std::string& one : expand(pattern.substr(0, open) + choice + pattern.substr(at))) {
      expanded.push_back(std::move(one));
    }
  }
  return expanded;
}

inline bool set_holds(const std::string& set, unsigned char byte) {
  std::size_t at = 1;
  const bool negated = set[at] == '!' || set[at] == '^';
  if (negated) ++at;
  const auto member = [&] {
    if (set[at] == '\\') ++at;
    return static_cast<unsigned char>(set[at++]);
  };
  bool held = false;
  while (at + 1 < set.size()) {
    const unsigned char first = member();
    unsigned char last = first;
    if (set[at] == '-' && at + 2 < set.size()) {
      ++at;
      last = member();
    }
    held = held || (first <= byte && byte <= last);
  }
  return held != negated;
}

inline bool name_matches(const std::string& pattern, const std::string& name) {
  if (pattern.empty()) return name.empty();
  const std::size_t end = end_of_item(pattern, 0);
  const std::string rest = pattern.substr(end);
  // Stars side by side mean what one does, and would each be tried against all that is left.
  if (pattern.starts_with("**")) return name_matches(rest, name);
  if (pattern[0] == '*') return name_matches(rest, name) || (!name.empty() && name_matches(pattern, name.substr(1)));
  if (name.empty()) return false;
  bool first_matches = pattern[0] == '?' || pattern[0] == name[0];
  if (pattern[0] == '[') first_matches = set_holds(pattern.substr(0, end), static_cast<unsigned char>(name[0]));
  if (pattern[0] == '\\') first_matches = pattern[1] == name[0];
  return first_matches && name_matches(rest, name.substr(1));
}

inline bool names_match(const std::vector<std::string>& pattern, const std::vector<std::string>& names) {
  if (pattern.empty()) return names.empty();
  const std::vector<std::string> rest(pattern.begin() + 1, pattern.end());
  if (pattern[0] != "**") {
    return !names.empty() && name_matches(pattern[0], names[0]) && names_match(rest, {names.begin() + 1, names.end()});
  }
  if (rest.empty()) return !names.empty();
  for (std::size_t skipped = 0; skipped <= names.size(); ++skipped) {
    if (names_match(rest, {names.begin() + static_cast<std::ptrdiff_t>(skipped), names.end()})) return true;
  }
  return false;
}

inline std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> names(1);
  for (const char c : path) {
    if (c == '/') {
      names.emplace_back();
    } else {
      names.back() += c;
    }
  }
  return names;
}

inline bool reference_matches(const std::string& pattern, const std::string& path, bool is_directory) {
  for (std::string one : expand(pattern)) {
    if (one.back() == '/') {
      if (!is_directory) continue;
      one.pop_back();
    }
    const bool whole_path = one.find('/') != std::string::npos;
    if (one.front() == '/') one.erase(0, 1);
    std::vector<std::string> names = split(path);
    if (!whole_path) names = {names.back()};
    if (names_match(split(one), names)) return true;
  }
  return false;
}

}  // namespace vigil::event::tests
