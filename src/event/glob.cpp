#include "event/glob.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace vigil::event {

namespace {

using ByteSet = std::bitset<256>;

struct Token {
  enum class What : std::uint8_t { byte, any_byte, any_run, byte_set, separator };
  What what = What::byte;
  char byte = 0;
  std::uint16_t byte_set = 0;  // index into Program::byte_sets
  std::uint16_t place = 0;     // in the pattern, for messages
};
using What = Token::What;
using Tokens = std::vector<Token>;

// What one component of a path, or with any_depth any number of them, is matched against.
struct Component {
  enum class Shape : std::uint8_t {
    literal,    // `head`
    run,        // `head`, anything, `tail`: "*", "a*", "*.o", "a*.o"
    general,    // as `tokens` say
    any_depth,  // "**"
  };
  Shape shape = Shape::literal;
  std::string head;
  std::string tail;
  Tokens tokens;
};
using Shape = Component::Shape;

// A pattern without braces.
struct Alternative {
  bool name_only = false;  // one component, for the last name of a path
  bool directories_only = false;
  std::vector<Component> components;
};

constexpr std::size_t kQuotedBytesMax = 80;

// The pattern as a message may show it: on one line, whatever bytes it holds.
std::string quote(std::string_view pattern) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : pattern.substr(0, kQuotedBytesMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      quoted += c;
    } else {
      quoted += "\\x";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 0xf];
    }
  }
  quoted += pattern.size() > kQuotedBytesMax ? "...\"" : "\"";
  return quoted;
}

// The patterns without braces that a pattern stands for.
struct Expansion {
  std::vector<Tokens> alternatives;

  std::size_t bytes() const {
    std::size_t bytes = alternatives.size();
    for (const Tokens& alternative : alternatives) bytes += alternative.size();
    return bytes;
  }

  std::size_t product_bytes(const Expansion& other) const {
    return bytes() * other.alternatives.size() + other.bytes() * alternatives.size() -
           alternatives.size() * other.alternatives.size();
  }

  void append(const Token& token) {
    for (Tokens& alternative : alternatives) alternative.push_back(token);
  }

  void multiply(const Expansion& other) {
    std::vector<Tokens> product;
    product.reserve(alternatives.size() * other.alternatives.size());
    for (const Tokens& first : alternatives) {
      for (const Tokens& second : other.alternatives) {
        Tokens& both = product.emplace_back(first);
        both.insert(both.end(), second.begin(), second.end());
      }
    }
    alternatives = std::move(product);
  }
};

// Reads one pattern. The functions return false once error_ is set.
class Parser {
 public:
  Parser(std::string_view pattern, std::vector<ByteSet>& byte_sets) : pattern_(pattern), byte_sets_(byte_sets) {}

  std::optional<std::vector<Alternative>> parse() {
    if (pattern_.empty()) return fail_as_whole("is empty");
    if (pattern_.size() > Glob::kPatternBytesMax) {
      return fail_as_whole("is longer than " + std::to_string(Glob::kPatternBytesMax) + " bytes");
    }
    if (pattern_.front() == '!') {
      fail(0, "a leading '!' does not negate; for a name that begins with it write '\\!'");
      return std::nullopt;
    }
    Expansion expansion;
    if (!parse_sequence(0, expansion)) return std::nullopt;
    std::vector<Alternative> alternatives;
    for (const Tokens& tokens : expansion.alternatives) {
      if (!compile(tokens, alternatives.emplace_back())) return std::nullopt;
    }
    return alternatives;
  }

  Error take_error() { return std::move(*error_); }

 private:
  bool at_end() const { return place_ == pattern_.size(); }

  bool fail(std::size_t place, const std::string& cause) {
    error_.emplace(ErrorCode::invalid_pattern,
                   "pattern " + quote(pattern_) + ", at byte " + std::to_string(place + 1) + ": " + cause);
    return false;
  }

