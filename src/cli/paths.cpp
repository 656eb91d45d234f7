#include "cli/paths.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace vigil::cli {
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
  struct stat left_status{};
  struct stat right_status{};
  if (::stat(left.c_str(), &left_status) != 0) return false;
  if (::stat(right.c_str(), &right_status) != 0) return true;
  return left_status.st_dev != right_status.st_dev || left_status.st_ino != right_status.st_ino;
}

}  // namespace

Result<std::string> working_directory() {
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  const std::unique_ptr<char, Free> path(::getcwd(nullptr, 0));
  if (path) return std::string(path.get());
  const int code = errno;
  return Error(ErrorCode::system, fmt::format("cannot tell the working directory: {}", std::strerror(code)), code);
}

std::string absolute_path(std::string_view path, std::string_view directory) {
  std::string whole;
  if (!path.starts_with('/')) whole.append(directory).append("/");
  whole.append(path);
  const std::vector<std::string_view> components = components_of(whole);
  std::string with_parents = join(components);
  std::string normalised = join(without_parents(components));
  if (normalised == with_parents || !lead_to_different_places(with_parents, normalised)) return normalised;
  return with_parents;
}

std::string_view relative_path(std::string_view path, std::string_view directory) {
  if (directory.empty() || !path.starts_with(directory)) return path;
  if (path.size() == directory.size()) return ".";
  if (directory == "/") return path.substr(1);
  if (path[directory.size()] != '/') return path;
  return path.substr(directory.size() + 1);
}

}  // namespace vigil::cli
