// Makes a tree of directories and empty files with names such as a large source tree has, for the "ready", "memory"
// and "stop" scenarios of bench/compare.
//
//   make_tree ROOT DIRECTORIES FILES
//
// ROOT does not exist yet and is not counted. The same numbers always make the same tree. Prints how many different
// names it holds.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace {

constexpr std::array<std::string_view, 64> kWords{
    "account", "agent",  "array",  "asset",  "async",   "audio",  "auth",   "batch",  "block",  "buffer", "build",
    "cache",   "chart",  "client", "cloud",  "codec",   "config", "core",   "cursor", "data",   "debug",  "device",
    "driver",  "editor", "error",  "event",  "feature", "filter", "font",   "form",   "graph",  "group",  "handler",
    "image",   "index",  "input",  "kernel", "layout",  "list",   "loader", "local",  "memory", "menu",   "model",
    "module",  "net",    "node",   "object", "packet",  "page",   "parser", "plugin", "queue",  "render", "route",
    "schema",  "server", "shader", "state",  "stream",  "table",  "token",  "user",   "view"};
constexpr std::array<std::string_view, 8> kUsualDirectories{"src",     "lib",  "test",      "include",
                                                            "scripts", "docs", "resources", "internal"};
constexpr std::array<std::string_view, 8> kUsualFiles{"README.md",   "index.ts",    "package.json", "CMakeLists.txt",
                                                      "__init__.py", "BUILD.bazel", ".gitignore",   "LICENSE"};
constexpr std::array<std::string_view, 8> kEndings{".cpp", ".hpp", ".ts", ".py", ".json", ".js", ".md", ".txt"};

[[noreturn]] void fail(const std::string& path) {
  std::perror(path.c_str());
  std::exit(1);
}

void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0) fail(path);
}

void make_file(const std::string& path) {
  const int descriptor = creat(path.c_str(), 0644);
  if (descriptor < 0) fail(path);
  close(descriptor);
}

// Draws names: every fifth is one that many directories have, the rest is made of two words, and a number where that
// is taken already.
class Names {
 public:
  std::string directory(const std::string& parent) { return unused(parent, kUsualDirectories, "-", ""); }
  std::string file(const std::string& parent) { return unused(parent, kUsualFiles, "_", any(kEndings)); }

  // Below `size`, always the same from run to run (the distributions of <random> need not be).
  std::size_t below(std::size_t size) { return engine_() % size; }

  std::size_t different() const { return names_.size(); }

 private:
  template <std::size_t size>
  std::string_view any(const std::array<std::string_view, size>& choices) {
    return choices[below(size)];
  }

  std::string unused(const std::string& parent, const std::array<std::string_view, 8>& usual, const char* joint,
                     std::string_view ending) {
    if (below(5) == 0) {
      const std::string name{any(usual)};
      if (take(parent, name)) return name;
    }
    std::string stem{any(kWords)};
    stem.append(joint).append(any(kWords));
    for (std::string name = stem;; name = stem + std::to_string(below(100))) {
      name += ending;
      if (take(parent, name)) return name;
    }
  }

  bool take(const std::string& parent, const std::string& name) {
    if (!paths_.insert(parent + "/" + name).second) return false;
    names_.insert(name);
    return true;
  }

  std::mt19937_64 engine_{1};
  std::unordered_set<std::string> paths_;
  std::unordered_set<std::string> names_;
};

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4) {
    std::fprintf(stderr, "usage: make_tree ROOT DIRECTORIES FILES\n");
    return 2;
  }
  const std::size_t directory_count = std::strtoul(arguments[2], nullptr, 10);
  const std::size_t file_count = std::strtoul(arguments[3], nullptr, 10);

  Names names;
  std::vector<std::string> directories{arguments[1]};
  make_directory(directories.front());
  while (directories.size() <= directory_count) {
    const std::string& parent = directories[names.below(directories.size())];
    std::string path = parent + "/" + names.directory(parent);
    make_directory(path);
    directories.push_back(std::move(path));
  }
  for (std::size_t file = 0; file < file_count; ++file) {
    const std::string& parent = directories[names.below(directories.size())];
    make_file(parent + "/" + names.file(parent));
  }
  std::printf("%zu\n", names.different());
}
