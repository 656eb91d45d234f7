// What a pattern of ignore rules means, written down plainly: it tries everything, in whatever time that takes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace vigil::event::tests {

class IgnoreReference {
 public:
  IgnoreReference(bool name_only, bool case_sensitive) : name_only_(name_only), fold_(!case_sensitive) {}

  // `at_start`: nothing of the pattern is before this, but for what had no wildcard.
  bool matches(std::string_view pattern, std::string_view text, bool at_start) const {
    if (pattern.empty()) return text.empty();
    if (pattern.front() == '*') return matches_stars(pattern, text, at_start);
    if (text.empty()) return false;
    const char c = fold(text.front());
    switch (pattern.front()) {
      case '?': return c != '/' && matches_rest(pattern, 1, text);
      case '[': {
        const auto [size, holds] = read_set(pattern, c);
        return holds && c != '/' && matches_rest(pattern, size, text);
      }
      case '\\': return pattern.size() > 1 && c == pattern[1] && matches_rest(pattern, 2, text);
      default: return c == fold(pattern.front()) && matches_rest(pattern, 1, text);
    }
  }

  char fold(char c) const { return fold_ && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

 private:
  bool matches_rest(std::string_view pattern, std::size_t taken, std::string_view text) const {
    const bool after_slash = pattern[taken - 1] == '/';
    return matches(pattern.substr(taken), text.substr(1), after_slash);
  }

  bool matches_stars(std::string_view pattern, std::string_view text, bool at_start) const {
    const std::size_t stars = std::min(pattern.find_first_not_of('*'), pattern.size());
    const std::string_view rest = pattern.substr(stars);
    const bool ends_well = rest.empty() || rest[0] == '/' || rest.substr(0, 2) == "\\/";
    const bool deep = !name_only_ && stars > 1 && at_start && ends_well;
    if (deep && rest.starts_with('/') && matches(rest.substr(1), text, true)) return true;
    for (std::size_t taken = 0;; ++taken) {
      if (matches(rest, text.substr(taken), false)) return true;
      if (taken == text.size() || (text[taken] == '/' && !deep)) return false;
    }
  }

  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kClasses = {{
      {"alnum", "AZaz09"},
      {"alpha", "AZaz"},
      {"blank", "  \t\t"},
      {"cntrl", "\x01\x1f\x7f\x7f"},
      {"digit", "09"},
      {"graph", "!~"},
      {"lower", "az"},
      {"print", " ~"},
      {"punct", "!/:@[`{~"},
      {"space", "  \t\n\r\r"},
      {"upper", "AZ"},
      {"xdigit", "09AFaf"},
  }};

  bool between(char first, char c, char last) const {
    const auto byte = [](char x) { return static_cast<unsigned char>(x); };
    if (byte(first) <= byte(c) && byte(c) <= byte(last)) return true;
    if (!fold_ || c < 'a' || c > 'z') return false;
    const char capital = static_cast<char>(c - 32);
    return byte(first) <= byte(capital) && byte(capital) <= byte(last);
  }

  bool in_class(std::string_view name, char c) const {
    const auto known =
        std::find_if(kClasses.begin(), kClasses.end(), [&](const auto& one) { return one.first == name; });
    std::string_view ranges = known->second;
    for (; !ranges.empty(); ranges.remove_prefix(2)) {
      if (name == "upper" ? between(ranges[0], c, ranges[1]) : c > 0 && ranges[0] <= c && c <= ranges[1]) return true;
    }
    return false;
  }

  // The length of the set at the beginning of the pattern, 0 if it is none that can be read, and whether `c` is in it.
  std::pair<std::size_t, bool> read_set(std::string_view pattern, char c) const {
    std::size_t at = 1;
    const bool negated = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^');
    if (negated) ++at;
    bool found = false;
    char before = 0;
    for (const std::size_t first = at; at < pattern.size(); ++at) {
      if (pattern[at] == ']' && at != first) return {at + 1, found != negated};
      const std::size_t close = pattern.find(']', at + 2);
      if (before != 0 && pattern[at] == '-' && at + 1 < pattern.size() && pattern[at + 1] != ']') {
        if (pattern[++at] == '\\') ++at;
        if (at == pattern.size()) break;
        found = found || between(before, c, pattern[at]);
        before = 0;
      } else if (pattern.substr(at, 2) == "[:" && close == std::string_view::npos) {
        break;
      } else if (pattern.substr(at, 2) == "[:" && close > at + 2 && pattern[close - 1] == ':') {
        const std::string_view name = pattern.substr(at + 2, close - at - 3);
        if (std::none_of(kClasses.begin(), kClasses.end(), [&](const auto& one) { return one.first == name; })) break;
        found = found || in_class(name, c);
        before = 0;
        at = close;
      } else {
        if (pattern[at] == '\\' && ++at == pattern.size()) break;
        before = pattern[at];
        found = found || before == c;
      }
    }
    return {0, false};
  }

  bool name_only_;
  bool fold_;
};

// Of a pattern as IgnorePattern takes it.
inline bool ignore_reference_matches(std::string_view pattern, std::string_view text, bool case_sensitive) {
  const IgnoreReference reference(pattern.find('/') == std::string_view::npos, case_sensitive);
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  if (pattern.empty()) return false;
  while (!pattern.empty() && std::string_view("*?[\\").find(pattern.front()) == std::string_view::npos) {
    if (text.empty() || reference.fold(pattern.front()) != reference.fold(text.front())) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  return reference.matches(pattern, text, true);
}

}  // namespace vigil::event::tests
