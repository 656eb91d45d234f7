#include "core/ignore_finder.hpp"

#include "core/rule_files.hpp"

#include <utility>

namespace vigil::core {

using event::IgnoreDirectory;

IgnoreFinder::IgnoreFinder(sys::Disk& disk, std::string root, const IgnoreFiles& files,
                           const std::vector<std::string>& named)
    : disk_(disk), root_(std::move(root)), files_(files), case_sensitive_(!disk.same_name("a", "A")) {
  if (files_.rule_case != RuleCase::automatic) case_sensitive_ = files_.rule_case == RuleCase::sensitive;
  const Pointer rules = rules_of_root(named);
  below_.emplace("", std::pair(rules, case_sensitive_));
}

IgnoreFinder::Finding IgnoreFinder::find(std::string_view path, bool is_directory) {
  Finding finding;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (files_.standard && disk_.same_name(path.substr(begin, end - begin), kDotGit)) {
      finding.ignored = finding.is_dot_git = true;
      finding.matched = path.substr(0, end);
      return finding;
    }
    const Pointer rules = rules_in(std::string(path.substr(0, begin == 0 ? 0 : begin - 1)));
    const event::IgnoreDecision decision =
        rules->decide(path.substr(begin, end - begin), end < path.size() || is_directory);
    if (decision.ignored || end == path.size()) {
      finding.ignored = decision.ignored;
      finding.matched = path.substr(0, end);
      if (decision.file != nullptr) finding.file = decision.file->name();
      if (decision.rule != nullptr) {
        finding.line = decision.rule->line;
        finding.rule = decision.rule->text;
      }
      return finding;
    }
    begin = end + 1;
  }
  return finding;
}

RuleFile IgnoreFinder::note(RuleFile file) {
  if (!file.trouble.empty()) troubles_.push_back(file.trouble);
  if (file.rules) kept_.push_back(file);
  return file;
}

// `path` ends in "/".
DirectoryRules IgnoreFinder::read(const std::string& path) {
  DirectoryRules rules;
  if (!files_.standard) return rules;
  const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(path);
  if (!open) return rules;
  const auto read_file = [&](const std::string& file, sys::Outcome<sys::FileContent> found) {
    return note(rule_file(disk_, file, std::move(found), case_sensitive_, {}));
  };
  if (const auto dot_git = open.value->read_file(kDotGit, kDotGitBytesMax)) {
    const std::optional<std::string> common = common_git_directory(disk_, path, dot_git.value);
    const GitIgnoreSettings settings = read_ignore_settings(disk_, common.value_or(std::string()));
    if (files_.rule_case == RuleCase::automatic) case_sensitive_ = !settings.ignore_case;
    RepositoryRules& repository = rules.repository.emplace();
    const auto read_outside = [&](const std::string& file) {
      return read_file(file, disk_.read_file(file, event::IgnoreFile::kFileBytesMax));
    };
    if (common) repository.exclude = read_outside(*common + "/info/exclude");
    if (!settings.excludes.empty()) repository.global = read_outside(settings.excludes);
  }
  const auto read_here = [&](std::string_view name) {
    return read_file(path + std::string(name), open.value->read_file(name, event::IgnoreFile::kFileBytesMax));
  };
  rules.gitignore = read_here(kGitignore);
  rules.ignore = read_here(kIgnore);
  return rules;
}

IgnoreFinder::Pointer IgnoreFinder::rules_of_root(const std::vector<std::string>& named) {
  Pointer here;
  if (files_.standard) {
    for (const std::string& path : directories_above(disk_, root_)) {
      const DirectoryRules rules = read(path == "/" ? path : path + '/');
      here = here == nullptr ? IgnoreDirectory::top(of_tree(rules.repository), of_directory(rules))
                             : here->enter_anyway(name_of(path), of_directory(rules));
    }
  }
  const DirectoryRules own = read(root_ == "/" ? root_ : root_ + '/');
  event::IgnoreFilesOfDirectory files = of_directory(own);
  for (const std::string& path : named) {
    const RuleFile file =
        note(rule_file(disk_, path, disk_.read_file(path, event::IgnoreFile::kFileBytesMax), case_sensitive_, {}));
    files.named.push_back(file.rules);
  }
  return here == nullptr ? IgnoreDirectory::top(of_tree(own.repository), files)
                         : here->enter_anyway(name_of(root_), files);
}

IgnoreFinder::Pointer IgnoreFinder::rules_in(const std::string& directory) {
  if (const auto known = below_.find(directory); known != below_.end()) {
    case_sensitive_ = known->second.second;
    return known->second.first;
  }
  const std::size_t slash = directory.rfind('/');
  const Pointer above = rules_in(slash == std::string::npos ? std::string() : directory.substr(0, slash));
  const std::string name = name_of(directory);
  const DirectoryRules rules = read((root_ == "/" ? root_ : root_ + '/') + directory + '/');
  const Pointer here = rules.repository ? above->enter_repository(name, of_tree(rules.repository), of_directory(rules))
                                        : above->enter(name, of_directory(rules));
  below_.emplace(directory, std::pair(here, case_sensitive_));
  return here;
}

}  // namespace vigil::core
