#include "event/regex.hpp"

#include "event/ignore_pattern.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace vigil::event {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return fold_case(c) >= 'a' && fold_case(c) <= 'z'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char folded = fold_case(c);
  return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

template <typename Holds>
std::bitset<256> set_where(Holds holds) {
  std::bitset<256> set;
  for (int c = 0; c < 256; ++c) set[static_cast<std::size_t>(c)] = holds(static_cast<char>(c));
  return set;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_word_byte(char c) { return is_letter(c) || is_digit(c) || c == '_'; }
bool is_punct(char c) { return c > ' ' && c < 0x7f && !is_letter(c) && !is_digit(c); }

using Predicate = bool (*)(char);

constexpr std::array<std::pair<std::string_view, Predicate>, 12> kClasses{{
    {"alnum", [](char c) { return is_letter(c) || is_digit(c); }},
    {"alpha", [](char c) { return is_letter(c); }},
    {"blank", [](char c) { return c == ' ' || c == '\t'; }},
    {"cntrl", [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }},
    {"digit", [](char c) { return is_digit(c); }},
    {"graph", [](char c) { return c > ' ' && c < 0x7f; }},
    {"lower", [](char c) { return c >= 'a' && c <= 'z'; }},
    {"print", [](char c) { return c >= ' ' && c < 0x7f; }},
    {"punct", [](char c) { return is_punct(c); }},
    {"space", [](char c) { return is_space(c); }},
    {"upper", [](char c) { return c >= 'A' && c <= 'Z'; }},
    {"xdigit", [](char c) { return hex_digit(c) >= 0; }},
}};

// "\d", "\W" and so on.
std::optional<std::bitset<256>> class_of_escape(char c) {
  switch (c) {
    case 'd': return set_where(is_digit);
    case 'D': return ~set_where(is_digit);
    case 'w': return set_where(is_word_byte);
    case 'W': return ~set_where(is_word_byte);
    case 's': return set_where(is_space);
    case 'S': return ~set_where(is_space);
    default: return std::nullopt;
  }
}

}  // namespace

// Recursive descent; a piece is the steps for a part of the expression, whose jumps count from its own beginning.
class RegexParser {
 public:
  explicit RegexParser(std::string_view expression) : expression_(expression) {}

  Result<Regex> parse() {
    if (expression_.size() > Regex::kBytesMax) {
      return refuse(0, "it is longer than " + std::to_string(Regex::kBytesMax) + " bytes");
    }
    if (const std::size_t nul = expression_.find('\0'); nul != std::string_view::npos) return refuse(nul, "a NUL byte");
    ignores_case_ = take("(?i)");
    std::optional<Piece> piece = alternatives(0);
    if (piece && at_ < expression_.size()) fail(at_, "')' without '('");
    if (!error_.empty()) return refuse(error_at_, error_);
    regex_.steps_ = std::move(*piece);
    regex_.steps_.push_back({What::match, 0, 0});
    return std::move(regex_);
  }

 private:
  using Step = Regex::Step;
  using What = Regex::Step::What;
  using Set = Regex::Set;
  using Piece = std::vector<Step>;

  Error refuse(std::size_t at, const std::string& why) const {
    return {ErrorCode::invalid_pattern, "the regular expression '" + std::string(expression_) +
                                            "' cannot be read at byte " + std::to_string(at + 1) + ": " + why};
  }

  std::nullopt_t fail(std::size_t at, std::string why) {
    if (error_.empty()) {
      error_ = std::move(why);
      error_at_ = at;
    }
    return std::nullopt;
  }

  bool at_end() const { return at_ == expression_.size(); }
  char next() const { return expression_[at_]; }

