// Files of ignore rules: what they ignore is as good as absent, so that it costs nothing. They are read when their
// directory is listed, after it is watched and before its entries are decided on; where one changes, the directories
// that are known below it are listed once more, which tells the difference.
// docs/decisions/0021-ignored-is-not-there.md
#include "base/short_name.hpp"
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"
#include "core/rule_files.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace vigil::core {

namespace {

using backend::Backend;
using event::IgnoreDirectory;
using event::IgnoreFile;

// When what could not be read or watched for want of something is tried again.
constexpr std::chrono::seconds kRulesRetry{2};

// Who writes a file empties it first, or removes it; for so long what was in it goes on to hold. Or else all that was
// ignored would be watched for a moment.
constexpr std::chrono::milliseconds kRulesRewrite{50};

std::string join(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

const DirectoryRules& no_rules() {
  static const DirectoryRules kNone;
  return kNone;
}

}  // namespace

// ---- what the rules say ----

bool Engine::is_ignored(const Place& place, std::string_view name, bool is_directory) {
  const Root& root = *place.root;
  const bool may_be_dot_git = name.size() == kDotGit.size() && name.front() == '.';
  if (may_be_dot_git && root.options.ignore.standard && disk_.same_name(name, kDotGit)) return true;
  return rules_of(root, place.directory)->decide(name, is_directory).ignored;
}

// From the nearest directory above whose rules are at hand, or the root, down.
IgnoreDirectory::Pointer Engine::rules_of(const Root& root, NodeId directory) {
  const auto slot_of = [&](NodeId node) -> RulesHere& { return rules_here_[node % rules_here_.size()]; };
  const auto is_at_hand = [&](const RulesHere& slot, NodeId node) {
    return slot.directory == node && slot.rules_version == rules_version_ &&
           slot.shape_version == tree_.shape_version();
  };
  if (RulesHere& slot = slot_of(directory); is_at_hand(slot, directory)) return slot.rules;
  std::vector<NodeId> way;
  IgnoreDirectory::Pointer here;
  for (NodeId above = directory; here == nullptr; above = tree_.parent(above)) {
    if (RulesHere& slot = slot_of(above); is_at_hand(slot, above)) {
      here = slot.rules;
    } else {
      way.push_back(above);
      if (above == root.node) break;
    }
  }
  for (auto next = way.rbegin(); next != way.rend(); ++next) {
    here = *next == root.node ? rules_of_root(root) : rules_in(*here, *next);
    slot_of(*next) = {*next, tree_.shape_version(), rules_version_, here};
  }
  return here;
}

IgnoreDirectory::Pointer Engine::rules_of_root(const Root& root) const {
  const auto found = rules_.find(root.node);
  const DirectoryRules& own = found == rules_.end() ? no_rules() : found->second;
  event::IgnoreFilesOfDirectory files = of_directory(own);
  for (const RuleFile& named : root.rules->named) files.named.push_back(named.rules);
  const std::vector<RootRules::Above>& above = root.rules->above;
  if (own.repository || above.empty()) return IgnoreDirectory::top(of_tree(own.repository), files);
  IgnoreDirectory::Pointer here =
      IgnoreDirectory::top(of_tree(above.front().rules.repository), of_directory(above.front().rules));
  for (auto next = std::next(above.begin()); next != above.end(); ++next) {
    here = here->enter_anyway(next->name, of_directory(next->rules));
  }
  return here->enter_anyway(name_of(root.path), files);
}

IgnoreDirectory::Pointer Engine::rules_in(const IgnoreDirectory& above, NodeId directory) const {
  const auto found = rules_.find(directory);
  const std::string_view name = tree_.name(directory);
  if (found == rules_.end()) return above.enter(name, {});
  const DirectoryRules& own = found->second;
  if (own.repository) return above.enter_repository(name, of_tree(own.repository), of_directory(own));
  return above.enter(name, of_directory(own));
}

// ---- when they are read ----

Status Engine::find_named_rules(Root& root) const {
  if (!root.rules) return Done{};
  for (std::size_t each = 0; each < root.rules->named_paths.size(); ++each) {
    const sys::Outcome<std::string> found = disk_.resolve(root.rules->named_paths[each]);
    if (found) continue;
    const std::string message = "the file of ignore rules '" + root.options.ignore.more[each] +
                                "' cannot be read: " + sys::words_of(found.error);
    return Error(is_gone(found.error) ? ErrorCode::not_found : ErrorCode::system, message, found.error);
  }
  return Done{};
}

void Engine::begin_rules(Root& root) {
  rules_in_use_ = true;
  backend_.include_writes();
  ++rules_version_;
  root.rules->is_due = false;
  read_rules_outside(root);
}

void Engine::end_rules(Root& root) {
  if (root.rules) leave_rule_sentinels(std::exchange(root.rules->sentinels, {}));
}

// The record of a name that has to do with rules: its directory is listed once more. That vigil reads the file itself
// is no reason.
void Engine::on_rule_hint(const backend::Hint& hint) {
  using What = backend::Hint::What;
  const bool is_short = backend_.uses_other_names() && base::may_be_short_name(hint.name);
  if (!is_short && !hint.name.starts_with('.')) return;
  if (hint.what == What::opened || hint.what == What::accessed || hint.what == What::closed) return;
  Root* const root = root_of(hint.directory);
  if (root == nullptr || !root->rules || !root->options.ignore.standard || root->is_file()) return;
  const bool tells_of_content =
      hint.what == What::written || hint.what == What::altered || hint.what == What::attributes;
  const bool concerns = disk_.same_name(hint.name, kGitignore) || disk_.same_name(hint.name, kIgnore) ||
                        (!tells_of_content && disk_.same_name(hint.name, kDotGit));  // that is busy inside
  if (concerns || is_short) scan_later(hint.directory, *root, false);
}

// Where one watch tells of a subtree: of a path that goes on through ".git", where git's own rules are.
void Engine::on_dot_git_hint(const backend::Hint& hint) {
  const std::size_t slash = hint.name.find('/');
  const std::string_view below = hint.name.substr(std::min(slash, hint.name.size() - 1) + 1);
  if (!disk_.same_name(hint.name.substr(0, slash), kDotGit)) return;
  if (!disk_.same_name(below.substr(0, below.find('/')), "info")) return;
  Root* const root = root_of(hint.directory);
  if (root != nullptr && root->rules) scan_later(hint.directory, *root, false);
}

bool Engine::on_rule_sentinel(Root& root, const backend::Hint& hint) {
  using What = backend::Hint::What;
  const bool is_short = backend_.uses_other_names() && base::may_be_short_name(hint.name);
  // In any directory above: another top, perhaps.
  if (is_short || disk_.same_name(hint.name, kDotGit)) rules_are_due(root);
  const std::vector<RuleSentinel>& sentinels = root.rules->sentinels;
  const auto found = std::find_if(sentinels.begin(), sentinels.end(),
                                  [&](const RuleSentinel& sentinel) { return sentinel.node == hint.directory; });
  if (found == sentinels.end()) return false;
  if (hint.what == What::opened || hint.what == What::accessed || hint.what == What::closed) return true;
  const bool concerns = hint.name.empty() || is_short ||
                        std::any_of(found->names.begin(), found->names.end(),
                                    [&](const std::string& name) { return disk_.same_name(name, hint.name); });
  if (!concerns) return true;
  if (found->owner == tree::kNoNode) {
    rules_are_due(root);
  } else if (tree_.alive(found->owner)) {
    scan_later(found->owner, root, false);
  }
  return true;
}

// What is outside of the root is to be read again, in this step or the next.
void Engine::rules_are_due(Root& root) {
  root.rules->is_due = true;
  rules_due_ = true;
}

void Engine::look_at_rules() {
  if (rules_not_before_ && now_ >= *rules_not_before_) {
    rules_not_before_.reset();
    rules_unsettled_ = false;
    for (const NodeId owner : std::exchange(rules_again_, {})) {
      if (owner == tree::kNoNode) {
        for (const std::unique_ptr<Root>& root : roots_) {
          if (root->rules) rules_are_due(*root);
        }
      } else if (tree_.alive(owner) && tree_.is_directory(owner)) {
        if (Root* const root = root_of(owner); root != nullptr && root->rules) scan_later(owner, *root, false);
      }
    }
  }
  rules_due_ = false;
  for (const std::unique_ptr<Root>& root : roots_) {
    if (!root->rules || !root->rules->is_due || root->state == Root::State::waiting) continue;
    root->rules->is_due = false;
    read_rules_outside(*root);
  }
}

// If what was just read says so.
void Engine::read_rules_again(NodeId owner) {
  if (!rules_wanting_ && !rules_are_rewritten_) return;
  if (std::find(rules_again_.begin(), rules_again_.end(), owner) == rules_again_.end()) rules_again_.push_back(owner);
  const Moment due = now_ + (rules_are_rewritten_ ? kRulesRewrite : std::chrono::milliseconds(kRulesRetry));
  rules_not_before_ = std::min(rules_not_before_.value_or(due), due);
  if (rules_are_rewritten_) rules_unsettled_ = true;
}

// After a pass over everything that is polled: of files that are ignored themselves nothing else tells.
void Engine::read_polled_rules() {
  std::vector<NodeId> directories;
  for (const auto& [directory, rules] : rules_) {
    if (tree_.alive(directory) && flag(directory, kUnwatched)) directories.push_back(directory);
  }
  for (const NodeId directory : directories) {
    Root* const root = tree_.alive(directory) ? polled_root(directory) : nullptr;
    if (root == nullptr || !root->rules) continue;
    int error = 0;
    if (sys::Directory* const open = open_exactly(directory, error); open != nullptr) {
      if (read_rules_of(*root, directory, *open)) decide_anew(*root, directory);
    }
  }
  for (const std::unique_ptr<Root>& root : roots_) {
    const bool is_unseen = backend_.polls() || (root->rules && root->rules->is_unfollowed);
    if (root->rules && is_unseen && root->state != Root::State::waiting) read_rules_outside(*root);
  }
}

// ---- reading them ----

// Of a directory that is about to be listed.
void Engine::read_rules(Root& root, NodeId directory, sys::Directory& open) {
  if (!read_rules_of(root, directory, open)) return;
  if (tree_.first_child(directory) == tree::kNoNode) {
    ++rules_version_;
  } else {
    decide_anew(root, directory);
  }
}

// Whether they are others than before.
bool Engine::read_rules_of(Root& root, NodeId directory, sys::Directory& open) {
  if (root.is_file() || !root.options.ignore.standard) return false;
  const auto known = rules_.find(directory);
  const DirectoryRules before = known == rules_.end() ? DirectoryRules() : known->second;
  const std::string path = place_of(directory).system;
  std::vector<RuleSentinel> old;
  if (before.repository) old = take_rule_sentinels(root, directory);
  rules_may_wait_ = root.state == Root::State::watched;  // a listing or a repair is to end with what there is
  const NodeId parent = directory == root.node ? tree::kNoNode : tree_.parent(directory);
  rules_wanting_ = false;
  rules_are_rewritten_ = false;
  DirectoryRules now = read_directory_rules(root, directory, path, open, before, is_case_sensitive(root, parent));
  leave_rule_sentinels(old);
  read_rules_again(directory);
  const bool is_same = now == before;
  std::string shown = place_of(directory).shown;
  if (shown.size() > 1) shown.pop_back();
  if (!is_same) tell_rule_trouble(root, shown, now, before);
  if (directory == root.node && now.repository.has_value() != before.repository.has_value()) rules_are_due(root);
  if (now.empty()) {
    rules_.erase(directory);
  } else {
    rules_[directory] = std::move(now);
  }
  return !is_same;
}

void Engine::read_rules_outside(Root& root) {
  if (root.is_file()) return;
  RootRules& rules = *root.rules;
  const std::vector<RuleSentinel> old = take_rule_sentinels(root, tree::kNoNode);
  rules_may_wait_ = root.state == Root::State::watched;
  rules_wanting_ = false;
  rules_are_rewritten_ = false;
  std::vector<RootRules::Above> above;
  if (root.options.ignore.standard) above = read_rules_above(root);
  std::vector<RuleFile> named;
  const bool case_sensitive = is_case_sensitive_outside(root);
  for (std::size_t each = 0; each < rules.named_paths.size(); ++each) {
    const std::string& path = rules.named_paths[each];
    follow_file(root, tree::kNoNode, path);
    const RuleFile before = each < rules.named.size() ? rules.named[each] : RuleFile();
    named.push_back(rule_file(path, disk_.read_file(path, IgnoreFile::kFileBytesMax), case_sensitive, before));
    tell_rule_trouble(root, root.shown, named.back(), before);
  }
  leave_rule_sentinels(old);
  read_rules_again(tree::kNoNode);
  const bool is_same = above == rules.above && named == rules.named;
  rules.above = std::move(above);
  rules.named = std::move(named);
  if (!is_same) decide_anew(root, root.node);
}

// Up to the top of the repository that the root is in, unless it is that itself.
std::vector<RootRules::Above> Engine::read_rules_above(Root& root) {
  std::vector<RootRules::Above> above;
  const std::vector<std::string> directories = directories_above(disk_, root.path);
  const std::vector<RootRules::Above>& before = root.rules->above;
  bool case_sensitive = true;
  for (const std::string& path : directories) {
    for (const std::string_view name : {kGitignore, kIgnore, kDotGit}) {
      follow_name(root, tree::kNoNode, path, std::string(name), Backend::Interest::contents);
    }
    RootRules::Above& next = above.emplace_back();
    next.name = name_of(path);
    const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(join(path, ""));
    if (is_limit(open.error)) rules_wanting_ = true;
    if (!open) continue;
    const std::size_t place = above.size() - 1;
    const bool is_known = place < before.size() && before[place].name == next.name;
    const DirectoryRules& rules_before = is_known ? before[place].rules : no_rules();
    next.rules = read_directory_rules(root, tree::kNoNode, join(path, ""), *open.value, rules_before, case_sensitive);
    tell_rule_trouble(root, root.shown, next.rules, rules_before);
    if (next.rules.repository) case_sensitive = next.rules.repository->case_sensitive;
  }
  return above;
}

// `path` ends in "/". `case_sensitive`: unless it is the top of a repository.
DirectoryRules Engine::read_directory_rules(Root& root, NodeId owner, const std::string& path, sys::Directory& open,
                                            const DirectoryRules& before, bool case_sensitive) {
  DirectoryRules now;
  const sys::Outcome<sys::FileContent> dot_git = open.read_file(kDotGit, kDotGitBytesMax);
  if (dot_git) {
    now.repository = read_repository(root, owner, path, dot_git.value, before.repository.value_or(RepositoryRules()));
    case_sensitive = now.repository->case_sensitive;
  } else if (is_limit(dot_git.error)) {
    rules_wanting_ = true;
    now.repository = before.repository;
  }
  const auto read = [&](std::string_view name, const RuleFile& file_before) {
    return rule_file(join(path, name), open.read_file(name, IgnoreFile::kFileBytesMax), case_sensitive, file_before);
  };
  now.gitignore = read(kGitignore, before.gitignore);
  now.ignore = read(kIgnore, before.ignore);
  return now;
}

RepositoryRules Engine::read_repository(Root& root, NodeId owner, const std::string& path,
                                        const sys::FileContent& dot_git, const RepositoryRules& before) {
  const std::optional<std::string> common = common_git_directory(disk_, path, dot_git);
  const GitIgnoreSettings settings = read_ignore_settings(disk_, common.value_or(std::string()));
  RepositoryRules now;
  now.case_sensitive = root.options.ignore.rule_case == RuleCase::automatic
                           ? !settings.ignore_case
                           : root.options.ignore.rule_case == RuleCase::sensitive;
  const auto read = [&](const std::string& file, const RuleFile& file_before) {
    follow_file(root, owner, file);
    return rule_file(file, disk_.read_file(file, IgnoreFile::kFileBytesMax), now.case_sensitive, file_before);
  };
  if (common) {
    if (!disk_.status(*common + "/info")) follow_file(root, owner, *common + "/info");
    now.exclude = read(*common + "/info/exclude", before.exclude);
  }
  if (!settings.excludes.empty()) now.global = read(settings.excludes, before.global);
  return now;
}

RuleFile Engine::rule_file(const std::string& path, sys::Outcome<sys::FileContent> found, bool case_sensitive,
                           const RuleFile& before) {
  if (is_limit(found.error)) {
    rules_wanting_ = true;
    return before;
  }
  const bool is_nothing =
      is_gone(found.error) || (found && found.value.type == EntryType::file && found.value.size == 0);
  const bool was_something = before.rules != nullptr && !before.rules->bytes().empty();
  if (rules_may_wait_ && is_nothing && was_something && now_ < before.gone_since.value_or(now_) + kRulesRewrite) {
    rules_are_rewritten_ = true;
    RuleFile kept = before;
    if (!kept.gone_since) kept.gone_since = now_;
    return kept;
  }
  RuleFile now = core::rule_file(disk_, path, std::move(found), case_sensitive, before);
  now.gone_since.reset();
  return now;
}

void Engine::tell_rule_trouble(Root& root, std::string_view shown, const RuleFile& now, const RuleFile& before) {
  if (now.trouble.empty() || now.trouble == before.trouble) return;
  notice_about(Kind::error, root, shown, now.trouble, now.code);
}

void Engine::tell_rule_trouble(Root& root, std::string_view shown, const DirectoryRules& now,
                               const DirectoryRules& before) {
  tell_rule_trouble(root, shown, now.ignore, before.ignore);
  tell_rule_trouble(root, shown, now.gitignore, before.gitignore);
  if (!now.repository) return;
  const RepositoryRules repository = before.repository.value_or(RepositoryRules());
  tell_rule_trouble(root, shown, now.repository->exclude, repository.exclude);
  tell_rule_trouble(root, shown, now.repository->global, repository.global);
}

bool Engine::is_case_sensitive(const Root& root, NodeId directory) const {
  for (NodeId above = directory; above != tree::kNoNode; above = tree_.parent(above)) {
    const auto found = rules_.find(above);
    if (found != rules_.end() && found->second.repository) return found->second.repository->case_sensitive;
  }
  return is_case_sensitive_outside(root);
}

bool Engine::is_case_sensitive_outside(const Root& root) const {
  const RuleCase rule_case = root.options.ignore.rule_case;
  if (rule_case != RuleCase::automatic) return rule_case == RuleCase::sensitive;
  if (!root.rules->above.empty() && root.rules->above.front().rules.repository) {
    return root.rules->above.front().rules.repository->case_sensitive;
  }
  return !disk_.same_name("a", "A");
}

// ---- following them ----

std::vector<RuleSentinel> Engine::take_rule_sentinels(Root& root, NodeId owner) {
  std::vector<RuleSentinel>& all = root.rules->sentinels;
  const auto first =
      std::stable_partition(all.begin(), all.end(), [&](const RuleSentinel& each) { return each.owner != owner; });
  std::vector<RuleSentinel> taken(std::make_move_iterator(first), std::make_move_iterator(all.end()));
  all.erase(first, all.end());
  return taken;
}

// After those that take their place were set up, so that a directory that is watched on is watched without a break.
void Engine::leave_rule_sentinels(const std::vector<RuleSentinel>& sentinels) {
  for (const RuleSentinel& sentinel : sentinels) {
    by_sentinel_.erase(sentinel.node);
    forget(sentinel.node);
  }
}

// False where the directory is not there.
bool Engine::follow_name(Root& root, NodeId owner, const std::string& directory, const std::string& name,
                         Backend::Interest interest) {
  if (backend_.polls()) return true;
  // One watch tells of all of it; another would keep Windows from removing the directory.
  const bool is_inside = directory == root.path || directory.starts_with(root.path + '/');
  if (is_inside && owner != tree::kNoNode && backend_.recursive() && root.options.recursive) return true;
  std::vector<RuleSentinel>& sentinels = root.rules->sentinels;
  const auto known = std::find_if(sentinels.begin(), sentinels.end(), [&](const RuleSentinel& each) {
    return each.owner == owner && each.directory == directory;
  });
  if (known != sentinels.end()) {
    known->names.push_back(name);
    return true;
  }
  const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(join(directory, ""));
  int error = open.error;
  if (open) {
    const NodeId node = tree_.add_root();
    const sys::Outcome<std::int32_t> watched = watch_within_limits(node, *open.value, interest);
    error = watched.error;
    if (watched) {
      tree_.set_watch(node, watched.value);
      by_sentinel_.emplace(node, &root);
      sentinels.push_back({node, owner, directory, {name}});
      return true;
    }
    forget(node);
  }
  if (is_gone(error)) return false;
  if (may_pass(error)) rules_wanting_ = true;
  if (!std::exchange(root.rules->is_unfollowed, true)) {
    notice_about(Kind::error, root, root.shown,
                 "changes of ignore rules in " + readable(disk_, directory) + " are not followed", error);
  }
  return true;
}

// The file may be missing, or be a link to one elsewhere.
void Engine::follow_file(Root& root, NodeId owner, const std::string& path) {
  const sys::Outcome<std::string> directory = disk_.resolve(directory_of(path));
  if (!directory) return;
  follow_name(root, owner, directory.value, name_of(path), Backend::Interest::contents);
  const sys::Outcome<std::string> target = disk_.resolve(path);
  if (!target || target.value == join(directory.value, name_of(path))) return;
  follow_name(root, owner, directory_of(target.value), name_of(target.value), Backend::Interest::contents);
}

// Names that were told and are ignored now, and the other way round, are found by listing.
void Engine::decide_anew(Root& root, NodeId top) {
  ++rules_version_;
  if (root.state == Root::State::waiting) return;
  scan_all(root, top, false);
}

void Engine::forget_rules(NodeId directory) {
  const auto found = rules_.find(directory);
  if (found == rules_.end()) return;
  if (found->second.repository) orphaned_rules_.push_back(directory);
  rules_.erase(found);
}

void Engine::leave_orphaned_rules() {
  if (orphaned_rules_.empty()) return;
  for (const NodeId directory : std::exchange(orphaned_rules_, {})) {
    for (const std::unique_ptr<Root>& root : roots_) {
      if (root->rules) leave_rule_sentinels(take_rule_sentinels(*root, directory));
    }
  }
}

}  // namespace vigil::core
