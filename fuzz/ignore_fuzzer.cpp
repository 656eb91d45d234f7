// A byte of options, a path up to the first newline, then a file of rules: no input is slow or reads beyond its end, a
// crawl decides as a single question does, and short patterns match as the plain reference says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../tests/event/ignore_reference.hpp"
#include "event/ignore_rules.hpp"

namespace {

using vigil::event::IgnoreDecision;
using vigil::event::IgnoreDirectory;
using vigil::event::IgnoreFile;
using vigil::event::IgnoreRule;
using vigil::event::IgnoreRules;
using vigil::event::tests::ignore_reference_matches;

// The reference takes time that grows without mercy.
constexpr std::size_t kComparedBytesMax = 20;

// To decide of a path is to match each of the directories above it: time that grows with the square of its depth.
constexpr std::size_t kDecidedBytesMax = 1000;

void require(bool holds, const char* law, std::string_view text, std::string_view path) {
  if (holds) return;
  std::fprintf(stderr, "%s: rule '%.*s', path '%.*s'\n", law, static_cast<int>(text.size()), text.data(),
               static_cast<int>(path.size()), path.data());
  std::abort();
}

bool is_relative_path(std::string_view path) {
  return !path.empty() && path.front() != '/' && path.back() != '/' && path.find("//") == std::string_view::npos &&
         path.find('\0') == std::string_view::npos;
}

// The verdict of the plainest kind: rule by rule, backwards.
const IgnoreRule* last_match(const IgnoreFile& file, std::string_view path, bool is_directory) {
  for (auto rule = file.rules().rbegin(); rule != file.rules().rend(); ++rule) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (rule->directories_only && !is_directory) continue;
    if (rule->pattern.matches(rule->pattern.name_only() ? name : path)) return &*rule;
  }
  return nullptr;
}

void compare_patterns(const IgnoreFile& file, std::string_view path, bool case_sensitive) {
  if (path.size() > kComparedBytesMax) return;
  for (const IgnoreRule& rule : file.rules()) {
    std::string_view pattern = rule.text;
    if (pattern.size() > kComparedBytesMax) continue;
    if (rule.negated) pattern.remove_prefix(1);
    if (rule.directories_only) pattern.remove_suffix(1);
    const std::string_view subject = rule.pattern.name_only() ? path.substr(path.rfind('/') + 1) : path;
    require(rule.pattern.matches(subject) == ignore_reference_matches(pattern, subject, case_sensitive),
            "not as the reference", rule.text, subject);
  }
}

// Entry by entry, as deep as the rules let it.
IgnoreDecision crawl(const IgnoreRules& rules, const IgnoreFile& file, std::string_view path, bool is_directory) {
  auto directory = rules.directory({});
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const bool is_last = end == path.size();
    const std::string_view name = path.substr(begin, end - begin);
    const IgnoreDecision decision = directory->decide(name, !is_last || is_directory);
    const IgnoreRule* const expected = last_match(file, path.substr(0, end), !is_last || is_directory);
    require(decision.rule == expected, "another rule in a crawl", expected == nullptr ? "" : expected->text, path);
    if (is_last || decision.ignored) return decision;
    directory = directory->enter(name, {});
    begin = end + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool case_sensitive = (data[0] & 1) == 0;
  const auto* const end = data + size;
  const auto* const newline = std::find(data + 1, end, std::uint8_t{'\n'});
  const std::string path(data + 1, newline);
  const auto file = IgnoreFile::parse("rules", std::string(newline == end ? end : newline + 1, end), {case_sensitive});
  if (!file || !is_relative_path(path)) return 0;
  if (path.size() > kDecidedBytesMax) {
    last_match(**file, path, true);
    return 0;
  }
  IgnoreRules rules;
  rules.set_directory("", {nullptr, *file});
  compare_patterns(**file, path, case_sensitive);
  for (const bool is_directory : {false, true}) {
    const IgnoreDecision decision = rules.decide(path, is_directory);
    require(decision.rule == crawl(rules, **file, path, is_directory).rule, "another rule at once", "", path);
  }
  return 0;
}
