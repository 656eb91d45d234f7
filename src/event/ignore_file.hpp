// A file of ignore rules (.gitignore, .ignore, .git/info/exclude), read as git reads it. Pure.
#pragma once

#include <vigil/result.hpp>

#include "event/ignore_pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::event {

// One line that is a rule.
struct IgnoreRule {
  std::string_view text;  // the line, without the spaces at its end
  std::uint32_t line = 0;
  bool negated = false;           // "!": what it matches is not ignored
  bool directories_only = false;  // "/" at the end
  IgnorePattern pattern;
};

// What a rule of a file is asked about: an entry below the directory the file's rules are for.
struct IgnoreEntry {
  std::string_view path;      // below that directory, without "/" at either end
  std::string_view name;      // the last of it
  bool is_directory = false;  // a symbolic link is none, wherever it points to
};

// Lines end with "\n" or "\r\n"; a byte order mark (UTF-8) at the beginning is passed over, and so are empty lines and
// those that begin with "#". Spaces at the end of a line do not count, unless after a "\". A line ends at a NUL.
//
// Asking costs a search by name, one by path, one for each length of suffix ("*.o"), and a look at each rule with other
// wildcards that can matter. Immutable.
class IgnoreFile {
 public:
  // A larger file is refused; so is a longer rule, but not the file it is in.
  static constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
  static constexpr std::size_t kRuleBytesMax = IgnorePattern::kBytesMax;
  // No more problems than this are told apart.
  static constexpr std::size_t kProblemsMax = 20;

  // `name` is for messages and decisions, usually the file's path. limit_reached if there are too many bytes.
  static Result<std::shared_ptr<const IgnoreFile>> parse(std::string name, std::string bytes,
                                                         IgnoreOptions options = {});

  // The error of parse(), for a caller who knows the size without reading.
  static Error too_large(std::string_view name, std::uint64_t bytes);

  const std::string& name() const { return name_; }
  const std::string& bytes() const { return bytes_; }

  // Without those that can never match.
  std::span<const IgnoreRule> rules() const { return rules_; }

  // Sentences about lines that are not in force: too long, or never matching as they are written. For a person.
  const std::vector<std::string>& problems() const { return problems_; }

  // The numbers of the rules that have a path with wildcards, rising: those a caller can narrow down by directory
  // (IgnorePattern::can_match_in) and give to last_match().
  const std::vector<std::uint32_t>& path_wildcards() const { return path_wildcards_; }

  // Some rule is about a path: `path` of an entry is needed.
  bool asks_for_path() const { return !path_wildcards_.empty() || !paths_.empty(); }

  // The last rule that matches, which is the one in force; null if none does. `path_wildcards` are those of the rules
  // above that can match in the entry's directory.
  const IgnoreRule* last_match(const IgnoreEntry& entry, std::span<const std::uint32_t> path_wildcards) const;

 private:
  // Rules without wildcards, found by their text. A place is the number of a rule plus one, 0 is none.
  class Table {
   public:
    void add(std::string_view text, std::uint32_t place, bool directories_only);
    void finish(IgnoreOptions options);
    bool empty() const { return texts_.empty(); }
    std::uint32_t find(std::string_view text, bool is_directory) const;
    std::uint32_t find_suffix(std::string_view text, bool is_directory) const;

   private:
    struct Text {
      std::string_view bytes;
      std::uint32_t any = 0;
      std::uint32_t directory = 0;
    };
    int compare(std::string_view a, std::string_view b) const;

    std::vector<Text> texts_;  // by length, then by bytes; the last rule of each
    std::vector<std::size_t> lengths_;
    IgnoreOptions options_;
  };

  IgnoreFile(std::string name, std::string bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}
  void read(IgnoreOptions options);
  void read_line(std::string_view text, std::uint32_t line, IgnoreOptions options);
  void add_problem(std::uint32_t line, std::string_view text);
  void file_rule(std::uint32_t number);

  std::string name_;
  std::string bytes_;
  std::vector<IgnoreRule> rules_;
  Table names_;
  Table suffixes_;
  Table paths_;
  std::vector<std::uint32_t> name_wildcards_;
  std::vector<std::uint32_t> path_wildcards_;
  std::vector<std::string> problems_;
};

}  // namespace vigil::event
