// What is known of the ignore rules of roots. docs/decisions/0021-ignored-is-not-there.md
#pragma once

#include "event/ignore_rules.hpp"
#include "tree/tree.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vigil::core {

// What was found under the name of a file of rules.
struct RuleFile {
  std::shared_ptr<const event::IgnoreFile> rules;  // null: none are in force
  bool case_sensitive = true;
  std::string trouble;  // why none are, or which are not; empty where there is nothing to say
  int code = 0;
  // Since when nothing is in it, or there is none, where something was: perhaps it is being written.
  std::optional<std::chrono::steady_clock::time_point> gone_since{};

  bool operator==(const RuleFile& other) const {
    return rules == other.rules && case_sensitive == other.case_sensitive && trouble == other.trouble;
  }
};

// git's rules for one repository besides those in its directories.
struct RepositoryRules {
  RuleFile exclude;
  RuleFile global;
  bool case_sensitive = true;

  bool operator==(const RepositoryRules&) const = default;
};

struct DirectoryRules {
  RuleFile ignore;
  RuleFile gitignore;
  std::optional<RepositoryRules> repository;  // the directory is the top of one

  bool operator==(const DirectoryRules&) const = default;
  bool empty() const { return *this == DirectoryRules(); }
};

// A directory outside of the root, or in ".git", in which the fate of some names is watched.
struct RuleSentinel {
  tree::NodeId node = tree::kNoNode;   // a tree of its own
  tree::NodeId owner = tree::kNoNode;  // the directory that has these rules; kNoNode: they are for the whole root
  std::string directory;
  std::vector<std::string> names;
};

// Of one root.
struct RootRules {
  // A directory above the root.
  struct Above {
    std::string name;
    DirectoryRules rules;

    bool operator==(const Above&) const = default;
  };
  std::vector<Above> above{};     // from the top of the repository on; empty where the root is that top, or in none
  std::vector<RuleFile> named{};  // RootOptions::ignore.more
  std::vector<std::string> named_paths{};
  std::vector<RuleSentinel> sentinels{};
  bool is_due = false;         // all this is to be read again
  bool is_unfollowed = false;  // some file of rules cannot be watched, and this was told
};

// The rules as they stand in a directory, while the tree and the rules are of these versions.
struct RulesHere {
  tree::NodeId directory = tree::kNoNode;
  std::uint64_t shape_version = 0;
  std::uint64_t rules_version = 0;
  event::IgnoreDirectory::Pointer rules{};
};

}  // namespace vigil::core
