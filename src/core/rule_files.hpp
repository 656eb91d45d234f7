// Where the files of ignore rules are, and what is in them.
#pragma once

#include "core/ignoring.hpp"
#include "event/ignore_rules.hpp"
#include "sys/disk.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::core {

inline constexpr std::string_view kDotGit = ".git";
inline constexpr std::string_view kGitignore = ".gitignore";
inline constexpr std::string_view kIgnore = ".ignore";

// More of a file ".git", which names a directory, is not read.
inline constexpr std::size_t kDotGitBytesMax = 16384;

// The directory that has the rules and settings of the repository whose top `directory` is, which ends in "/": ".git"
// itself, or what it names as a file: that of a worktree is shared with the others. Nothing where that cannot be found
// out. Paths are those of the disk.
std::optional<std::string> common_git_directory(sys::Disk& disk, const std::string& directory,
                                                const sys::FileContent& dot_git);

// What git's settings say about ignore rules.
struct GitIgnoreSettings {
  std::string excludes;  // the path of the file of rules for all repositories; empty where there is none
  bool ignore_case = false;
};

// `common`: the repository's directory, or empty.
GitIgnoreSettings read_ignore_settings(sys::Disk& disk, const std::string& common);

// The directories from the top of the repository that `root` is in, an absolute path without links, down to the one
// that holds it. None where it is that top itself, or in no repository.
std::vector<std::string> directories_above(sys::Disk& disk, const std::string& root);

// What was found under a path that may be that of a file of rules; `before` where that is the same.
RuleFile rule_file(const sys::Disk& disk, const std::string& path, sys::Outcome<sys::FileContent> found,
                   bool case_sensitive, const RuleFile& before);

event::IgnoreFilesOfTree of_tree(const std::optional<RepositoryRules>& repository);
event::IgnoreFilesOfDirectory of_directory(const DirectoryRules& rules);

// A path of the disk for a person, in messages.
std::string readable(const sys::Disk& disk, const std::string& path);

// "/a/b" and "b" of "/a/b"; "/" above "/a".
std::string directory_of(const std::string& path);
std::string name_of(const std::string& path);

}  // namespace vigil::core