  bool take(std::string_view text) {
    if (!expression_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  // Where case is ignored.
  Set in_both_cases(Set set) const {
    for (char c = 'a'; ignores_case_ && c <= 'z'; ++c) {
      const std::size_t upper = index_of(static_cast<char>(c - 'a' + 'A'));
      if (set[index_of(c)] || set[upper]) set.set(index_of(c)).set(upper);
    }
    return set;
  }

  std::uint32_t add_set(const Set& as_written) {
    const Set set = in_both_cases(as_written);
    const auto known = std::find(regex_.sets_.begin(), regex_.sets_.end(), set);
    if (known == regex_.sets_.end()) {
      regex_.sets_.push_back(set);
      return static_cast<std::uint32_t>(regex_.sets_.size() - 1);
    }
    return static_cast<std::uint32_t>(known - regex_.sets_.begin());
  }

  Piece one_of(const Set& set) { return {{What::set, add_set(set), 0}}; }

  Piece one(char c) {
    Set set;
    set.set(index_of(c));
    return one_of(set);
  }

  static void append(Piece& to, const Piece& piece) {
    const auto offset = static_cast<std::uint32_t>(to.size());
    for (Step step : piece) {
      if (step.what == What::jump || step.what == What::fork) step.one += offset;
      if (step.what == What::fork) step.other += offset;
      to.push_back(step);
    }
  }

  static std::uint32_t size_of(const Piece& piece) { return static_cast<std::uint32_t>(piece.size()); }

  std::optional<Piece> alternatives(unsigned depth) {
    if (depth > Regex::kDepthMax) {
      return fail(at_, "groups are nested deeper than " + std::to_string(Regex::kDepthMax));
    }
    std::optional<Piece> all = sequence(depth);
    while (all && take("|")) {
      const std::optional<Piece> more = sequence(depth);
      if (!more) return std::nullopt;
      // fork to both; the first jumps over the second.
      Piece either{{What::fork, 1, size_of(*all) + 2}};
      append(either, *all);
      either.push_back({What::jump, size_of(*all) + 2 + size_of(*more), 0});
      append(either, *more);
      all = std::move(either);
      if (!fits(*all)) return std::nullopt;
    }
    return all;
  }

  bool fits(const Piece& piece) {
    if (piece.size() <= Regex::kStepsMax) return true;
    fail(at_, "its repetitions make it too large");
    return false;
  }

  std::optional<Piece> sequence(unsigned depth) {
    Piece all;
    while (!at_end() && next() != '|' && next() != ')') {
      const std::size_t begin = at_;
      std::optional<Piece> piece = atom(depth);
      if (piece) piece = repeated(std::move(*piece), begin);
      if (!piece) return std::nullopt;
      append(all, *piece);
      if (!fits(all)) return std::nullopt;
    }
    return all;
  }

  // "*", "+", "?", "{n}", "{n,}", "{n,m}"; a "?" behind it has no meaning where nothing but a match is asked for.
  std::optional<Piece> repeated(Piece piece, std::size_t begin) {
    bool is_repeated = false;
    while (!at_end()) {
      unsigned least = 0;
      std::optional<unsigned> most;
      const std::size_t at = at_;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (next() == '{') {
        if (!bounds(least, most)) return std::nullopt;
      } else {
        break;
      }
      if (std::exchange(is_repeated, true)) return fail(at, "it repeats a repetition");
      const bool is_edge = piece.size() == 1 && piece.front().what != What::set;
      if (is_edge && expression_[begin] != '(') return fail(at, "there is nothing that it could repeat");
      (void)take("?");
      piece = repeat(piece, least, most);
      if (!fits(piece)) return std::nullopt;
    }
    return piece;
  }

  bool bounds(unsigned& least, std::optional<unsigned>& most) {
    const std::size_t begin = at_++;
    const std::optional<unsigned> first = number();
    if (!first) {
      fail(begin, "'{' is followed by no number; '\\{' is the character");
      return false;
    }
    least = *first;
    most = first;
    if (take(",")) most = number();
    if (!take("}")) {
      fail(begin, "'{' without '}'");
      return false;
    }
    if (least > Regex::kRepetitionsMax || most.value_or(0) > Regex::kRepetitionsMax) {
      fail(begin, "it repeats more than " + std::to_string(Regex::kRepetitionsMax) + " times");
      return false;
    }
    if (most && *most < least) {
      fail(begin, "the second number is less than the first");
      return false;
    }
    return true;
  }

  std::optional<unsigned> number() {
    std::optional<unsigned> value;
    while (!at_end() && is_digit(next())) {
      value = std::min(value.value_or(0) * 10 + static_cast<unsigned>(next() - '0'), Regex::kRepetitionsMax + 1);
      ++at_;
    }
    return value;
  }

  // Gives more than fits where it would, but not much more.
  static Piece repeat(const Piece& piece, unsigned least, std::optional<unsigned> most) {
    Piece all;
    const auto is_full = [&] { return all.size() > Regex::kStepsMax; };
    for (unsigned count = 0; count < least && !is_full(); ++count) append(all, piece);
    if (!most) {
      // fork over it; it jumps back to the fork.
      const std::uint32_t fork = size_of(all);
      all.push_back({What::fork, fork + 1, fork + size_of(piece) + 2});
      append(all, piece);
      all.push_back({What::jump, fork, 0});
      return all;
    }
    for (unsigned count = least; count < *most && !is_full(); ++count) {
      const std::uint32_t fork = size_of(all);
      all.push_back({What::fork, fork + 1, fork + size_of(piece) + 1});
      append(all, piece);
    }
    return all;
  }

  std::optional<Piece> atom(unsigned depth) {
    const std::size_t begin = at_;
    const char c = expression_[at_++];
    switch (c) {
      case '.': return one_of(Set().set());
      case '^': return Piece{{What::begin, 0, 0}};
      case '$': return Piece{{What::end, 0, 0}};
      case '(': return group(begin, depth);
      case '[': return set(begin);
      case '\\': return escape(begin);
      case '*':
      case '+':
      case '?': return fail(begin, "there is nothing that it could repeat");
      case '{': return fail(begin, "there is nothing that it could repeat; '\\{' is the character");
      default: return one(c);
    }
  }

  std::optional<Piece> group(std::size_t begin, unsigned depth) {
    if (!at_end() && next() == '?' && !take("?:")) {
      return fail(begin, "of groups with '?' only '(?:' is known, and '(?i)' at the beginning of all");
    }
    std::optional<Piece> inside = alternatives(depth + 1);
    if (inside && !take(")")) return fail(begin, "'(' without ')'");
    return inside;
  }

  std::optional<Piece> escape(std::size_t begin) {
    if (at_end()) return fail(begin, "'\\' at the end");
    if (take("b")) return Piece{{What::word_edge, 0, 0}};
    if (take("B")) return Piece{{What::no_word_edge, 0, 0}};
    if (const std::optional<Set> known = class_of_escape(next())) {
      ++at_;
      return one_of(*known);
    }
    const std::optional<char> c = escaped_byte(begin);
    if (!c) return std::nullopt;
    return one(*c);
  }

  // Behind a "\\".
  std::optional<char> escaped_byte(std::size_t begin) {
    const char c = expression_[at_++];
    constexpr std::array<std::pair<char, char>, 5> kKnown{
        {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'f', '\f'}, {'v', '\v'}}};
    for (const auto& [written, meant] : kKnown) {
      if (c == written) return meant;
    }
    if (c == 'x') {
      const int high = at_ < expression_.size() ? hex_digit(expression_[at_]) : -1;
      const int low = at_ + 1 < expression_.size() ? hex_digit(expression_[at_ + 1]) : -1;
      if (high < 0 || low < 0) return fail(begin, "'\\x' takes two hexadecimal digits");
      at_ += 2;
      return static_cast<char>(high * 16 + low);
    }
    if (is_digit(c)) return fail(begin, "what a group matched cannot be referred to");
    if (is_letter(c)) return fail(begin, std::string("'\\") + c + "' is not known");
    return c;
  }

  std::optional<Piece> set(std::size_t begin) {
    Set set;
    const bool negated = take("^");
    for (bool is_first = true;; is_first = false) {
      if (at_end()) return fail(begin, "'[' without ']'");
      if (!is_first && take("]")) break;
      if (!set_item(begin, set)) return std::nullopt;
    }
    return one_of(negated ? ~in_both_cases(set) : set);
  }

  // A byte, a range or a class.
  bool set_item(std::size_t begin, Set& set) {
    if (take("[:")) return named_class(begin, set);
    if (next() == '\\' && at_ + 1 < expression_.size()) {
      if (const std::optional<Set> known = class_of_escape(expression_[at_ + 1])) {
        at_ += 2;
        set |= *known;
        return true;
      }
    }
    const std::size_t first_at = at_;
    const std::optional<char> first = set_byte(begin);
    if (!first) return false;
    const bool is_range = at_ + 1 < expression_.size() && next() == '-' && expression_[at_ + 1] != ']';
    if (!is_range) {
      set.set(index_of(*first));
      return true;
    }
    ++at_;
    const std::optional<char> last = set_byte(begin);
    if (!last) return false;
    if (index_of(*last) < index_of(*first)) {
      fail(first_at, "the range ends before it begins");
      return false;
    }
    for (std::size_t c = index_of(*first); c <= index_of(*last); ++c) set.set(c);
    return true;
  }

  std::optional<char> set_byte(std::size_t begin) {
    if (at_end()) return fail(begin, "'[' without ']'");
    const std::size_t at = at_;
    const char c = expression_[at_++];
    if (!is_ascii(c)) return fail(at, "letters beyond ASCII are several bytes: instead of '[...]' write '(x|y)'");
    if (c != '\\') return c;
    if (at_end()) return fail(at, "'\\' at the end");
    return escaped_byte(at);
  }

  bool named_class(std::size_t begin, Set& set) {
    const std::size_t end = expression_.find(":]", at_);
    if (end == std::string_view::npos) {
      fail(begin, "'[:' without ':]'");
      return false;
    }
    const std::string_view name = expression_.substr(at_, end - at_);
    for (const auto& [known, holds] : kClasses) {
      if (known != name) continue;
      set |= set_where(holds);
      at_ = end + 2;
      return true;
    }
    fail(at_, "there is no class '" + std::string(name) + "'");
    return false;
  }

  const std::string_view expression_;
  std::size_t at_ = 0;
  bool ignores_case_ = false;
  Regex regex_;
  std::string error_;
  std::size_t error_at_ = 0;
};

Result<Regex> Regex::parse(std::string_view expression) { return RegexParser(expression).parse(); }

// Steps at which the expression may be, each once.
class Regex::Threads {
 public:
  explicit Threads(std::size_t steps) : places_(steps), steps_(steps) {}

