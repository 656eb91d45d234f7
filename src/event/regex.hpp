// Regular expressions on paths, in time that is bounded. Pure.
#pragma once

#include <vigil/result.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::event {

// The part of the usual syntax that needs no going back, on bytes: docs/events.md, "Regular expressions". Matching
// takes at worst time in proportion to the size of the expression times that of the text, however both are made, and
// memory in proportion to the first.
//
// Immutable.
class Regex {
 public:
  static constexpr std::size_t kBytesMax = 1024;     // of an expression
  static constexpr std::size_t kStepsMax = 8192;     // that it may be made of, repetitions multiplied out
  static constexpr unsigned kRepetitionsMax = 1000;  // in "{n,m}"
  static constexpr unsigned kDepthMax = 64;          // of groups

  // invalid_pattern: a message that names the expression, the place and the cause.
  static Result<Regex> parse(std::string_view expression);

  // Whether it matches any part of the text.
  bool matches(std::string_view text) const;

 private:
  friend class RegexParser;

  struct Step {
    enum class What : std::uint8_t {
      set,           // one byte of sets_[one]
      jump,          // to `one`
      fork,          // to `one` and `other`
      begin,         // holds at the beginning of the text
      end,           // at its end
      word_edge,     // between a letter, digit or "_" and what is none
      no_word_edge,  // where that is not so
      match,
    };
    What what = What::match;
    std::uint32_t one = 0;
    std::uint32_t other = 0;
  };
  using Set = std::bitset<256>;
  class Threads;

  static bool is_word(std::string_view text, std::size_t at);
  bool holds(Step::What what, std::string_view text, std::size_t at) const;
  bool follow(Threads& threads, std::uint32_t step, std::string_view text, std::size_t at) const;

  std::vector<Step> steps_;  // the last is `match`
  std::vector<Set> sets_;
};

}  // namespace vigil::event
