#include "conformance/expectation.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace vigil::conformance {
namespace {

using Count = ExpectedEvent::Count;
using Way = Expectation::Way;

constexpr std::size_t kEventsShownMax = 60;

bool contains(const std::vector<Kind>& kinds, Kind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// "dir/**" stands for all that is below dir.
bool path_matches(const std::string& pattern, const std::string& path) {
  constexpr std::string_view kBelow = "/**";
  if (pattern.size() > kBelow.size() && pattern.compare(pattern.size() - kBelow.size(), kBelow.size(), kBelow) == 0) {
    return path.compare(0, pattern.size() - 2, pattern, 0, pattern.size() - 2) == 0;
  }
  return pattern == path;
}

bool matches(const ExpectedEvent& expected, const Observation& event) {
  if (!expected.kinds.empty() && !contains(expected.kinds, event.kind)) return false;
  if (!path_matches(expected.path, event.path)) return false;
  if (expected.type && *expected.type != event.type) return false;
  if (expected.synthetic && *expected.synthetic != event.synthetic) return false;
  if (event.kind == Kind::renamed && (expected.from != event.from || expected.replaced != event.replaced)) return false;
  return event.reason.find(expected.says) != std::string::npos;
}

bool required(Count count) { return count == Count::one || count == Count::at_least_one; }
bool repeatable(Count count) { return count == Count::any || count == Count::at_least_one; }

// `ready` is compared only where a script speaks of it: every watch begins with it.
std::vector<Observation> in_question(const Expectation& expectation, const std::vector<Observation>& events) {
  const bool with_ready = std::any_of(expectation.events.begin(), expectation.events.end(),
                                      [](const ExpectedEvent& event) { return contains(event.kinds, Kind::ready); });
  std::vector<Observation> chosen;
  for (const Observation& event : events) {
    const bool wanted =
        expectation.only.empty() ? event.kind != Kind::ready || with_ready : contains(expectation.only, event.kind);
    if (wanted) chosen.push_back(event);
  }
  return chosen;
}

std::string list(const std::vector<Observation>& events, const Shown& shown) {
  if (events.empty()) return "  told: nothing";
  std::string text = "  told:";
  for (std::size_t i = 0; i < events.size() && i < kEventsShownMax; ++i) text += "\n    " + describe(events[i], shown);
  if (events.size() > kEventsShownMax) {
    text += "\n    ... " + std::to_string(events.size() - kEventsShownMax) + " more";
  }
  return text;
}

std::string at_line(const ExpectedEvent& expected, const Shown& shown) {
  return "line " + std::to_string(expected.line) + ": " + describe(expected, shown);
}

// Which lines may be due after some events: as a regular expression is matched, all possibilities at once.
class OrderedMatch {
 public:
  explicit OrderedMatch(const std::vector<ExpectedEvent>& lines) : lines_(lines) { add(0); }

  bool take(const Observation& event) {
    std::set<std::size_t> before = std::exchange(due_, {});
    for (const std::size_t line : before) {
      if (line == lines_.size() || !matches(lines_[line], event)) continue;
      add(line + 1);
      if (repeatable(lines_[line].count)) due_.insert(line);
    }
    if (!due_.empty()) return true;
    due_ = std::move(before);
    return false;
  }

  bool may_end() const { return due_.count(lines_.size()) != 0; }

  // The line that must come next whatever happens.
  std::size_t next_required() const {
    std::size_t line = *due_.begin();
    while (line < lines_.size() && !required(lines_[line].count)) ++line;
    return line;
  }

 private:
  // Makes a line due, and those behind it that are due if it does not happen.
  void add(std::size_t line) {
    due_.insert(line);
    while (line < lines_.size() && !required(lines_[line].count)) due_.insert(++line);
  }

  const std::vector<ExpectedEvent>& lines_;
  std::set<std::size_t> due_;
};

std::vector<std::string> compare_ordered(const std::vector<ExpectedEvent>& lines,
                                         const std::vector<Observation>& events, const Shown& shown) {
  OrderedMatch match(lines);
  for (const Observation& event : events) {
    if (match.take(event)) continue;
    const std::size_t line = match.next_required();
    const std::string due = line < lines.size() ? at_line(lines[line], shown) : "no more events";
    return {"expected " + due + "\n  but came: " + describe(event, shown) + "\n" + list(events, shown)};
  }
  if (match.may_end()) return {};
  return {"expected, but did not come: " + at_line(lines[match.next_required()], shown) + "\n" + list(events, shown)};
}

// Each event goes to the first line it fits that still wants one, to those that want just one first.
std::vector<std::string> compare_unordered(const std::vector<ExpectedEvent>& lines,
                                           const std::vector<Observation>& events, bool others_allowed,
                                           const Shown& shown) {
  std::vector<std::size_t> taken(lines.size(), 0);
  const auto find_line = [&](const Observation& event, bool repeated) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (repeatable(lines[i].count) != repeated || (!repeated && taken[i] > 0)) continue;
      if (matches(lines[i], event)) return i;
    }
    return lines.size();
  };
  std::vector<std::string> wrong;
  for (const Observation& event : events) {
    std::size_t line = find_line(event, false);
    if (line == lines.size()) line = find_line(event, true);
    if (line < lines.size()) {
      ++taken[line];
    } else if (!others_allowed) {
      wrong.push_back("not expected: " + describe(event, shown));
    }
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (required(lines[i].count) && taken[i] == 0) {
      wrong.push_back("expected, but did not come: " + at_line(lines[i], shown));
    }
  }
  if (!wrong.empty()) wrong.back() += "\n" + list(events, shown);
  return wrong;
}