  std::nullopt_t fail_as_whole(const std::string& cause) {
    error_.emplace(ErrorCode::invalid_pattern, "pattern " + quote(pattern_) + " " + cause);
    return std::nullopt;
  }

  // Up to the end, or within braces to the "," or "}" that ends an alternative.
  bool parse_sequence(std::size_t depth, Expansion& out) {
    out.alternatives.emplace_back();
    while (!at_end()) {
      const char c = pattern_[place_];
      if (depth > 0 && (c == ',' || c == '}')) return true;
      const std::size_t begin = place_;
      if (c == '{') {
        if (!parse_braces(depth + 1, out)) return false;
      } else {
        Token token;
        if (!parse_token(token)) return false;
        out.append(token);
      }
      if (out.bytes() > Glob::kExpandedBytesMax) return fail_expansion(begin);
    }
    return true;
  }

  bool fail_expansion(std::size_t place) {
    return fail(place,
                "the braces stand for more than " + std::to_string(Glob::kExpandedBytesMax) + " bytes of patterns");
  }

  bool parse_braces(std::size_t depth, Expansion& out) {
    const std::size_t begin = place_;
    if (depth > Glob::kBraceDepthMax) {
      return fail(begin, "braces nest more than " + std::to_string(Glob::kBraceDepthMax) + " deep");
    }
    Expansion choice;
    do {
      ++place_;  // the "{" or ","
      Expansion alternative;
      if (!parse_sequence(depth, alternative)) return false;
      std::move(alternative.alternatives.begin(), alternative.alternatives.end(),
                std::back_inserter(choice.alternatives));
    } while (!at_end() && pattern_[place_] == ',');
    if (at_end()) return fail(begin, "'{' is not closed");
    ++place_;
    // Asked first: what they would multiply to may not fit into memory.
    if (out.product_bytes(choice) > Glob::kExpandedBytesMax) return fail_expansion(begin);
    out.multiply(choice);
    return true;
  }

  bool parse_token(Token& token) {
    token.place = static_cast<std::uint16_t>(place_);
    const char c = pattern_[place_++];
    token.byte = c;
    switch (c) {
      case '/': token.what = What::separator; return true;
      case '?': token.what = What::any_byte; return true;
      case '*': token.what = What::any_run; return true;
      case '[': token.what = What::byte_set; return parse_byte_set(token);
      case '}': return fail(token.place, "'}' without '{'; for the character itself write '\\}'");
      case '\\':
        if (at_end()) return fail(token.place, "'\\' with nothing after it");
        if (pattern_[place_] == '/') return fail(token.place, "'\\' before '/': a name cannot hold '/'");
        token.byte = pattern_[place_++];
        return true;
      default: return true;
    }
  }

  bool parse_byte_set(Token& token) {
    bool negated = false;
    if (!at_end() && (pattern_[place_] == '!' || pattern_[place_] == '^')) {
      negated = true;
      ++place_;
    }
    ByteSet set;
    const std::size_t first_member = place_;
    while (true) {
      if (at_end()) return fail(token.place, "'[' is not closed");
      if (pattern_[place_] == ']' && place_ != first_member) break;
      if (!parse_members(token.place, set)) return false;
    }
    ++place_;
    if (negated) set.flip();
    token.byte_set = static_cast<std::uint16_t>(byte_sets_.size());
    byte_sets_.push_back(set);
    return true;
  }

  // One member of a set, or a range.
  bool parse_members(std::size_t set_place, ByteSet& set) {
    const std::size_t begin = place_;
    if (pattern_.substr(place_, 2) == "[:") return fail(begin, "named sets such as [:alpha:] are not known");
    unsigned char first = 0;
    if (!parse_member(set_place, first)) return false;
    unsigned char last = first;
    // A "-" before the "]" stands for itself.
    if (pattern_.size() - place_ >= 2 && pattern_[place_] == '-' && pattern_[place_ + 1] != ']') {
      ++place_;
      if (!parse_member(set_place, last)) return false;
      if (last < first) return fail(begin, "the range ends before it begins");
    }
    for (unsigned byte = first; byte <= last; ++byte) set.set(byte);
    return true;
  }

