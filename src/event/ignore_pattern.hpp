// One pattern of a file of ignore rules, with the meaning git gives it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace vigil::event {

// As git does it with core.ignoreCase, ignoring case means the letters of ASCII. It is not the same everywhere: within
// "[...]" and after "\" a capital letter then matches nothing, only ranges and [:upper:] take both.
struct IgnoreOptions {
  bool case_sensitive = true;
};

// The pattern of a rule: what is between its "!" and its last "/", see IgnoreRule. Without "/" it is matched against
// the name of an entry; with one, against its path below the directory the rule is for, and a leading "/" says nothing
// more. "*" and "?" stop at "/"; "[...]" is a set of bytes with ranges, "!" or "^" and classes such as [:alpha:]; "\"
// takes the next byte literally. "**" at the beginning (also after what has no wildcard: git takes "a**/b" so) or after
// a "/", and before a "/" or at the end, stands for any bytes, also for "/"; elsewhere it is "*".
//
// Matching takes at worst time in proportion to the length of the pattern times that of what it is matched against.
// Immutable; movable.
class IgnorePattern {
 public:
  // The caller sees to it that `text` is no longer.
  static constexpr std::size_t kBytesMax = 4096;

  enum class Shape : std::uint8_t {
    never,    // matches nothing: a set that is not closed or names an unknown class, "\" at the end, nothing at all
    literal,  // literal()
    suffix,   // anything, then literal(); only with name_only()
    general,  // literal(), then what the wildcards say
  };

  // `text` must outlive the pattern and hold no NUL.
  IgnorePattern(std::string_view text, IgnoreOptions options);
  ~IgnorePattern();
  IgnorePattern(IgnorePattern&& other) noexcept;
  IgnorePattern& operator=(IgnorePattern&& other) noexcept;

  Shape shape() const { return shape_; }
  std::string_view literal() const { return literal_; }

  // Matched against the last name of a path.
  bool name_only() const { return name_only_; }

  // `subject` is a name if name_only(), else a path below the rule's directory, without "/" at either end.
  bool matches(std::string_view subject) const;

  // Whether a path pattern can match an entry of the directory, or one deeper below it. `directory` is the path below
  // the rule's directory with a "/" at the end, empty for that directory itself, and `depth` the number of "/" in it.
  // False is certain, true is not.
  bool can_match_in(std::string_view directory, std::size_t depth) const;
  bool can_match_deeper(std::string_view directory, std::size_t depth) const;

 private:
  struct Program;

  bool agrees_with(std::string_view directory) const;

  std::string_view literal_;
  std::unique_ptr<const Program> program_;  // general: what follows the literal
  Shape shape_ = Shape::never;
  bool name_only_ = false;
  bool case_sensitive_ = true;
  bool any_depth_ = false;
  std::uint16_t depth_ = 0;  // the number of "/" in what it matches, unless any_depth_
};

// The byte as it is compared where case is ignored.
constexpr char fold_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Of equal length, and the same bytes.
bool equals(std::string_view a, std::string_view b, IgnoreOptions options);

}  // namespace vigil::event
