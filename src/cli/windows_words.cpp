#include "cli/windows_words.hpp"

#include <string_view>

namespace vigil::cli {
namespace {

// Backslashes count double where a quote follows, and only there.
std::string quoted(std::string_view word) {
  std::string text = "\"";
  std::size_t backslashes = 0;
  for (const char character : word) {
    if (character == '"') text.append(backslashes + 1, '\\');
    backslashes = character == '\\' ? backslashes + 1 : 0;
    text += character;
  }
  return text.append(backslashes, '\\') + '"';
}

bool is_plain(std::string_view word) { return !word.empty() && word.find_first_of(" \t\n\v\"") == word.npos; }

}  // namespace

std::string command_line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    // The first one is read by a simpler rule, and always quoted.
    line += !line.empty() && is_plain(word) ? word : quoted(word);
  }
  return line;
}

std::optional<std::string> batch_line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (word.find_first_of("%\"!\r\n") != word.npos) return std::nullopt;
    // A closing backslash would be one more of the word for a program that the batch file hands it on to.
    line.append(line.empty() ? "\"" : " \"").append(word).append("\"");
  }
  return line;
}

}  // namespace vigil::cli
