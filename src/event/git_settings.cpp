#include "event/git_settings.hpp"

#include "event/ignore_pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vigil::event {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }
bool is_letter(char c) { return fold_case(c) >= 'a' && fold_case(c) <= 'z'; }
bool is_name_byte(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; }

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  std::vector<GitSetting> read() {
    while (next()) {
    }
    return std::move(settings_);
  }

 private:
  // One section, setting or comment; false at the end, or where nothing more can be understood.
  bool next() {
    while (!rest_.empty() && (is_space(rest_.front()) || rest_.front() == '\n')) rest_.remove_prefix(1);
    if (rest_.empty()) return false;
    if (rest_.front() == '#' || rest_.front() == ';') {
      skip_line();
      return true;
    }
    return rest_.front() == '[' ? section() : setting();
  }

  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }

  bool take(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool section() {
    rest_.remove_prefix(1);
    section_.clear();
    while (!rest_.empty() && (is_name_byte(rest_.front()) || rest_.front() == '.')) {
      section_ += fold_case(rest_.front());
      rest_.remove_prefix(1);
    }
    if (take(']')) return !section_.empty();
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    if (section_.empty() || !take('"')) return false;
    section_ += '.';
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty() || rest_.front() == '\n') return false;
      section_ += rest_.front();
      rest_.remove_prefix(1);
    }
    return take('"') && take(']');
  }

  bool setting() {
    if (section_.empty() || !is_letter(rest_.front())) return false;
    GitSetting setting{section_ + '.', std::nullopt};
    while (!rest_.empty() && is_name_byte(rest_.front())) {
      setting.key += fold_case(rest_.front());
      rest_.remove_prefix(1);
    }
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    if (take('=')) {
      setting.value.emplace();
      if (!value(*setting.value)) return false;
    } else if (!rest_.empty() && rest_.front() != '\n' && rest_.front() != '#' && rest_.front() != ';') {
      return false;
    }
    settings_.push_back(std::move(setting));
    return true;
  }

  // Up to the end of the line, or of a comment. Spaces count in quotes and between words.
  bool value(std::string& out) {
    bool quoted = false;
    std::size_t kept = 0;  // bytes that are no spaces at the end
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    for (; !rest_.empty() && rest_.front() != '\n'; rest_.remove_prefix(1)) {
      const char c = rest_.front();
      if (c == '"') {
        quoted = !quoted;
        kept = out.size();
        continue;
      }
      if (!quoted && (c == '#' || c == ';')) {
        skip_line();
        break;
      }
      if (c == '\\') {
        if (!escape(out)) return false;
      } else {
        out += c;
        if (!quoted && is_space(c)) continue;
      }
      kept = out.size();
    }
    out.resize(kept);
    return !quoted;
  }

  // Leaves the last byte of it to be passed.
  bool escape(std::string& out) {
    rest_.remove_prefix(1);
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (rest_.empty()) return false;
    constexpr std::array<std::pair<char, char>, 5> kMeanings{
        {{'n', '\n'}, {'t', '\t'}, {'b', '\b'}, {'\\', '\\'}, {'"', '"'}}};
    if (rest_.front() == '\n') return true;  // the value goes on in the next line
    for (const auto& [written, meant] : kMeanings) {
      if (rest_.front() != written) continue;
      out += meant;
      return true;
    }
    return false;
  }

  std::string_view rest_;
  std::string section_;
  std::vector<GitSetting> settings_;
};

}  // namespace

std::vector<GitSetting> read_git_settings(std::string_view bytes) { return Reader(bytes).read(); }

std::optional<bool> read_git_bool(const std::optional<std::string>& value) {
  if (!value) return true;
  std::string folded;
  for (const char c : *value) folded += fold_case(c);
  if (folded == "true" || folded == "yes" || folded == "on") return true;
  if (folded.empty() || folded == "false" || folded == "no" || folded == "off") return false;
  const bool is_number = std::all_of(folded.begin(), folded.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return std::nullopt;
  return folded.find_first_not_of('0') != std::string::npos;
}

}  // namespace vigil::event
