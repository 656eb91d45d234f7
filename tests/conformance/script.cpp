#include "conformance/script.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <functional>
#include <utility>

namespace vigil::conformance {
namespace {

constexpr std::size_t kMany = 64;

struct Shape {
  std::string_view name;
  std::size_t least;
  std::size_t most;
};

// Every command and how many arguments it takes, options included.
constexpr std::array kShapes{
    Shape{"append", 1, 2},
    Shape{"bind", 2, 2},
    Shape{"burst", 3, 3},
    Shape{"chmod", 2, 2},
    Shape{"churn", 3, 3},
    Shape{"close", 1, 1},
    Shape{"continue-watcher", 0, 0},
    Shape{"cp", 2, 3},
    Shape{"deep", 3, 3},
    Shape{"eventually", 1, 1},
    Shape{"exchange", 2, 2},
    Shape{"final-tree", 0, kMany},
    Shape{"git", 2, kMany},
    Shape{"let", 2, 3},
    Shape{"limit", 2, 2},
    Shape{"ln", 2, 3},
    Shape{"mkdir", 1, 2},
    Shape{"mkfifo", 1, 1},
    Shape{"mksocket", 1, 1},
    Shape{"mount-tmpfs", 1, 1},
    Shape{"mv", 2, 2},
    Shape{"needs", 1, 1},
    Shape{"open", 2, 2},
    Shape{"options", 1, kMany},
    Shape{"probe", 1, 1},
    Shape{"put", 2, 2},
    Shape{"read", 1, 1},
    Shape{"repeat", 1, 1},
    Shape{"require", 1, kMany},
    Shape{"rm", 1, 2},
    Shape{"save", 2, 2},
    Shape{"seen", 1, 1},
    Shape{"setxattr", 3, 3},
    Shape{"stop-watcher", 0, 0},
    Shape{"sync", 0, 0},
    Shape{"threads", 1, 1},
    Shape{"tick", 0, 0},
    Shape{"touch", 1, 1},
    Shape{"tree", 3, 3},
    Shape{"truncate", 1, 2},
    Shape{"umount", 1, 1},
    Shape{"unprivileged", 0, 0},
    Shape{"unwatch", 1, 1},
    Shape{"utime", 2, 2},
    Shape{"watch", 1, kMany},
    Shape{"write", 1, 2},
};

struct Line {
  int number = 0;
  std::size_t indent = 0;
  std::vector<std::string> words;
};

Error wrong(int line, const std::string& what) {
  return Error(ErrorCode::invalid_argument, "line " + std::to_string(line) + ": " + what);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Splits one line into words. Only quoted words know escapes.
class Words {
 public:
  Words(std::string_view text, int line) : text_(text), line_(line) {}

  Result<std::vector<std::string>> split() {
    std::vector<std::string> words;
    for (;;) {
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
      if (at_ == text_.size() || text_[at_] == '#') return words;
      if (text_[at_] == '"') {
        auto word = quoted();
        if (!word) return std::move(word).error();
        words.push_back(*std::move(word));
      } else {
        const std::size_t begin = at_;
        while (at_ < text_.size() && !is_blank(text_[at_])) ++at_;
        words.emplace_back(text_.substr(begin, at_ - begin));
      }
    }
  }

 private:
  Result<std::string> quoted() {
    std::string word;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return word;
      }
      if (c != '\\') {
        word += c;
      } else if (!escape(word)) {
        return wrong(line_, "an escape is one of \\n \\t \\\" \\\\ \\xHH");
      }
    }
    return wrong(line_, "a quote is not closed");
  }

  bool escape(std::string& word) {
    if (++at_ == text_.size()) return false;
    switch (text_[at_]) {
      case 'n': word += '\n'; return true;
      case 't': word += '\t'; return true;
      case '"': word += '"'; return true;
      case '\\': word += '\\'; return true;
      case 'x': break;
      default: return false;
    }
    if (at_ + 2 >= text_.size()) return false;
    const int high = hex_digit(text_[at_ + 1]);
    const int low = hex_digit(text_[at_ + 2]);
    if (high < 0 || low < 0) return false;
    word += static_cast<char>(high * 16 + low);
    at_ += 2;
    return true;
  }

