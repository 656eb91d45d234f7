#include "cli/file_types.hpp"

#include <array>

namespace vigil::cli {
namespace {

struct FileType {
  std::string_view name;
  std::array<std::string_view, 8> globs;  // as many as are not empty
};

constexpr FileType kTypes[] = {
    {"c", {"*.c", "*.h"}},
    {"cmake", {"CMakeLists.txt", "*.cmake"}},
    {"cpp", {"*.cpp", "*.cc", "*.cxx", "*.hpp", "*.hh", "*.hxx", "*.h", "*.ipp"}},
    {"csharp", {"*.cs", "*.csproj"}},
    {"css", {"*.css", "*.scss", "*.sass", "*.less"}},
    {"docker", {"Dockerfile", "*.dockerfile", ".dockerignore"}},
    {"go", {"*.go", "go.mod", "go.sum"}},
    {"html", {"*.html", "*.htm"}},
    {"java", {"*.java"}},
    {"js", {"*.js", "*.jsx", "*.mjs", "*.cjs"}},
    {"json", {"*.json"}},
    {"kotlin", {"*.kt", "*.kts"}},
    {"lua", {"*.lua"}},
    {"make", {"Makefile", "makefile", "GNUmakefile", "*.mk"}},
    {"markdown", {"*.md", "*.markdown"}},
    {"php", {"*.php"}},
    {"py", {"*.py", "*.pyi"}},
    {"ruby", {"*.rb", "Gemfile", "Rakefile"}},
    {"rust", {"*.rs", "Cargo.toml", "Cargo.lock"}},
    {"sh", {"*.sh", "*.bash", "*.zsh", "*.fish"}},
    {"sql", {"*.sql"}},
    {"swift", {"*.swift"}},
    {"toml", {"*.toml"}},
    {"ts", {"*.ts", "*.tsx", "*.mts", "*.cts"}},
    {"xml", {"*.xml", "*.xsd", "*.xsl"}},
    {"yaml", {"*.yaml", "*.yml"}},
};

}  // namespace

std::span<const std::string_view> globs_of_file_type(std::string_view type) {
  for (const FileType& known : kTypes) {
    if (known.name != type) continue;
    std::size_t count = 0;
    while (count < known.globs.size() && !known.globs[count].empty()) ++count;
    return std::span(known.globs).first(count);
  }
  return {};
}

std::vector<std::string> list_of_file_types() {
  std::vector<std::string> names;
  for (const FileType& type : kTypes) names.emplace_back(type.name);
  return names;
}

std::string names_of_file_types() {
  std::string names;
  for (const FileType& type : kTypes) names.append(names.empty() ? "" : ", ").append(type.name);
  return names;
}

}  // namespace vigil::cli
