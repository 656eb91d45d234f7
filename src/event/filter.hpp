// Which paths of a root are watched and which are reported. Pure.
#pragma once

#include <vigil/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::event {

// One glob. A pattern without "/" (but for a last one) is matched against the last name of the path, at any depth;
// with one it is matched against the whole path below the root, and a leading "/" says nothing more. "*" and "?" stop
// at "/", "**" as a whole component stands for any number of components, "[a-z]" and "[!a-z]" for one byte, "{a,b}" for either,
// "\" takes the next character literally. A "/" at the end restricts to directories. Immutable.
class Glob {
 public:
  // invalid_pattern names the pattern, the place and what is wrong there.
  static Result<Glob> parse(std::string_view pattern);

  bool matches(std::string_view path, bool is_directory) const;

  // Whether everything below directory `path` matches, as with "build/**" and path "build".
  bool matches_all_below(std::string_view path) const;
};

// The include and exclude globs of a root. Immutable.
class Filter {
 public:
  // Neither reports nor hides anything special: all is watched and reported.
  Filter();

  static Result<Filter> parse(const std::vector<std::string>& include, const std::vector<std::string>& exclude);

  // Nothing is excluded and everything included: the caller need not ask.
  bool passes_everything() const;

  // The entry is not to be known at all. Asked for each entry whose parent is not excluded.
  bool excludes(std::string_view path, bool is_directory) const;

  // Nothing below this directory, itself not excluded, can be reported: it need not be opened or watched.
  bool excludes_all_below(std::string_view path) const;

  // Events of the entry are reported. Directories that are not included are watched all the same.
  bool includes(std::string_view path, bool is_directory) const;
};

}  // namespace vigil::event
