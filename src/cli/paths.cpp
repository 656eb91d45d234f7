#include "cli/paths.hpp"

#include "event/glob.hpp"

namespace vigil::cli {
namespace {

bool is_separator(char character) { return character == '/' || character == kSeparator; }

}  // namespace

std::string_view relative_path(std::string_view path, std::string_view directory) {
  if (directory.empty() || !path.starts_with(directory)) return path;
  if (path.size() == directory.size()) return ".";
  if (is_separator(directory.back())) return path.substr(directory.size());
  if (!is_separator(path[directory.size()])) return path;
  return path.substr(directory.size() + 1);
}

std::optional<std::string> literal_glob(std::string_view path) {
  std::string glob = "/";
  for (const char character : path) {
    if (std::string_view("\\*?[]{},!").find(character) != std::string_view::npos) glob += '\\';
    glob += character;
  }
  if (glob.size() > event::Glob::kPatternBytesMax) return std::nullopt;
  return glob;
}

}  // namespace vigil::cli
