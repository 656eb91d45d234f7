#include "cli/paths.hpp"

#include "cli/format.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace vigil::cli {

const char kSeparator = '/';

namespace {

std::vector<std::string_view> components_of(std::string_view path) {
  std::vector<std::string_view> components;
  while (!path.empty()) {
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(component.size() + 1, path.size()));
    if (!component.empty() && component != ".") components.push_back(component);
  }
  return components;
}

std::string join(const std::vector<std::string_view>& components) {
  std::string path;
  for (const std::string_view component : components) path.append("/").append(component);
  return path.empty() ? "/" : path;
}

std::vector<std::string_view> without_parents(const std::vector<std::string_view>& components) {
  std::vector<std::string_view> kept;
  for (const std::string_view component : components) {
    if (component != "..") {
      kept.push_back(component);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  return kept;
}

bool lead_to_different_places(const std::string& left, const std::string& right) {
  struct stat left_status {};
  struct stat right_status {};
  if (::stat(left.c_str(), &left_status) != 0) return false;
  if (::stat(right.c_str(), &right_status) != 0) return true;
  return left_status.st_dev != right_status.st_dev || left_status.st_ino != right_status.st_ino;
}

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};
using SystemText = std::unique_ptr<char, Free>;

// The path the system knows an open file by; empty where there is none.
std::string path_of(int descriptor) {
  char path[PATH_MAX];
  const std::string link = formatted("/proc/self/fd/{}", descriptor);
  const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
  return {path, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

bool is_regular_file_at(int descriptor, const std::string& path) {
  struct stat open_status {};
  struct stat path_status {};
  return ::fstat(descriptor, &open_status) == 0 && S_ISREG(open_status.st_mode) &&
         ::stat(path.c_str(), &path_status) == 0 && open_status.st_dev == path_status.st_dev &&
         open_status.st_ino == path_status.st_ino;
}

}  // namespace

Result<std::string> working_directory() {
  const SystemText path(::getcwd(nullptr, 0));
  if (path) return std::string(path.get());
  const int code = errno;
  return Error(ErrorCode::system, formatted("cannot tell the working directory: {}", std::strerror(code)), code);
}

std::string absolute_path(std::string_view path, std::string_view directory, bool may_ask_disk) {
  std::string whole;
  if (!is_absolute(path)) whole.append(directory).append("/");
  whole.append(path);
  const std::vector<std::string_view> components = components_of(whole);
  std::string with_parents = join(components);
  std::string normalised = join(without_parents(components));
  if (normalised == with_parents || !may_ask_disk) return with_parents;
  if (!lead_to_different_places(with_parents, normalised)) return normalised;
  return with_parents;
}

bool is_absolute(std::string_view path) { return path.starts_with('/'); }

std::optional<std::string> glob_of_file(Descriptor descriptor, const std::string& root, bool may_ask_disk) {
  const std::string path = path_of(descriptor);
  if (path.empty() || !is_regular_file_at(descriptor, path)) return std::nullopt;
  const SystemText resolved_root(may_ask_disk ? ::realpath(root.c_str(), nullptr) : ::strdup(root.c_str()));
  if (!resolved_root) return std::nullopt;
  const std::string_view below = relative_path(path, resolved_root.get());
  if (below == path || below == ".") return std::nullopt;
  return literal_glob(below);
}

}  // namespace vigil::cli
