#include "cli/run_words.hpp"

#include "cli/paths.hpp"

#include <array>
#include <optional>
#include <set>
#include <utility>

namespace vigil::cli {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_separator(char character) { return character == '/' || character == kSeparator; }

std::size_t name_begin(std::string_view path) {
  std::size_t begin = path.size();
  while (begin > 0 && !is_separator(path[begin - 1])) --begin;
  return begin;
}

std::string_view name_of(std::string_view path) { return path.substr(name_begin(path)); }

std::string_view directory_of(std::string_view path) {
  const std::size_t begin = name_begin(path);
  if (begin == 0) return ".";
  const bool is_root = begin == 1 || path[begin - 2] == ':';  // of a drive
  return path.substr(0, is_root ? begin : begin - 1);
}

// A name that begins with its only point has no extension.
std::string_view without_extension(std::string_view path) {
  const std::string_view name = name_of(path);
  const std::size_t point = name.rfind('.');
  if (point == kNowhere || point == 0) return path;
  return path.substr(0, path.size() - (name.size() - point));
}

struct Placeholder {
  std::string_view text;
  std::string_view (*value)(std::string_view path);
};

constexpr std::array<Placeholder, 5> kPlaceholders{{
    {"{}", [](std::string_view path) { return path; }},
    {"{/}", name_of},
    {"{//}", directory_of},
    {"{.}", without_extension},
    {"{/.}", [](std::string_view path) { return without_extension(name_of(path)); }},
}};

const Placeholder* placeholder_at(std::string_view text) {
  for (const Placeholder& placeholder : kPlaceholders) {
    if (text.starts_with(placeholder.text)) return &placeholder;
  }
  return nullptr;
}

std::string word_for_path(std::string_view word, std::string_view path) {
  std::string result;
  while (!word.empty()) {
    const Placeholder* const placeholder = placeholder_at(word);
    if (placeholder != nullptr) {
      result += placeholder->value(path);
      word.remove_prefix(placeholder->text.size());
    } else {
      result += word.front();
      word.remove_prefix(1);
    }
  }
  return result;
}

// Paths for one variable, each once.
class PathList {
 public:
  PathList(std::string_view name, std::size_t bytes_max) : text_(std::string(name) + "="), bytes_max_(bytes_max) {}

  // False when they are left out: all of them, or none.
  bool add(std::string_view first, std::string_view second = {}) {
    if (!listed_.emplace(first, second).second) return true;
    if (first.find('\n') != kNowhere || second.find('\n') != kNowhere) return false;
    if (text_.size() + first.size() + second.size() + 2 > bytes_max_) return false;
    text_.append(first).append("\n");
    if (!second.empty()) text_.append(second).append("\n");
    return true;
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t bytes_max_;
  std::set<std::pair<std::string_view, std::string_view>> listed_;
};

// The part of both that ends where a name does.
std::string_view common_directory(std::string_view directory, std::string_view other) {
  std::size_t size = 0;
  while (size < directory.size() && size < other.size() && directory[size] == other[size]) ++size;
  const auto ends_name = [size](std::string_view path) { return size == path.size() || is_separator(path[size]); };
  if (ends_name(directory) && ends_name(other)) return directory.substr(0, size);
  return directory_of(directory.substr(0, size));
}

class Common {
 public:
  void add(std::string_view path) {
    const std::string_view directory = directory_of(path);
    directory_ = directory_ ? common_directory(*directory_, directory) : directory;
  }
  std::string_view directory() const { return directory_.value_or(std::string_view()); }

 private:
  std::optional<std::string_view> directory_;
};

}  // namespace

bool has_placeholder(std::string_view word) {
  for (const Placeholder& placeholder : kPlaceholders) {
    if (word.find(placeholder.text) != kNowhere) return true;
  }
  return false;
}

std::vector<std::string> words_for_path(const std::vector<std::string>& words, std::string_view path) {
  std::vector<std::string> result;
  for (const std::string& word : words) result.push_back(word_for_path(word, path));
  return result;
}

std::vector<std::string> variables_for(const Batch& changes, std::size_t list_bytes_max) {
  PathList created("VIGIL_CREATED", list_bytes_max);
  PathList modified("VIGIL_MODIFIED", list_bytes_max);
  PathList removed("VIGIL_REMOVED", list_bytes_max);
  PathList renamed("VIGIL_RENAMED", list_bytes_max);
  Common common;
  std::size_t omitted = 0;
  for (const Event& event : changes) {
    common.add(event.path);
    bool listed = true;
    switch (event.kind) {
      case Kind::created: listed = created.add(event.path); break;
      case Kind::removed: listed = removed.add(event.path); break;
      case Kind::renamed:
        common.add(event.from);
        listed = renamed.add(event.from, event.path);
        break;
      default: listed = modified.add(event.path); break;
    }
    if (!listed) ++omitted;
  }
  return {created.text(),
          modified.text(),
          removed.text(),
          renamed.text(),
          "VIGIL_COMMON=" + std::string(common.directory()),
          "VIGIL_OMITTED=" + std::to_string(omitted)};
}

}  // namespace vigil::cli
