#include "event/ignore_file.hpp"

#include <algorithm>
#include <utility>

namespace vigil::event {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// A "\" keeps the space behind it. One at the very end keeps all before it, as with git.
std::string_view without_last_spaces(std::string_view text) {
  std::size_t end = 0;  // behind the last byte that counts
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ' ') continue;
    if (text[at] == '\\' && ++at == text.size()) return text;
    end = at + 1;
  }
  return text.substr(0, end);
}

}  // namespace

void IgnoreFile::Table::add(std::string_view text, std::uint32_t place, bool directories_only) {
  texts_.push_back({text, directories_only ? 0 : place, directories_only ? place : 0});
}

int IgnoreFile::Table::compare(std::string_view a, std::string_view b) const {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  if (options_.case_sensitive) return a.compare(b);
  for (std::size_t at = 0; at < a.size(); ++at) {
    const char x = fold_case(a[at]);
    const char y = fold_case(b[at]);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

void IgnoreFile::Table::finish(IgnoreOptions options) {
  options_ = options;
  std::sort(texts_.begin(), texts_.end(),
            [this](const Text& a, const Text& b) { return compare(a.bytes, b.bytes) < 0; });
  std::size_t kept = 0;
  for (const Text& text : texts_) {
    if (kept > 0 && compare(texts_[kept - 1].bytes, text.bytes) == 0) {
      Text& same = texts_[kept - 1];
      same.any = std::max(same.any, text.any);
      same.directory = std::max(same.directory, text.directory);
    } else {
      texts_[kept++] = text;
    }
  }
  texts_.resize(kept);
  texts_.shrink_to_fit();
  for (const Text& text : texts_) {
    if (lengths_.empty() || lengths_.back() != text.bytes.size()) lengths_.push_back(text.bytes.size());
  }
}

std::uint32_t IgnoreFile::Table::find(std::string_view text, bool is_directory) const {
  const auto found =
      std::lower_bound(texts_.begin(), texts_.end(), text,
                       [this](const Text& one, std::string_view wanted) { return compare(one.bytes, wanted) < 0; });
  if (found == texts_.end() || compare(found->bytes, text) != 0) return 0;
  return is_directory ? std::max(found->any, found->directory) : found->any;
}

std::uint32_t IgnoreFile::Table::find_suffix(std::string_view text, bool is_directory) const {
  std::uint32_t last = 0;
  for (const std::size_t length : lengths_) {
    if (length > text.size()) break;
    last = std::max(last, find(text.substr(text.size() - length), is_directory));
  }
  return last;
}

Error IgnoreFile::too_large(std::string_view name, std::uint64_t bytes) {
  return {ErrorCode::limit_reached, "rules of " + std::string(name) + ": the file has " + std::to_string(bytes) +
                                        " bytes, more than the " + std::to_string(kFileBytesMax) +
                                        " that are read; none of its rules is in force"};
}

Result<std::shared_ptr<const IgnoreFile>> IgnoreFile::parse(std::string name, std::string bytes,
                                                            IgnoreOptions options) {
  if (bytes.size() > kFileBytesMax) return too_large(name, bytes.size());
  // Its parts point into its bytes, so it stays where it is.
  const std::shared_ptr<IgnoreFile> file(new IgnoreFile(std::move(name), std::move(bytes)));
  file->read(options);
  return std::shared_ptr<const IgnoreFile>(file);
}

void IgnoreFile::read(IgnoreOptions options) {
  std::string_view rest = bytes_;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  for (std::uint32_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    std::string_view text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (text.starts_with('#')) continue;
    if (text.ends_with('\r')) text.remove_suffix(1);
    text = without_last_spaces(text.substr(0, text.find('\0')));
    if (!text.empty()) read_line(text, line, options);
  }
  rules_.shrink_to_fit();
  for (std::uint32_t number = 0; number < rules_.size(); ++number) file_rule(number);
  for (Table* const table : {&names_, &suffixes_, &paths_}) table->finish(options);
}

void IgnoreFile::read_line(std::string_view text, std::uint32_t line, IgnoreOptions options) {
  if (text.size() > kRuleBytesMax) {
    add_problem(line, "is longer than " + std::to_string(kRuleBytesMax) + " bytes and not in force");
    return;
  }
  std::string_view pattern = text;
  const bool negated = pattern.starts_with('!');
  if (negated) pattern.remove_prefix(1);
  const bool directories_only = pattern.ends_with('/');
  if (directories_only) pattern.remove_suffix(1);
  IgnoreRule rule{text, line, negated, directories_only, IgnorePattern(pattern, options)};
  if (rule.pattern.shape() == IgnorePattern::Shape::never) {
    add_problem(line, "matches nothing: '[' without ']', an unknown [:class:], '\\' at the end, or no name");
    return;
  }
  rules_.push_back(std::move(rule));
}

void IgnoreFile::add_problem(std::uint32_t line, std::string_view text) {
  if (problems_.size() > kProblemsMax) return;
  if (problems_.size() == kProblemsMax) {
    problems_.push_back(name_ + ": and more of the kind");
    return;
  }
  problems_.push_back(name_ + ":" + std::to_string(line) + ": the rule " + std::string(text));
}

void IgnoreFile::file_rule(std::uint32_t number) {
  const IgnoreRule& rule = rules_[number];
  const IgnorePattern& pattern = rule.pattern;
  if (pattern.shape() == IgnorePattern::Shape::general) {
    (pattern.name_only() ? name_wildcards_ : path_wildcards_).push_back(number);
    return;
  }
  const bool is_suffix = pattern.shape() == IgnorePattern::Shape::suffix;
  Table& table = is_suffix ? suffixes_ : pattern.name_only() ? names_ : paths_;
  table.add(pattern.literal(), number + 1, rule.directories_only);
}

const IgnoreRule* IgnoreFile::last_match(const IgnoreEntry& entry,
                                         std::span<const std::uint32_t> path_wildcards) const {
  std::uint32_t last =
      std::max({names_.find(entry.name, entry.is_directory), paths_.find(entry.path, entry.is_directory),
                suffixes_.find_suffix(entry.name, entry.is_directory)});
  // Backwards, and no further than to what is known to match.
  const auto look_through = [&](std::span<const std::uint32_t> numbers, std::string_view subject) {
    for (auto number = numbers.rbegin(); number != numbers.rend() && *number + 1 > last; ++number) {
      const IgnoreRule& rule = rules_[*number];
      if (rule.directories_only && !entry.is_directory) continue;
      if (rule.pattern.matches(subject)) last = *number + 1;
    }
  };
  look_through(name_wildcards_, entry.name);
  look_through(path_wildcards, entry.path);
  return last == 0 ? nullptr : &rules_[last - 1];
}

}  // namespace vigil::event