  bool parse_member(std::size_t set_place, unsigned char& member) {
    if (pattern_[place_] == '/') return fail(place_, "'/' in '[...]': a name cannot hold '/'");
    if (pattern_[place_] == '\\') ++place_;
    if (at_end()) return fail(set_place, "'[' is not closed");
    if (pattern_[place_] == '/') return fail(place_, "'/' in '[...]': a name cannot hold '/'");
    member = static_cast<unsigned char>(pattern_[place_++]);
    return true;
  }

  bool compile(std::span<const Token> tokens, Alternative& alternative) {
    const auto is_separator = [](const Token& token) { return token.what == What::separator; };
    bool anchored = false;
    if (!tokens.empty() && is_separator(tokens.front())) {
      anchored = true;
      tokens = tokens.subspan(1);
    }
    if (!tokens.empty() && is_separator(tokens.back())) {
      alternative.directories_only = true;
      tokens = tokens.first(tokens.size() - 1);
    }
    if (tokens.empty()) return fail(0, "it stands for no name");
    while (true) {
      const auto end = std::find_if(tokens.begin(), tokens.end(), is_separator);
      if (end == tokens.begin()) return fail(tokens.front().place, "no name before '/'");
      if (!compile_component({tokens.begin(), end}, alternative.components)) return false;
      if (end == tokens.end()) break;
      if (end + 1 == tokens.end()) return fail(end->place, "no name after '/'");
      anchored = true;
      tokens = {end + 1, tokens.end()};
    }
    finish(alternative, anchored);
    return true;
  }

  bool compile_component(std::span<const Token> tokens, std::vector<Component>& components) {
    const auto is_run = [](const Token& token) { return token.what == What::any_run; };
    const auto is_plain = [](const Token& token) { return token.what == What::byte || token.what == What::any_run; };
    if (tokens.size() == 2 && std::all_of(tokens.begin(), tokens.end(), is_run)) {
      components.emplace_back().shape = Shape::any_depth;
      return true;
    }
    Component& component = components.emplace_back();
    const auto runs = std::count_if(tokens.begin(), tokens.end(), is_run);
    if (runs > 1 || !std::all_of(tokens.begin(), tokens.end(), is_plain)) {
      component.shape = Shape::general;
      component.tokens.assign(tokens.begin(), tokens.end());
      return true;
    }
    component.shape = runs == 1 ? Shape::run : Shape::literal;
    std::string* text = &component.head;
    for (const Token& token : tokens) {
      if (is_run(token)) {
        text = &component.tail;
      } else {
        *text += token.byte;
      }
    }
    if (runs == 0 && (component.head == "." || component.head == "..")) {
      return fail(tokens.front().place, "'" + component.head + "' is no name; patterns begin at the root");
    }
    return true;
  }

  static void finish(Alternative& alternative, bool anchored) {
    std::vector<Component>& components = alternative.components;
    // At the end "**" stands for at least one component, as "**/*" does.
    if (components.back().shape == Shape::any_depth) components.emplace_back().shape = Shape::run;
    // "**/name" is found faster by its name.
    if (components.size() == 2 && components.front().shape == Shape::any_depth) {
      components.erase(components.begin());
      anchored = false;
    }
    alternative.name_only = !anchored;
  }

  std::string_view pattern_;
  std::vector<ByteSet>& byte_sets_;
  std::size_t place_ = 0;
  std::optional<Error> error_;
};

bool is_any_name(const Component& component) {
  return component.shape == Shape::run && component.head.empty() && component.tail.empty();
}

std::string_view first_name(std::string_view path) { return path.substr(0, path.find('/')); }

