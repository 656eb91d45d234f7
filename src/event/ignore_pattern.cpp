#include "event/ignore_pattern.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cassert>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace vigil::event {

namespace {

using ByteSet = std::bitset<256>;

struct Token {
  enum class What : std::uint8_t {
    byte,      // one byte
    any_byte,  // one byte but "/"
    byte_set,  // one of a set
    run,       // any number of bytes but "/"
  };
  What what = What::byte;
  char byte = 0;
  std::uint16_t byte_set = 0;  // index into Program::byte_sets
};
using What = Token::What;

bool is_separator(const Token& token) { return token.what == What::byte && token.byte == '/'; }

// The tokens between one "**" and the next. What they match has a fixed number of "/": where it begins says where it
// ends. All pieces but the last are empty or end with a "/".
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t depth = 0;     // the number of "/" in what it matches
  bool after_slash = false;  // begins where the piece before ends or behind a later "/"; if not: with a "/" of its own

  bool empty() const { return begin == end; }
};

constexpr std::string_view kWildcards = "*?[\\";

constexpr bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(unsigned char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_alnum(unsigned char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_graph(unsigned char c) { return c > 0x20 && c < 0x7f; }
constexpr bool is_print(unsigned char c) { return c >= 0x20 && c < 0x7f; }
constexpr bool is_punct(unsigned char c) { return is_graph(c) && !is_alnum(c); }
constexpr bool is_cntrl(unsigned char c) { return c < 0x20 || c == 0x7f; }
constexpr bool is_blank(unsigned char c) { return c == ' ' || c == '\t'; }
// To git, vertical tab and form feed are no space.
constexpr bool is_space(unsigned char c) { return is_blank(c) || c == '\n' || c == '\r'; }
constexpr bool is_xdigit(unsigned char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

struct NamedClass {
  std::string_view name;
  bool (*holds)(unsigned char);
};

constexpr std::array<NamedClass, 12> kClasses = {{
    {"alnum", is_alnum},
    {"alpha", is_alpha},
    {"blank", is_blank},
    {"cntrl", is_cntrl},
    {"digit", is_digit},
    {"graph", is_graph},
    {"lower", is_lower},
    {"print", is_print},
    {"punct", is_punct},
    {"space", is_space},
    {"upper", is_upper},
    {"xdigit", is_xdigit},
}};

// Reads what stands between "[" and "]". The quirks are git's: whoever has a rule that works there has it here.
class SetParser {
 public:
  SetParser(std::string_view text, std::size_t place, bool case_sensitive)
      : text_(text), place_(place), case_sensitive_(case_sensitive) {}

  // Nothing if the set cannot be read, and so the pattern matches nothing.
  std::optional<ByteSet> parse() {
    const bool negated = peek(0) == '!' || peek(0) == '^';
    if (negated) ++place_;
    // A "]" at the beginning is a member.
    do {
      if (!parse_member()) return std::nullopt;
    } while (peek(0) != ']');
    ++place_;
    return negated ? ~set_ : set_;
  }

  // Behind the "]".
  std::size_t place() const { return place_; }

 private:
  // NUL, which no pattern holds, behind the end.
  char peek(std::size_t ahead) const { return place_ + ahead < text_.size() ? text_[place_ + ahead] : '\0'; }

  bool parse_member() {
    const char c = peek(0);
    if (c == '-' && range_begin_ != 0 && peek(1) != '\0' && peek(1) != ']') {
      ++place_;
      return parse_range_end();
    }
    if (c == '[' && peek(1) == ':') return parse_class();
    return parse_byte();
  }

  bool parse_byte() {
    if (peek(0) == '\\') ++place_;
    if (peek(0) == '\0') return false;
    range_begin_ = static_cast<unsigned char>(peek(0));
    set_.set(range_begin_);
    ++place_;
    return true;
  }

  bool parse_range_end() {
    const unsigned begin = std::exchange(range_begin_, static_cast<unsigned char>(0));
    if (peek(0) == '\\') ++place_;
    if (peek(0) == '\0') return false;
    const auto end = static_cast<unsigned char>(peek(0));
    ++place_;
    for (unsigned byte = begin; byte <= end; ++byte) {
      set_.set(byte);
      if (!case_sensitive_) set_.set(static_cast<unsigned char>(fold_case(static_cast<char>(byte))));
    }
    return true;
  }

  bool parse_class() {
    const std::size_t begin = place_ + 2;
    const std::size_t end = text_.find(']', begin);
    if (end == std::string_view::npos) return false;
    if (end == begin || text_[end - 1] != ':') return parse_byte();  // the "[" itself
    const std::string_view name = text_.substr(begin, end - 1 - begin);
    const auto* const named =
        std::find_if(kClasses.begin(), kClasses.end(), [&](const NamedClass& one) { return one.name == name; });
    if (named == kClasses.end()) return false;
    for (unsigned byte = 0; byte < set_.size(); ++byte) {
      const auto c = static_cast<unsigned char>(byte);
      if (named->holds(c) || (!case_sensitive_ && name == "upper" && is_lower(c))) set_.set(byte);
    }
    range_begin_ = 0;
    place_ = end + 1;
    return true;
  }

  std::string_view text_;
  std::size_t place_;
  bool case_sensitive_;
  ByteSet set_;
  unsigned char range_begin_ = 0;  // the member a "-" would make a range of
};

}  // namespace

struct IgnorePattern::Program {
  std::vector<Token> tokens;
  std::vector<ByteSet> byte_sets;
  std::vector<Piece> pieces;    // the first begins at the begin of the subject
  bool ends_open = false;       // a "**" is at the end: whatever follows the last piece
  std::size_t bytes_min = 0;    // what it matches is no shorter
  bool ends_with_byte = false;  // its last byte is one the last token takes

  bool is_deep() const { return ends_open || pieces.size() > 1; }
  bool matches(std::string_view subject, bool case_sensitive) const;

  bool compile(std::string_view text, bool name_only, bool case_sensitive);

 private:
  void add(What what, char byte = 0) { tokens.push_back({what, byte}); }
  bool add_set(std::string_view text, std::size_t& place, bool name_only, bool case_sensitive);
  void add_stars(std::string_view text, std::size_t& place, bool name_only);
  void end_piece();

  std::size_t begin_of_last(std::string_view subject) const;
  std::size_t end_of_next(const Piece& piece, std::size_t begin, std::string_view subject, bool case_sensitive) const;
  bool matches_piece(const Piece& piece, std::string_view subject, bool case_sensitive) const;
  bool takes(const Token& token, char c) const;
};

bool IgnorePattern::Program::compile(std::string_view text, bool name_only, bool case_sensitive) {
  pieces.emplace_back();
  std::size_t place = 0;
  while (place < text.size()) {
    const char c = text[place];
    switch (c) {
      case '*': add_stars(text, place, name_only); continue;
      case '[':
        if (!add_set(text, place, name_only, case_sensitive)) return false;
        continue;
      case '?': add(What::any_byte); break;
      case '\\':
        if (++place == text.size()) return false;
        add(What::byte, text[place]);  // as it is, also where case is ignored
        break;
      default: add(What::byte, case_sensitive ? c : fold_case(c));
    }
    ++place;
  }
  end_piece();
  const auto is_byte = [](const Token& token) { return token.what != What::run; };
  bytes_min = static_cast<std::size_t>(std::count_if(tokens.begin(), tokens.end(), is_byte));
  ends_with_byte = !ends_open && !pieces.back().empty() && is_byte(tokens.back());
  return true;
}

void IgnorePattern::Program::end_piece() {
  Piece& piece = pieces.back();
  piece.end = tokens.size();
  const auto own = std::span(tokens).subspan(piece.begin);
  piece.depth = static_cast<std::size_t>(std::count_if(own.begin(), own.end(), is_separator));
}

bool IgnorePattern::Program::add_set(std::string_view text, std::size_t& place, bool name_only, bool case_sensitive) {
  SetParser parser(text, place + 1, case_sensitive);
  auto set = parser.parse();
  if (!set) return false;
  if (!name_only) set->reset('/');
  place = parser.place();
  tokens.push_back({What::byte_set, 0, static_cast<std::uint16_t>(byte_sets.size())});
  byte_sets.push_back(*set);
  return true;
}

void IgnorePattern::Program::add_stars(std::string_view text, std::size_t& place, bool name_only) {
  const std::size_t begin = place;
  place = std::min(text.find_first_not_of('*', begin), text.size());
  const std::string_view rest = text.substr(place);
  const bool is_whole =
      (begin == 0 || text[begin - 1] == '/') && (rest.empty() || rest.starts_with('/') || rest.starts_with("\\/"));
  if (name_only || place - begin == 1 || !is_whole) {
    add(What::run);
    return;
  }
  if (rest.empty()) {
    ends_open = true;
    return;
  }
  end_piece();
  Piece& following = pieces.emplace_back();
  following.begin = tokens.size();
  // With the "/" behind it, it may stand for nothing at all.
  following.after_slash = rest.starts_with('/');
  if (following.after_slash) ++place;
}

bool IgnorePattern::Program::takes(const Token& token, char c) const {
  switch (token.what) {
    case What::byte: return c == token.byte;
    case What::any_byte:
    case What::run: return c != '/';
    case What::byte_set: break;
  }
  return byte_sets[token.byte_set].test(static_cast<unsigned char>(c));
}

namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t slash_before(std::string_view text, std::size_t end) { return end == 0 ? kNone : text.rfind('/', end - 1); }

// Behind the `count`th "/" from `begin` on.
std::size_t behind_slashes(std::string_view text, std::size_t begin, std::size_t count) {
  for (; count > 0; --count) {
    const std::size_t slash = text.find('/', begin);
    if (slash == kNone) return kNone;
    begin = slash + 1;
  }
  return begin;
}

}  // namespace

// Each piece is looked for where the one before ends, and the first place is as good as any: what a later one leaves
// for the pieces that follow, this one leaves too. So no place is tried twice, which keeps hostile patterns cheap.
bool IgnorePattern::Program::matches(std::string_view subject, bool case_sensitive) const {
  if (subject.size() < bytes_min) return false;
  if (ends_with_byte) {
    const char last = case_sensitive ? subject.back() : fold_case(subject.back());
    if (!takes(tokens.back(), last)) return false;  // most often so
  }
  if (!is_deep()) return matches_piece(pieces.front(), subject, case_sensitive);
  auto rest = std::span(pieces);  // never empty: a last piece has others before it
  if (!ends_open) {
    const std::size_t begin = begin_of_last(subject);
    if (begin == kNone || !matches_piece(pieces.back(), subject.substr(begin), case_sensitive)) return false;
    subject = subject.substr(0, begin);
    rest = rest.first(rest.size() - 1);
  }
  std::size_t at = behind_slashes(subject, 0, rest.front().depth);
  if (at == kNone || !matches_piece(rest.front(), subject.substr(0, at), case_sensitive)) return false;
  for (const Piece& piece : rest.subspan(1)) {
    at = end_of_next(piece, at, subject, case_sensitive);
    if (at == kNone) return false;
  }
  return true;
}

// Counted from the end there is only one place for it.
std::size_t IgnorePattern::Program::begin_of_last(std::string_view subject) const {
  const Piece& last = pieces.back();
  std::size_t begin = subject.size();
  for (std::size_t depth = 0; depth < last.depth; ++depth) {
    begin = slash_before(subject, begin);
    if (begin == kNone) return kNone;
  }
  if (!last.after_slash) return begin;
  const std::size_t slash = slash_before(subject, begin);
  return slash == kNone ? 0 : slash + 1;
}

// Where the piece ends in the first place from `begin` on that it matches.
std::size_t IgnorePattern::Program::end_of_next(const Piece& piece, std::size_t begin, std::string_view subject,
                                                bool case_sensitive) const {
  if (!piece.after_slash) begin = subject.find('/', begin);
  std::size_t end = begin == kNone ? kNone : behind_slashes(subject, begin, piece.depth);
  while (end != kNone) {
    if (matches_piece(piece, subject.substr(begin, end - begin), case_sensitive)) return end;
    begin = piece.after_slash ? behind_slashes(subject, begin, 1) : subject.find('/', begin + 1);
    end = behind_slashes(subject, end, 1);
  }
  return kNone;
}

// Only the last run met need be tried again, and that up to the next "/": whatever an earlier one could take, the later
// one can take as well, or there is a "/" between them that both have to leave where it is.
bool IgnorePattern::Program::matches_piece(const Piece& piece, std::string_view subject, bool case_sensitive) const {
  std::size_t token = piece.begin;
  std::size_t at = 0;
  std::size_t retry_token = kNone;
  std::size_t retry_at = 0;
  while (true) {
    if (token < piece.end && tokens[token].what == What::run) {
      retry_token = ++token;
      retry_at = at;
      if (token == piece.end) return subject.find('/', at) == kNone;
      continue;
    }
    if (at == subject.size()) return token == piece.end;
    if (token < piece.end && takes(tokens[token], case_sensitive ? subject[at] : fold_case(subject[at]))) {
      ++token;
      ++at;
      continue;
    }
    if (retry_token == kNone || subject[retry_at] == '/') return false;
    token = retry_token;
    at = ++retry_at;
  }
}

IgnorePattern::~IgnorePattern() = default;
IgnorePattern::IgnorePattern(IgnorePattern&& other) noexcept = default;
IgnorePattern& IgnorePattern::operator=(IgnorePattern&& other) noexcept = default;

IgnorePattern::IgnorePattern(std::string_view text, IgnoreOptions options) : case_sensitive_(options.case_sensitive) {
  assert(text.size() <= kBytesMax);
  name_only_ = text.find('/') == std::string_view::npos;
  if (text.starts_with('/')) text.remove_prefix(1);
  if (text.empty()) return;
  const std::size_t literal_size = std::min(text.find_first_of(kWildcards), text.size());
  literal_ = text.substr(0, literal_size);
  if (literal_size == text.size()) {
    shape_ = Shape::literal;
    return;
  }
  if (name_only_ && text.front() == '*' && text.find_first_of(kWildcards, 1) == std::string_view::npos) {
    shape_ = Shape::suffix;
    literal_ = text.substr(1);
    return;
  }
  auto program = std::make_unique<Program>();
  if (!program->compile(text.substr(literal_size), name_only_, case_sensitive_)) return;
  depth_ = static_cast<std::uint16_t>(static_cast<std::size_t>(std::count(literal_.begin(), literal_.end(), '/')) +
                                      program->pieces.front().depth);
  any_depth_ = program->is_deep();
  program_ = std::move(program);
  shape_ = Shape::general;
}

bool IgnorePattern::matches(std::string_view subject) const {
  const IgnoreOptions options{case_sensitive_};
  const std::size_t size = literal_.size();
  switch (shape_) {
    case Shape::never: return false;
    case Shape::literal: return equals(subject, literal_, options);
    case Shape::suffix:
      return subject.size() >= size && equals(subject.substr(subject.size() - size), literal_, options);
    case Shape::general: break;
  }
  return subject.size() >= size && equals(subject.substr(0, size), literal_, options) &&
         program_->matches(subject.substr(size), case_sensitive_);
}

bool IgnorePattern::agrees_with(std::string_view directory) const {
  const std::size_t common = std::min(directory.size(), literal_.size());
  return equals(directory.substr(0, common), literal_.substr(0, common), {case_sensitive_});
}

bool IgnorePattern::can_match_in(std::string_view directory, std::size_t depth) const {
  if (!any_depth_) return depth_ == depth && agrees_with(directory);
  return agrees_with(directory) && literal_.find('/', directory.size()) == std::string_view::npos;
}

bool IgnorePattern::can_match_deeper(std::string_view directory, std::size_t depth) const {
  return (any_depth_ || depth_ > depth) && agrees_with(directory);
}

bool equals(std::string_view a, std::string_view b, IgnoreOptions options) {
  if (options.case_sensitive) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return fold_case(x) == fold_case(y); });
}

}  // namespace vigil::event