// What the expectation says about a path, at its first and its last mention.
struct Claim {
  bool was_there_before = true;
  bool there = true;
  const ExpectedEvent* last = nullptr;
};

using Claims = std::map<std::string, Claim>;

void claim(Claims& claims, const std::string& path, bool there, bool appears, const ExpectedEvent& event) {
  auto [entry, first] = claims.emplace(path, Claim{});
  if (first) entry->second.was_there_before = !appears;
  entry->second.there = there;
  entry->second.last = &event;
}

Claims claims_of(const Expectation& expectation) {
  Claims claims;
  for (const ExpectedEvent& event : expectation.events) {
    if (!required(event.count) || event.kinds.empty()) continue;
    switch (event.kinds.front()) {
      case Kind::created: claim(claims, event.path, true, true, event); break;
      case Kind::removed: claim(claims, event.path, false, false, event); break;
      case Kind::renamed:
        // What was said of paths below the old one is overtaken; how it stands in the end is the final tree's matter.
        std::erase_if(
            claims, [&](const auto& entry) { return entry.first != event.from && is_within(entry.first, event.from); });
        claim(claims, event.from, false, false, event);
        claim(claims, event.path, true, !event.replaced, event);
        break;
      case Kind::modified:
      case Kind::attributes:
      case Kind::closed: claim(claims, event.path, true, false, event); break;
      default: break;
    }
  }
  return claims;
}

bool any_says(const std::vector<Observation>& events, const std::string& path, bool there) {
  return std::any_of(events.begin(), events.end(), [&](const Observation& event) {
    return there ? says_exists(event, path) : says_gone(event, path);
  });
}

// For others a move is a removal and an appearance: where the script forbids these by name, they may come if they are
// true.
bool must_not_come(const ExpectedEvent& forbidden, const Observation& event, const Exists& exists) {
  if (!matches(forbidden, event)) return false;
  if (forbidden.kinds.empty()) return true;
  if (event.kind == Kind::created) return !exists(event.path);
  if (event.kind == Kind::removed) return exists(event.path);
  return true;
}

}  // namespace

std::string describe(const Observation& event, const Shown& shown) {
  std::string text(to_string(event.kind));
  text += ' ';
  if (!event.from.empty()) text += shown(event.from) + " -> ";
  text += event.path.empty() ? "(an empty path)" : shown(event.path);
  text += " " + std::string(to_string(event.type));
  if (event.replaced) text += " replaced";
  if (event.synthetic) text += " synthetic";
  if (event.code != 0) text += " code " + std::to_string(event.code);
  if (!event.reason.empty()) text += " (" + event.reason + ")";
  return text;
}

std::string describe(const ExpectedEvent& event, const Shown& shown) {
  std::string text;
  for (const Kind kind : event.kinds) text += (text.empty() ? "" : "|") + std::string(to_string(kind));
  if (text.empty()) text = "any";
  text += ' ';
  if (!event.from.empty()) text += shown(event.from) + " -> ";
  text += shown(event.path);
  if (event.type) text += " " + std::string(to_string(*event.type));
  if (event.replaced) text += " replaced";
  if (event.synthetic) text += *event.synthetic ? " synthetic" : " native";
  if (!event.says.empty()) text += " says \"" + event.says + "\"";
  return text;
}

std::vector<std::string> compare_exactly(const ResolvedExpectation& expectation, const std::vector<Observation>& all,
                                         const Shown& shown) {
  const std::vector<Observation> events = in_question(expectation, all);
  switch (expectation.way) {
    case Way::ordered: return compare_ordered(expectation.events, events, shown);
    case Way::unordered: return compare_unordered(expectation.events, events, false, shown);
    case Way::contains: return compare_unordered(expectation.events, all, true, shown);
    case Way::nothing: return compare_unordered({}, events, false, shown);
    case Way::absent:
      for (const Observation& event : all) {
        if (matches(expectation.events[0], event)) return {"must not come: " + describe(event, shown)};
      }
      return {};
    case Way::loss_reported:
    case Way::root_lost: break;  // the same for all watchers: the runner's
  }
  return {};
}

Coarse compare_coarsely(const ResolvedExpectation& expectation, const std::vector<Observation>& events,
                        const Exists& exists, const Shown& shown) {
  Coarse coarse;
  if (expectation.way == Way::nothing || expectation.way == Way::absent) {
    for (const Observation& event : events) {
      const bool structural = event.kind == Kind::created || event.kind == Kind::removed || event.kind == Kind::renamed;
      const bool fits =
          expectation.way == Way::nothing ? structural : must_not_come(expectation.events[0], event, exists);
      if (fits) coarse.forbidden.push_back("must not come: " + describe(event, shown));
    }
    return coarse;
  }
  for (const auto& [path, claim] : claims_of(expectation)) {
    const bool came_and_went = !claim.was_there_before && !claim.there;
    if (came_and_went || any_says(events, path, claim.there)) continue;
    coarse.missing.push_back("no word of " + at_line(*claim.last, shown));
  }
  return coarse;
}

bool says_exists(const Observation& event, const std::string& path) {
  switch (event.kind) {
    case Kind::created:
    case Kind::renamed:
    case Kind::modified:
    case Kind::attributes:
    case Kind::closed: return event.path == path;
    default: return false;
  }
}

bool says_gone(const Observation& event, const std::string& path) {
  // A directory takes with it what is below, a root too.
  if (event.kind == Kind::removed || event.kind == Kind::lost) return is_within(path, event.path);
  return event.kind == Kind::renamed && is_within(path, event.from);
}

}  // namespace vigil::conformance