  std::string_view text_;
  int line_;
  std::size_t at_ = 0;
};

std::optional<Kind> kind_named(std::string_view name) {
  for (int i = 0; i < kKindCount; ++i) {
    if (to_string(static_cast<Kind>(i)) == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

std::optional<EntryType> type_named(std::string_view name) {
  for (const EntryType type : {EntryType::file, EntryType::directory, EntryType::symlink, EntryType::other}) {
    if (to_string(type) == name) return type;
  }
  return std::nullopt;
}

// "created|modified", "created,removed", or "any" for all.
Result<std::vector<Kind>> kinds_named(std::string_view text, char separator, int line) {
  std::vector<Kind> kinds;
  if (text == "any") return kinds;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const auto kind = kind_named(text.substr(0, end));
    if (!kind) return wrong(line, "there is no kind \"" + std::string(text.substr(0, end)) + "\"");
    kinds.push_back(*kind);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kinds;
}

class Parser {
 public:
  Parser(std::string name, std::string_view text) : text_(text) { script_.name = std::move(name); }

  Result<Script> parse() {
    read_about();
    if (auto read = read_lines(); !read) return std::move(read).error();
    auto commands = block(false);
    if (!commands) return std::move(commands).error();
    script_.commands = *std::move(commands);
    if (script_.about.empty()) return wrong(1, "a script begins with a comment that says what it is about");
    return std::move(script_);
  }

 private:
  void read_about() {
    std::string_view rest = text_;
    while (rest.substr(0, 1) == "#") {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view comment = rest.substr(1, end - 1);
      while (!comment.empty() && is_blank(comment.front())) comment.remove_prefix(1);
      if (!script_.about.empty() && !comment.empty()) script_.about += ' ';
      script_.about += comment;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  Status read_lines() {
    int number = 0;
    for (std::size_t begin = 0; begin < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      const std::string_view text = text_.substr(begin, end - begin);
      begin = end + 1;
      ++number;
      auto words = Words(text, number).split();
      if (!words) return std::move(words).error();
      if (words->empty()) continue;
      lines_.push_back({number,
                        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_blank) - text.begin()),
                        *std::move(words)});
    }
    return Done{};
  }

  Result<std::vector<Command>> block(bool nested) {
    std::vector<Command> commands;
    while (at_ < lines_.size()) {
      if (lines_[at_].words[0] == "end") {
        if (!nested) return wrong(lines_[at_].number, "there is nothing to end");
        ++at_;
        return commands;
      }
      auto parsed = command();
      if (!parsed) return std::move(parsed).error();
      commands.push_back(*std::move(parsed));
    }
    if (nested) return wrong(lines_.back().number, "a block is not ended");
    return commands;
  }

  Result<Command> command() {
    const Line& line = lines_[at_++];
    Command command;
    command.line = line.number;
    command.arguments = line.words;
    if (command.arguments[0] == "try") {
      command.may_fail = true;
      command.arguments.erase(command.arguments.begin());
      if (command.arguments.empty()) return wrong(line.number, "what is to be tried?");
    }
    command.name = command.arguments[0];
    command.arguments.erase(command.arguments.begin());
    if (command.name == "expect") return expect(std::move(command), line);

    const auto shape = std::find_if(kShapes.begin(), kShapes.end(),
                                    [&](const Shape& candidate) { return candidate.name == command.name; });
    if (shape == kShapes.end()) return wrong(line.number, "there is no command \"" + command.name + "\"");
    if (command.arguments.size() < shape->least || command.arguments.size() > shape->most) {
      return wrong(line.number, "\"" + command.name + "\" has the wrong number of arguments");
    }
    if (command.name == "repeat" || command.name == "threads") {
      auto body = block(true);
      if (!body) return std::move(body).error();
      command.body = *std::move(body);
    }
    return command;
  }

  Result<Command> expect(Command command, const Line& line) {
    std::vector<std::string>& words = command.arguments;
    Expectation& expectation = command.expectation;
    if (words.empty()) return wrong(line.number, "what is expected?");
    const std::string way = words[0];
    if (way == "nothing" || way == "loss-reported" || way == "root-lost") {
      if (words.size() != 1) return wrong(line.number, "\"expect " + way + "\" takes no arguments");
      expectation.way = way == "nothing"         ? Expectation::Way::nothing
                        : way == "loss-reported" ? Expectation::Way::loss_reported
                                                 : Expectation::Way::root_lost;
      return command;
    }
    if (way == "no") {
      expectation.way = Expectation::Way::absent;
      auto event = expected_event({line.number, 0, {words.begin() + 1, words.end()}});
      if (!event) return std::move(event).error();
      expectation.events.push_back(*std::move(event));
      return command;
    }
    return expect_events(std::move(command), line);
  }

  Result<Command> expect_events(Command command, const Line& line) {
    std::vector<std::string>& words = command.arguments;
    Expectation& expectation = command.expectation;
    if (words.back().back() != ':') return wrong(line.number, "a list of events is introduced by a colon");
    words.back().pop_back();
    if (words[0] == "ordered") {
      expectation.way = Expectation::Way::ordered;
    } else if (words[0] == "unordered") {
      expectation.way = Expectation::Way::unordered;
    } else if (words[0] == "contains") {
      expectation.way = Expectation::Way::contains;
    } else {
      return wrong(line.number, "events are expected ordered, unordered or contains, not \"" + words[0] + "\"");
    }
    if (words.size() > 1) {
      if (words.size() != 3 || words[1] != "of") return wrong(line.number, "after \"of\" come the kinds to compare");
      auto only = kinds_named(words[2], ',', line.number);
      if (!only) return std::move(only).error();
      expectation.only = *std::move(only);
    }
    for (; at_ < lines_.size() && lines_[at_].indent > line.indent; ++at_) {
      auto event = expected_event(lines_[at_]);
      if (!event) return std::move(event).error();
      expectation.events.push_back(*std::move(event));
    }
    if (expectation.events.empty()) return wrong(line.number, "no events follow; say \"expect nothing\"");
    return command;
  }

  // [when ABILITY:] KIND[+*?] [FROM ->] PATH [TYPE] [replaced] [synthetic|native] [says TEXT]
  static Result<ExpectedEvent> expected_event(const Line& line) {
    ExpectedEvent event;
    event.line = line.number;
    std::vector<std::string> words = line.words;
    if (words.size() > 2 && words[0] == "when" && words[1].back() == ':') {
      event.ability = words[1].substr(0, words[1].size() - 1);
      words.erase(words.begin(), words.begin() + 2);
    }
    if (words.size() < 2) return wrong(line.number, "an event has a kind and a path");
    event.count = take_count(words[0]);
    auto kinds = kinds_named(words[0], '|', line.number);
    if (!kinds) return std::move(kinds).error();
    event.kinds = *std::move(kinds);
    std::size_t at = 1;
    if (words.size() > 3 && words[2] == "->") {
      event.from = words[1];
      at = 3;
    }
    event.path = words[at++];
    if (auto read = read_fields(event, words, at); !read) return std::move(read).error();
    return event;
  }

  static ExpectedEvent::Count take_count(std::string& kind) {
    ExpectedEvent::Count count = ExpectedEvent::Count::one;
    switch (kind.back()) {
      case '+': count = ExpectedEvent::Count::at_least_one; break;
      case '*': count = ExpectedEvent::Count::any; break;
      case '?': count = ExpectedEvent::Count::at_most_one; break;
      default: return count;
    }
    kind.pop_back();
    return count;
  }

  static Status read_fields(ExpectedEvent& event, const std::vector<std::string>& words, std::size_t at) {
    for (; at < words.size(); ++at) {
      if (const auto type = type_named(words[at])) {
        event.type = type;
      } else if (words[at] == "replaced") {
        event.replaced = true;
      } else if (words[at] == "synthetic") {
        event.synthetic = true;
      } else if (words[at] == "native") {
        event.synthetic = false;
      } else if (words[at] == "says" && at + 1 < words.size()) {
        event.says = words[++at];
      } else {
        return wrong(event.line, "\"" + words[at] + "\" says nothing about an event");
      }
    }
    return Done{};
  }

  std::string_view text_;
  std::vector<Line> lines_;
  std::size_t at_ = 0;
  Script script_;
};

void collect(const std::vector<Command>& commands, std::string_view name, std::vector<const Command*>& found) {
  for (const Command& command : commands) {
    if (command.name == name) found.push_back(&command);
    collect(command.body, name, found);
  }
}

}  // namespace

std::vector<const Command*> Script::all(std::string_view command) const {
  std::vector<const Command*> found;
  collect(commands, command, found);
  return found;
}

Result<Script> parse_script(std::string name, std::string_view text) { return Parser(std::move(name), text).parse(); }

}  // namespace vigil::conformance
