// One pattern on paths below a root. docs/events.md, "Filters", specifies the dialect. Pure.
#pragma once

#include <vigil/result.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace vigil::event {

// One glob, on bytes. A pattern without "/" (but for a last one) is matched against the last name of the path, at any
// depth; with one it is matched against the whole path below the root, and a leading "/" says nothing more. "*" and
// "?" stop at "/"; "**" as a whole component stands for any number of components, but for at least one at the end;
// "[a-z]" and "[!a-z]" stand for one byte, "{a,b}" for either, "\" takes the next character literally. A "/" at the
// end restricts to directories.
//
// Matching takes at worst time in proportion to the length of the pattern, its braces multiplied out, times that of
// the path. Immutable.
class Glob {
 public:
  // Longer patterns, deeper braces and braces that multiply to more are refused.
  static constexpr std::size_t kPatternBytesMax = 1024;
  static constexpr std::size_t kBraceDepthMax = 8;
  static constexpr std::size_t kExpandedBytesMax = 16384;

  // invalid_pattern names the pattern, the place and what is wrong there.
  static Result<Glob> parse(std::string_view pattern);

  // `path` is relative to the root, without "/" at either end. The root itself, whose path is empty, never matches.
  bool matches(std::string_view path, bool is_directory) const;

  // Whether everything below directory `path` matches, as with "build/**" and path "build".
  bool matches_all_below(std::string_view path) const;

 private:
  struct Program;
  explicit Glob(std::shared_ptr<const Program> program);

  std::shared_ptr<const Program> program_;
};

}  // namespace vigil::event