std::string_view without_first_name(std::string_view path) {
  const std::size_t end = path.find('/');
  return end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
}

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool matches_byte(const Token& token, char byte, std::span<const ByteSet> byte_sets) {
  switch (token.what) {
    case What::byte: return byte == token.byte;
    case What::any_byte: return true;
    case What::byte_set: return byte_sets[token.byte_set].test(static_cast<unsigned char>(byte));
    case What::any_run:
    case What::separator: break;
  }
  return false;
}

// Only the last "*" met need be tried again: whatever an earlier one could take, the later one can take as well. The
// same holds for "**" in matches_path().
bool matches_tokens(const Tokens& tokens, std::string_view name, std::span<const ByteSet> byte_sets) {
  std::size_t token = 0;
  std::size_t at = 0;
  std::optional<std::pair<std::size_t, std::size_t>> retry;
  while (true) {
    if (token < tokens.size() && tokens[token].what == What::any_run) {
      retry.emplace(++token, at);
      continue;
    }
    if (at == name.size()) return token == tokens.size();
    if (token < tokens.size() && matches_byte(tokens[token], name[at], byte_sets)) {
      ++token;
      ++at;
      continue;
    }
    if (!retry) return false;
    token = retry->first;
    at = ++retry->second;
  }
}

bool matches_name(const Component& component, std::string_view name, std::span<const ByteSet> byte_sets) {
  switch (component.shape) {
    case Shape::literal: return name == component.head;
    case Shape::run:
      return name.size() >= component.head.size() + component.tail.size() && name.ends_with(component.tail) &&
             name.starts_with(component.head);
    case Shape::general: return matches_tokens(component.tokens, name, byte_sets);
    case Shape::any_depth: break;
  }
  return false;
}

bool matches_path(std::span<const Component> components, std::string_view path, std::span<const ByteSet> byte_sets) {
  std::size_t component = 0;
  std::optional<std::pair<std::size_t, std::string_view>> retry;
  while (true) {
    if (component < components.size() && components[component].shape == Shape::any_depth) {
      retry.emplace(++component, path);
      continue;
    }
    if (path.empty()) return component == components.size();
    if (component < components.size() && matches_name(components[component], first_name(path), byte_sets)) {
      ++component;
      path = without_first_name(path);
      continue;
    }
    if (!retry) return false;
    component = retry->first;
    path = retry->second = without_first_name(retry->second);
  }
}

}  // namespace

struct Glob::Program {
  std::vector<Alternative> alternatives;
  std::vector<ByteSet> byte_sets;
};

Glob::Glob(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

Result<Glob> Glob::parse(std::string_view pattern) {
  auto program = std::make_shared<Program>();
  Parser parser(pattern, program->byte_sets);
  auto alternatives = parser.parse();
  if (!alternatives) return parser.take_error();
  program->alternatives = std::move(*alternatives);
  return Glob(std::move(program));
}

bool Glob::matches(std::string_view path, bool is_directory) const {
  if (path.empty()) return false;
  const auto matches_it = [&](const Alternative& alternative) {
    if (alternative.directories_only && !is_directory) return false;
    const std::vector<Component>& components = alternative.components;
    if (alternative.name_only) return matches_name(components.front(), last_name(path), program_->byte_sets);
    return matches_path(components, path, program_->byte_sets);
  };
  return std::any_of(program_->alternatives.begin(), program_->alternatives.end(), matches_it);
}

bool Glob::matches_all_below(std::string_view path) const {
  const auto matches_all = [&](const Alternative& alternative) {
    const std::vector<Component>& components = alternative.components;
    if (alternative.directories_only || !is_any_name(components.back())) return false;
    if (alternative.name_only) return true;
    // "a/**", kept as "a/**/*": everything below whatever "a/**" with no component at the end stands for.
    const auto without_last = std::span(components).first(components.size() - 1);
    if (without_last.empty() || without_last.back().shape != Shape::any_depth) return false;
    return matches_path(without_last, path, program_->byte_sets);
  };
  return std::any_of(program_->alternatives.begin(), program_->alternatives.end(), matches_all);
}

}  // namespace vigil::event
