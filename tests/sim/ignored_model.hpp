// What is ignored below a root, said by the matcher and the files of rules as they are on the simulated disk now.
#pragma once

#include "event/ignore_rules.hpp"
#include "fake/fake_kernel.hpp"

#include <map>
#include <string>

namespace vigil::sim {

// As of when it is made. One thread at a time.
class IgnoredModel {
 public:
  IgnoredModel(const fake::Kernel& kernel, std::string root) : kernel_(kernel), root_(std::move(root)) {
    below_.emplace("", rules_of_root());
  }

  // Of a path below the root.
  bool is_ignored(const std::string& path, bool is_directory) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash);
    const std::string name = path.substr(slash + 1);
    return name == ".git" || rules_in(directory)->decide(name, is_directory).ignored || is_in_dot_git(directory);
  }

 private:
  using Pointer = event::IgnoreDirectory::Pointer;

  static bool is_in_dot_git(const std::string& directory) {
    return ('/' + directory + '/').find("/.git/") != std::string::npos;
  }

  bool is_top(const std::string& directory) const { return kernel_.type_of(directory + "/.git") != EntryType::unknown; }

  event::IgnoreFilesOfDirectory files_in(const std::string& directory) const {
    const auto read = [&](const char* name) -> std::shared_ptr<const event::IgnoreFile> {
      const std::string path = directory + name;
      if (kernel_.type_of(path) != EntryType::file) return nullptr;
      return *event::IgnoreFile::parse(path, kernel_.text_of(path));
    };
    return {read("/.ignore"), read("/.gitignore"), {}};
  }

  Pointer rules_of_root() const {
    std::string top = root_;
    while (!top.empty() && !is_top(top)) top = top.substr(0, top.rfind('/'));
    if (top.empty()) top = root_;  // it is in no repository
    Pointer here = event::IgnoreDirectory::top({}, files_in(top));
    for (std::size_t end = top.size(); end < root_.size();) {
      const std::size_t begin = end + 1;
      end = std::min(root_.find('/', begin), root_.size());
      here = here->enter_anyway(root_.substr(begin, end - begin), files_in(root_.substr(0, end)));
    }
    return here;
  }

  Pointer rules_in(const std::string& directory) {
    if (const auto known = below_.find(directory); known != below_.end()) return known->second;
    const std::size_t slash = directory.rfind('/');
    const Pointer above = rules_in(slash == std::string::npos ? "" : directory.substr(0, slash));
    const std::string name = directory.substr(slash + 1);
    const std::string path = root_ + '/' + directory;
    const Pointer here =
        is_top(path) ? above->enter_repository(name, {}, files_in(path)) : above->enter(name, files_in(path));
    return below_.emplace(directory, here).first->second;
  }

  const fake::Kernel& kernel_;
  std::string root_;
  std::map<std::string, Pointer> below_;
};

}  // namespace vigil::sim
