// Which rule of which file decides about a path: for questions, where nothing is watched.
#pragma once

#include <vigil/options.hpp>

#include "core/ignoring.hpp"
#include "event/ignore_rules.hpp"
#include "sys/disk.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::core {

// One thread at a time.
class IgnoreFinder {
 public:
  // `root`: a directory's absolute path without links. `named`: absolute paths of the files in `files.more`.
  IgnoreFinder(sys::Disk& disk, std::string root, const IgnoreFiles& files, const std::vector<std::string>& named);

  struct Finding {
    bool ignored = false;
    bool is_dot_git = false;  // for it is ".git", or in it
    std::string_view file{};  // with the rule, which may also be one that keeps the path; empty where none decides
    std::uint32_t line = 0;
    std::string_view rule{};
    std::string matched{};  // the path, or the directory above it that is ignored; below the root
  };

  // On a path below the root, without "/" at either end. What is in the answer lives as long as the finder.
  Finding find(std::string_view path, bool is_directory);

  // Files that could not be read, or have lines that are not in force; for a person.
  const std::vector<std::string>& troubles() const { return troubles_; }

 private:
  using Pointer = event::IgnoreDirectory::Pointer;

  Pointer rules_of_root(const std::vector<std::string>& named);
  Pointer rules_in(const std::string& directory);
  DirectoryRules read(const std::string& path);
  RuleFile note(RuleFile file);

  sys::Disk& disk_;
  const std::string root_;
  const IgnoreFiles files_;
  bool case_sensitive_;
  std::map<std::string, std::pair<Pointer, bool>> below_;  // with whether its rules tell case apart
  std::vector<RuleFile> kept_;                             // what findings point into
  std::vector<std::string> troubles_;
};

}  // namespace vigil::core
