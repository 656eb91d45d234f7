// Rules and paths from a seed, made so that they often meet. Used by one test, which compares verdicts with git's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::event::tests {

class IgnoreGenerator {
 public:
  explicit IgnoreGenerator(unsigned seed) : random_(seed) {}

  // True once in `n` times.
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  // A few directories and what is in them, directories with "/" at the end.
  std::vector<std::string> paths(std::size_t count) {
    std::vector<std::string> directories = {""};
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < count; ++i) {
      std::string path = directories[below(directories.size())] + name();
      if (std::count(path.begin(), path.end(), '/') < 5 && one_in(2)) {
        path += '/';
        directories.push_back(path);
      }
      paths.push_back(std::move(path));
    }
    return paths;
  }

  // A file of rules: some made of whatever has a meaning, some made of one of the paths.
  std::string file(const std::vector<std::string>& paths) {
    std::string text = one_in(20) ? "\xef\xbb\xbf" : "";
    for (std::size_t lines = below(7); lines > 0; --lines) {
      text += one_in(2) ? pattern() : pattern_of(paths[below(paths.size())]);
      if (one_in(12)) text += ' ';
      if (one_in(12)) text += '\r';
      if (lines > 1 || !one_in(4)) text += '\n';
    }
    return text;
  }

 private:
  // Separated by "|". The first eight are what most names are.
  static constexpr std::string_view kNames =
      "a|b|ab|abc|A|aB|Z|x.o|y.o|b.|-|]|[|*|!|#|\\| |a |^|a-|a]|[a|?|~|0|a\t|\xff|\xc3\xa9";
  static constexpr std::string_view kPieces =
      "a|b|ab|B|o|.|*|**|***|?|/|/|\\|[|]|-|!|^|#| |\t|**/|/**|/**/|/*/|[ab]|[!ab]|[^b]|[a-b]|[A-Z]|[b-a]|"
      "[]a]|[!]a]|[a-]|[-a]|[\\]a]|[a\\-z]|[*-\\]]|[/a]|[!/]|[[:alpha:]]|[[:upper:]]|[[:lower:]]|"
      "[[:punct:]]|[[:space:]]|[[:xdigit:]a-]|[A[:digit:]-a]|[![:alnum:]]|[[:cntrl:]]|[[:print:]]|"
      "[[:graph:]]|[[:blank:]]|[[:digit:]]|[[:word:]]|[[:|[[::]]|[[:a]|[:a:]|[a-c-e]|[--a]|[[-a]|\\*|\\/|"
      "\\ |\\a|\\A|\\[|\\\\|**\\/|\xff|[\x80-\xff]";

  static std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t end = 0; end != text.npos; text.remove_prefix(std::min(end, text.size() - 1) + 1)) {
      end = text.find('|');
      parts.push_back(text.substr(0, end));
    }
    return parts;
  }

  std::string_view piece() { return pieces_[below(pieces_.size())]; }

  std::string name() { return std::string(names_[below(one_in(3) ? names_.size() : 8)]); }

  std::string pattern() {
    std::string text = one_in(5) ? "!" : "";
    for (std::size_t pieces = 1 + below(5); pieces > 0; --pieces) text += piece();
    if (one_in(6)) text += one_in(4) ? "//" : "/";
    if (one_in(60)) text.insert(below(text.size() + 1), 1, '\0');
    return text;
  }

  // What matches the path, or nearly.
  std::string pattern_of(std::string path) {
    const bool is_directory = path.ends_with('/');
    if (is_directory) path.pop_back();
    if (one_in(3)) path.erase(0, path.rfind('/') + 1);  // the name; all of it where there is no "/"
    if (one_in(4)) path.insert(0, one_in(2) ? "/" : "**/");
    for (std::size_t changes = below(4); changes > 0; --changes) change(path);
    if (is_directory ? one_in(2) : one_in(8)) path += '/';
    if (one_in(4)) path.insert(0, 1, '!');
    return path;
  }

  void change(std::string& path) {
    const std::size_t place = below(path.size() + 1);
    switch (below(5)) {
      case 0: path.insert(place, piece()); break;
      case 1: path.replace(place, below(4), "*"); break;
      case 2: path.replace(place, 1, piece()); break;
      case 3: path.insert(place, 1, '\\'); break;
      default: {
        // A stretch from "/" to "/", or from one end.
        const std::size_t begin = path.rfind('/', place) + 1;
        const std::size_t end = std::min(path.find('/', place), path.size());
        if (begin <= end) path.replace(begin, end - begin, "**");
      }
    }
  }

  const std::vector<std::string_view> names_ = split(kNames);
  const std::vector<std::string_view> pieces_ = split(kPieces);
  std::mt19937 random_;
};

}  // namespace vigil::event::tests
