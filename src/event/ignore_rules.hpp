// The ignore rules of a tree: which files of rules hold where, and which rule decides. Pure.
#pragma once

#include "event/ignore_file.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::event {

// The verdict on one entry. What it points to lives as long as the IgnoreDirectory or the IgnoreRules that gave it and
// is not changed.
struct IgnoreDecision {
  bool ignored = false;
  // The rule that decides; with "!" it keeps the entry. Null: no rule is about it.
  const IgnoreFile* file = nullptr;
  const IgnoreRule* rule = nullptr;
  // How much of the entry's path below the top the rule matched: all of it, or the directory above it that is ignored.
  std::size_t matched_bytes = 0;
};

// The files of rules in one directory. Any may be null.
struct IgnoreFilesOfDirectory {
  std::shared_ptr<const IgnoreFile> ignore;                // .ignore
  std::shared_ptr<const IgnoreFile> gitignore;             // .gitignore
  std::vector<std::shared_ptr<const IgnoreFile>> named{};  // by the user for this directory: asked before .ignore
};

// Those for the whole tree. Either may be null.
struct IgnoreFilesOfTree {
  std::shared_ptr<const IgnoreFile> exclude;  // .git/info/exclude
  std::shared_ptr<const IgnoreFile> global;   // what core.excludesFile names
};

// The rules as they stand in one directory: for a crawl, which takes the one of each directory from that of its parent.
//
// Files are asked in this order, and the first with a rule that matches decides by the last such rule: every .ignore
// from the directory upwards; every .gitignore from the directory upwards; the tree's exclude file; its global file.
// Below an ignored directory everything is ignored, by the rule that ignored the directory.
//
// Immutable, thread-safe.
class IgnoreDirectory {
 public:
  using Pointer = std::shared_ptr<const IgnoreDirectory>;

  // Of the top of the tree: the working tree of git, or whatever directory the paths of the rules start from. It may
  // be above the root that is watched; then one enters the directories between.
  static Pointer top(const IgnoreFilesOfTree& tree, const IgnoreFilesOfDirectory& files);

  // Of directory `name` in this one. Its files do not count if it is ignored.
  Pointer enter(std::string_view name, const IgnoreFilesOfDirectory& files) const;

  // The same for a directory that was asked for: it is not ignored, whatever the rules say.
  Pointer enter_anyway(std::string_view name, const IgnoreFilesOfDirectory& files) const;

  // The same for one that is the top of a repository of its own: of the rules so far only those of .ignore go on to
  // hold. Where the rules so far ignore it, it is.
  Pointer enter_repository(std::string_view name, const IgnoreFilesOfTree& tree,
                           const IgnoreFilesOfDirectory& files) const;

  // On an entry of this directory.
  IgnoreDecision decide(std::string_view name, bool is_directory) const;

  // On this directory itself; what is ignored need not be listed.
  const IgnoreDecision& decision() const { return decision_; }

 private:
  struct Source {
    std::shared_ptr<const IgnoreFile> file;
    std::size_t base_bytes = 0;         // where in path_ the paths of the rules begin
    std::vector<std::uint32_t> here;    // path rules with wildcards that can match in this directory
    std::vector<std::uint32_t> deeper;  // and below
  };

  IgnoreDirectory() = default;
  std::shared_ptr<IgnoreDirectory> begin(std::string_view name, IgnoreDecision decision) const;
  void inherit(const std::vector<Source>& sources);
  void add(std::size_t at, const std::shared_ptr<const IgnoreFile>& file);
  void add_files(const IgnoreFilesOfDirectory& files);
  void narrow(Source& source, const std::vector<std::uint32_t>& rules) const;

  std::string path_;  // below the top, with "/" at the end; empty at the top
  std::vector<Source> sources_;
  std::size_t ignore_count_ = 0;  // of the sources, which come first
  bool asks_for_path_ = false;
  IgnoreDecision decision_;
};

// All rules of a tree, by directory, for questions about single paths and for rules that change: one replaces a file
// and asks again. An IgnoreDirectory taken before keeps the rules as they were.
//
// One thread at a time.
class IgnoreRules {
 public:
  void set_tree(IgnoreFilesOfTree files) { tree_ = std::move(files); }

  // `directory` is a path below the top, empty for the top. Two null files forget it.
  void set_directory(std::string_view directory, IgnoreFilesOfDirectory files);

  // `path` is below the top, without "/" at either end; the top, whose path is empty, is never ignored. Costs the
  // making of directory(); who asks about many entries of a directory takes that.
  IgnoreDecision decide(std::string_view path, bool is_directory) const;

  // The rules in a directory.
  IgnoreDirectory::Pointer directory(std::string_view path) const;

 private:
  IgnoreFilesOfDirectory files_of(std::string_view directory) const;

  IgnoreFilesOfTree tree_;
  std::map<std::string, IgnoreFilesOfDirectory, std::less<>> directories_;
};

}  // namespace vigil::event