  bool add(std::uint32_t step) {
    if (places_[step] < size_ && steps_[places_[step]] == step) return false;
    places_[step] = size_;
    steps_[size_++] = step;
    return true;
  }

  void clear() { size_ = 0; }
  std::uint32_t size() const { return size_; }
  std::uint32_t operator[](std::uint32_t place) const { return steps_[place]; }

 private:
  std::vector<std::uint32_t> places_;
  std::vector<std::uint32_t> steps_;
  std::uint32_t size_ = 0;
};

bool Regex::is_word(std::string_view text, std::size_t at) { return at < text.size() && is_word_byte(text[at]); }

bool Regex::holds(Step::What what, std::string_view text, std::size_t at) const {
  if (what == Step::What::begin) return at == 0;
  if (what == Step::What::end) return at == text.size();
  const bool is_edge = (at > 0 && is_word(text, at - 1)) != is_word(text, at);
  return is_edge == (what == Step::What::word_edge);
}

// Adds the step and all that it leads to without a byte. True: it has matched. What is added is its own list of what is
// still to be followed, so that nothing recurses.
bool Regex::follow(Threads& threads, std::uint32_t step, std::string_view text, std::size_t at) const {
  std::uint32_t next = threads.size();
  if (!threads.add(step)) return false;
  for (; next < threads.size(); ++next) {
    const std::uint32_t here = threads[next];
    const Step& current = steps_[here];
    switch (current.what) {
      case Step::What::match: return true;
      case Step::What::set: break;
      case Step::What::jump: threads.add(current.one); break;
      case Step::What::fork:
        threads.add(current.one);
        threads.add(current.other);
        break;
      default:
        if (holds(current.what, text, at)) threads.add(here + 1);
        break;
    }
  }
  return false;
}

bool Regex::matches(std::string_view text) const {
  Threads now(steps_.size());
  Threads later(steps_.size());
  for (std::size_t at = 0;; ++at) {
    if (follow(now, 0, text, at)) return true;
    if (at == text.size()) return false;
    for (std::uint32_t each = 0; each < now.size(); ++each) {
      const Step& step = steps_[now[each]];
      if (step.what != Step::What::set || !sets_[step.one][index_of(text[at])]) continue;
      if (follow(later, now[each] + 1, text, at + 1)) return true;
    }
    std::swap(now, later);
    later.clear();
  }
}

}  // namespace vigil::event
