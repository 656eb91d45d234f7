// Roots: added, lost, found again; and repair after a loss.
#include "base/short_name.hpp"
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <utility>

namespace vigil::core {

namespace {

// After a repair that was itself overtaken by a loss the next one waits this long, so that a storm of changes is not
// met with a storm of listings.
constexpr std::chrono::milliseconds kRepairPause{100};

// Looking for a root that is not there follows the tree as it changes under the search, so many times at most.
constexpr int kAttemptsMax = 64;

// How often a root is looked for whose ancestors cannot be watched.
constexpr std::chrono::seconds kAwaitInterval{1};

Error refuse(std::string_view path, int error) {
  const std::string message = "cannot watch '" + std::string(path) + "': " + sys::words_of(error);
  if (error == sys::kIsALink) return {ErrorCode::system, message, error};  // links in a circle
  switch (sys::meaning_of(error)) {
    case sys::ErrorMeaning::gone: return {ErrorCode::not_found, message, error};
    case sys::ErrorMeaning::denied: return {ErrorCode::permission_denied, message, error};
    case sys::ErrorMeaning::limit: return {ErrorCode::limit_reached, message, error};
    case sys::ErrorMeaning::other: break;
  }
  return {ErrorCode::system, message, error};
}

// Whatever is in the way: the root is not there. Links that lead in a circle are another matter.
int seen_from_root(int error) { return is_gone(error) && error != sys::kIsALink ? sys::kNotFound : error; }

std::string parent_path(const std::string& path) {
  const std::size_t slash =
      path.find_last_not_of('/') == std::string::npos ? std::string::npos : path.rfind('/', path.find_last_not_of('/'));
  if (slash == std::string::npos) return "/";
  const std::size_t end = path.find_last_not_of('/', slash);
  return end == std::string::npos ? "/" : path.substr(0, end + 1);
}

std::string join(const std::string& directory, const std::string& name) {
  return directory.back() == '/' ? directory + name : directory + '/' + name;
}

std::string last_name(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return {};
  const std::size_t slash = path.rfind('/', end);
  return path.substr(slash + 1, end - slash);
}

}  // namespace

Root* Engine::find_root(std::string_view shown) const {
  for (const std::unique_ptr<Root>& root : roots_) {
    if (root->shown == shown) return root.get();
  }
  return nullptr;
}

Root* Engine::root_of(NodeId node) const {
  if (roots_.size() == 1 && by_sentinel_.empty()) return roots_.front().get();
  const auto found = by_node_.find(tree_.root(node));
  return found == by_node_.end() ? nullptr : found->second;
}

// A root that can be looked for, but is not among those of the engine yet.
Result<std::unique_ptr<Root>> Engine::prepare(std::string_view path, const RootOptions& options) const {
  if (path.empty()) return Error(ErrorCode::invalid_argument, "an empty path cannot be watched");
  if (path.find('\0') != std::string_view::npos) {
    return Error(ErrorCode::invalid_argument, "a path with a NUL byte cannot be watched");
  }
  if (find_root(path) != nullptr) {
    return Error(ErrorCode::already_watched, "'" + std::string(path) + "' is watched already");
  }
  Result<event::Filter> filter =
      event::Filter::parse({options.include, options.exclude, options.include_regex, options.exclude_regex});
  if (!filter) return std::move(filter).error();

  auto root = std::make_unique<Root>();
  root->shown = path;
  root->prefix = disk_.prefix(root->shown);
  root->options = options;
  root->filter = std::move(*filter);
  sys::Outcome<std::string> wanted = disk_.absolute(root->shown);
  if (!wanted) return refuse(path, wanted.error);
  root->wanted = std::move(wanted.value);
  if (options.ignore.any()) {
    root->rules = std::make_unique<RootRules>();
    for (const std::string& file : options.ignore.more) {
      sys::Outcome<std::string> absolute = disk_.absolute(file);
      if (!absolute) return refuse(file, absolute.error);
      root->rules->named_paths.push_back(std::move(absolute.value));
    }
  }
  return root;
}

Status Engine::add(std::string_view path, const RootOptions& given, Moment now, Batch& out) {
  const Result<RootOptions> all = with_snapshot(path, given);
  if (!all) return all.error();
  const RootOptions& options = *all;
  Result<std::unique_ptr<Root>> prepared = prepare(path, options);
  if (!prepared) return std::move(prepared).error();
  std::unique_ptr<Root> root = std::move(*prepared);
  begin_step(now, out);
  file_systems_.begin();

  const sys::Outcome<Location> location = locate(*root);
  const int error = location.error;
  sys::FileStatus status;
  if (error == 0) {
    const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(location.value.directory + "/");
    if (!open) return refuse(path, open.error);
    if (const sys::Outcome<sys::FileStatus> own = open.value->status()) status = own.value;
    ask_coverage(*root, location.value.directory, *open.value);
  } else if (error == sys::kNotWatchable) {
    return Error(ErrorCode::not_watchable,
                 "cannot watch '" + std::string(path) + "': it is neither a directory nor a file");
  } else if (error != sys::kNotFound || !options.await_missing) {
    return refuse(path, error);
  }
  if (Status missing = find_named_rules(*root); !missing) return missing;
  Root& added = *roots_.emplace_back(std::move(root));
  if (options.since) recall(added, options.since->image(), now);
  if (error == 0 && options.since) {
    begin_catch_up(added, location.value, status);
    return Done{};
  }
  if (error == 0) {
    establish(added, location.value);
    if (options.initial) notice(Kind::ready, added, {});
    be_ready_early(added);
    return Done{};
  }
  added.state = Root::State::watched;
  notice(Kind::ready, added, {});
  if (options.since) tell_untold(added);
  added.state = Root::State::waiting;
  notice(Kind::lost, added, "it does not exist yet", sys::kNotFound);
  await(added);
  return Done{};
}

bool Engine::is_listing(std::string_view path) const {
  const Root* const root = find_root(path);
  return root != nullptr && root->state == Root::State::listing;
}

std::optional<Status> Engine::added(std::string_view path) {
  const Root* const root = find_root(path);
  if (root != nullptr && root->state == Root::State::listing && !root->options.initial && !root->ready_early) {
    return std::nullopt;
  }
  return Done{};
}

Status Engine::remove(std::string_view path) {
  Root* const root = find_root(path);
  if (root == nullptr) return Error(ErrorCode::not_watched, "'" + std::string(path) + "' is not watched");
  cancel_scans(*root);
  if (root->ready_early) {
    root->ready_early = false;
    release_held(false);
  }
  for (const Root::Sentinel& sentinel : root->sentinels) leave_sentinel(sentinel);
  end_rules(*root);
  if (root->node != tree::kNoNode) {
    by_node_.erase(root->node);
    forget(root->node);
  }
  std::erase_if(roots_, [&](const std::unique_ptr<Root>& candidate) { return candidate.get() == root; });
  places_ = {};
  return Done{};
}

// Finds out where the root is now, and whether it is a directory or a file. kNotFound while it is not there,
// kNotWatchable for what cannot be watched, or what the system said.
sys::Outcome<Engine::Location> Engine::locate(const Root& root) const {
  const sys::Outcome<std::string> path = disk_.resolve(root.wanted);
  if (!path) return sys::Outcome<Location>::failure(seen_from_root(path.error));
  const sys::Outcome<sys::FileStatus> status = disk_.status(path.value);
  if (!status) return sys::Outcome<Location>::failure(status.error);
  const auto without_slash = [](std::string directory) { return directory == "/" ? std::string() : directory; };
  switch (status.value.type) {
    case EntryType::directory: return {{without_slash(path.value), {}}};
    case EntryType::file: return {{without_slash(parent_path(path.value)), last_name(path.value)}};
    default: return sys::Outcome<Location>::failure(sys::kNotWatchable);
  }
}

// Gives the root its directory node and has it listed.
void Engine::establish(Root& root, const Location& location) {
  if (root.node == tree::kNoNode) {
    root.node = tree_.add_root();
    by_node_.emplace(root.node, &root);
  } else if (root.only != location.only) {
    // A directory where a file was, or the other way round: the paths of what was there end here.
    while (tree_.first_child(root.node) != tree::kNoNode) drop(tree_.first_child(root.node), true);
  }
  root.path = location.directory;
  root.only = location.only;
  tree_.set_identity(root.node, EntryType::directory, 0);
  places_ = {};
  guard(root);
  if (root.rules) begin_rules(root);
  scan_later(root.node, root);
}

// Watches the directories above that exist; when the next name on the way appears, tries again. Costs nothing while
// nothing happens there.
void Engine::await(Root& root) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (const sys::Outcome<Location> location = locate(root)) {
      attach(root, location.value);
      return;
    }
    const sys::Outcome<sys::Step> end = disk_.last_step(root.wanted);
    std::vector<std::string> ways;
    const auto add = [&](const std::string& path) {
      if (std::find(ways.begin(), ways.end(), path) == ways.end()) ways.push_back(path);
    };
    if (end && !end.value.name.empty()) add(join(end.value.directory, end.value.name));
    add(without_links(root.wanted));  // a link may be made to lead elsewhere
    if (!root.path.empty()) add(root.path);
    const int error = watch_names(root, ways);
    if (is_gone(error)) continue;
    if (error != 0) {
      if (root.wait_error != error && !backend_.polls()) {
        notice(Kind::error, root,
               "the directory in which it would appear cannot be watched: looked for every second instead", error);
      }
      root.wait_error = error;
      await_not_before_ = now_ + kAwaitInterval;
      return;
    }
    // What came before the watches were there is not told by them.
    const sys::Outcome<sys::Step> end_now = disk_.last_step(root.wanted);
    if (!locate(root) && end_now.error == end.error && (!end || end_now.value == end.value)) {
      if (root.is_unseen) await_not_before_ = now_ + kAwaitInterval;
      return;
    }
  }
}

// The path with the links on the way to its first missing name, or its last, resolved, but not that name.
std::string Engine::without_links(const std::string& path) const {
  std::string above = parent_path(path);
  std::string name = last_name(path);
  sys::Outcome<std::string> resolved = disk_.resolve(above);
  while (!resolved && above != "/") {
    name = last_name(above);
    above = parent_path(above);
    resolved = disk_.resolve(above);
  }
  return join(resolved ? resolved.value : above, name);
}

// Looks again for the roots that could not be waited for or guarded properly.
void Engine::retry_awaited() {
  if (!await_not_before_ || now_ < *await_not_before_) return;
  await_not_before_.reset();
  for (const std::unique_ptr<Root>& root : roots_) {
    if (root->is_closed) try_closed(*root);
    if (root->state == Root::State::waiting) {
      await(*root);
    } else if (root->unguarded) {
      const Timestamp before = disk_.now();
      check_root(*root);
      if (root->state == Root::State::waiting) continue;
      root->seen_at = before;
      guard(*root);
      check_root(*root);
      if (root->rules) rules_are_due(*root);  // another repository may have begun unseen
    }
  }
}

// Something below may not be read. Where that is for the root's own path, it is of no directory that is watched, and so
// no record tells when that changes.
void Engine::is_closed(Root& root) {
  if (root.is_closed || root.state == Root::State::waiting) return;
  if (!is_denied(disk_.status(root.path.empty() ? "/" : root.path).error)) return;
  root.is_closed = true;
  await_not_before_ = now_ + kAwaitInterval;
}

void Engine::try_closed(Root& root) {
  root.is_closed = false;
  if (root.state == Root::State::waiting) return;
  is_closed(root);
  if (!root.is_closed) try_unreadable(root.node);
}

// Watches what becomes of each name on some paths, which are without links but need not exist. What cannot be watched
// is left out, for want of watches only for a while; the error is that of the directory nearest to the end of the
// first.
int Engine::watch_names(Root& root, const std::vector<std::string>& paths) {
  std::vector<Root::Sentinel> before;
  before.swap(root.sentinels);
  root.unguarded = false;
  root.is_unseen = false;
  int error = 0;
  for (const std::string& path : paths) {
    const int nearest = watch_names_above(root, path, !before.empty());
    if (&path == &paths.front()) error = nearest;
  }
  // After the new ones, so that a directory that is watched on is watched without a break.
  for (const Root::Sentinel& sentinel : before) leave_sentinel(sentinel);
  return error;
}

// `again`: they were watched before, and most of them are.
int Engine::watch_names_above(Root& root, std::string path, bool again) {
  int nearest_error = 0;
  for (bool nearest = true; path != "/"; nearest = false) {
    const std::string above = parent_path(path);
    const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(above);
    int error = open.error;
    if (open) {
      if (nearest && !tells_all(above, *open.value)) root.is_unseen = true;
      const NodeId node = tree_.add_root();
      const sys::Outcome<std::int32_t> watched =
          again ? backend_.watch(node, *open.value, backend::Backend::Interest::names)
                : watch_within_limits(node, *open.value, backend::Backend::Interest::names);
      error = watched.error;
      if (watched) {
        tree_.set_watch(node, watched.value);
        by_sentinel_.emplace(node, &root);
        root.sentinels.push_back({node, last_name(path)});
      } else {
        forget(node);
      }
    }
    if (nearest) nearest_error = error;
    if (may_pass(error)) {
      root.unguarded = true;
      await_not_before_ = now_ + kAwaitInterval;
    }
    path = above;
  }
  return nearest_error;
}

void Engine::leave_sentinel(const Root::Sentinel& sentinel) {
  by_sentinel_.erase(sentinel.node);
  forget(sentinel.node);
}

// Watches the names on the way to a root that is there. Where that cannot be done, what the root tells of itself must
// do.
void Engine::guard(Root& root) {
  if (!root.unguarded) root.seen_at = drained_at_;
  if (!root.path.empty() && !backend_.polls()) (void)watch_names(root, {root.path});  // else a poll tells
}

void Engine::on_sentinel(Root& root, const backend::Hint& hint) {
  if (root.rules && on_rule_sentinel(root, hint)) return;
  const bool is_other_name = backend_.uses_other_names() && base::may_be_short_name(hint.name);
  const bool of_name = std::any_of(root.sentinels.begin(), root.sentinels.end(), [&](const Root::Sentinel& sentinel) {
    if (sentinel.node != hint.directory) return false;
    return hint.name.empty() || is_other_name || disk_.same_name(sentinel.name, hint.name);
  });
  if (!of_name) return;
  if (root.state == Root::State::waiting) {
    await(root);
    return;
  }
  check_root(root);
  if (root.state == Root::State::waiting) return;
  guard(root);  // a directory above may be another now
  if (root.rules) rules_are_due(root);
  check_root(root);  // what came meanwhile may have been told to the guards that were given up
}

void Engine::attach(Root& root, const Location& location) {
  root.wait_error = 0;
  root.state = Root::State::repairing;
  // Before the notice, which says what the root is; a root that becomes another type is dealt with by establish().
  if (root.node == tree::kNoNode) root.only = location.only;
  notice(Kind::restored, root, {});
  establish(root, location);
}

void Engine::lose(Root& root, std::string_view reason, int code) {
  if (root.state == Root::State::waiting) return;
  if (root.state == Root::State::listing) become_ready(root, true);  // which comes first, even so
  notice(Kind::lost, root, reason, code);
  cancel_scans(root);
  const bool was_repairing = root.state == Root::State::repairing;
  root.state = Root::State::waiting;
  root.catch_up = Root::CatchUp::no;  // by the repair, when it is back
  // Half a move from before the loss explains nothing after it.
  std::erase_if(moves_, [&](const Move& move) {
    if (root_of(move.node) != &root) return false;
    clear_flag(move.node, kMoving);
    return true;
  });
  Timestamp since = suspect_since();
  if (root.unguarded) since = std::min(since, root.seen_at);  // another may have been there for long
  root.suspect_since =
      was_repairing ? std::min(root.suspect_since, since) : since;  // what was lost before is due still
  tree_.for_each_directory(root.node, [&](NodeId directory) {
    const std::int32_t watch = tree_.watch(directory);
    if (watch == tree::kNoWatch) return;
    backend_.unwatch(watch, directory);
    tree_.set_watch(directory, tree::kNoWatch);
  });
  await(root);
}

void Engine::cancel_scans(Root& root) {
  std::erase_if(scans_, [&](const Scan& scan) {
    if (scan.root != &root) return false;
    // Of a directory that is gone the number may be another root's by now.
    if (tree_.alive(scan.directory) && root_of(scan.directory) == &root) clear_flag(scan.directory, kScanDue);
    return true;
  });
  std::erase_if(partly_listed_, [&](const PartlyListed& listing) {
    if (listing.scan.root != &root) return false;
    clear_seen(listing.scan.directory);
    return true;
  });
  for (Sent& sent : sent_) {
    if (sent.scan.root != &root || sent.scan.directory == tree::kNoNode) continue;
    clear_flag(sent.scan.directory, kScanDue);
    sent.scan.directory = tree::kNoNode;
  }
  root.scans = 0;
}

// Whether the root's path still leads to the directory that is watched.
void Engine::check_root(Root& root) {
  if (root.state == Root::State::waiting) return;
  const sys::Outcome<sys::FileStatus> status = disk_.status(root.path.empty() ? "/" : root.path);
  const std::uint64_t inode = tree_.inode(root.node);
  const bool is_directory = status && status.value.type == EntryType::directory;
  if (is_directory && !is_other_inode(inode, status.value.inode)) {
    scan_later(root.node, root);  // perhaps another of the same number
    return;
  }
  std::string_view reason = "it was removed or moved away";
  if (status) reason = "something else took its place";
  if (is_denied(status.error)) reason = "its path may not be walked any more";
  lose(root, reason, status.error);
}

void Engine::lost_records(std::string_view reason) {
  ++counters_.losses;
  distrust_sent();
  start_repairs(reason);
}

void Engine::start_repairs(std::string_view reason) {
  // The halves of moves that are waited for may be among what was lost.
  for (const Move& move : moves_) {
    const Origin origin(*this, move.seen);
    clear_flag(move.node, kMoving);
    doubt(move.node);
  }
  moves_.clear();
  for (const std::unique_ptr<Root>& root : roots_) {
    if (root->rules) rules_are_due(*root);
  }
  if (repairing_) {
    lost_again_since_ = suspect_since();
    lost_again_ = true;
    return;
  }
  repair_not_before_.reset();
  std::vector<NodeId> tops;
  for (const std::unique_ptr<Root>& root : roots_) {
    if (root->state == Root::State::watched) tops.push_back(root->node);
  }
  inodes_.build(tree_, tops);
  for (const std::unique_ptr<Root>& root : roots_) begin_repair(*root, reason);
}

void Engine::begin_repair(Root& root, std::string_view reason) {
  switch (root.state) {
    case Root::State::waiting: await(root); break;
    case Root::State::watched:
      repairing_ = true;
      root.state = Root::State::repairing;
      root.suspect_since = suspect_since();
      notice(Kind::rescan, root, reason);
      scan_later(root.node, root);
      break;
    case Root::State::listing:
      if (root.options.initial && !std::exchange(root.lost_early, true)) root.suspect_since = suspect_since();
      scan_all(root, root.node);
      break;
    case Root::State::repairing: scan_all(root, root.node); break;
  }
}

// What changed from this time on may not have been told. When the clock was set back since the queue was last empty,
// changes may bear a time from before: then as much earlier as it was set back. A loss whose repair is yet to begin is
// not made good by what was read since.
Timestamp Engine::suspect_since() const {
  const Timestamp unchanged_clock =
      disk_.now() - std::chrono::duration_cast<Timestamp::duration>(now_ - drained_moment_);
  const Timestamp since = unchanged_clock < drained_at_ - kClockSlack ? unchanged_clock - kClockSlack : drained_at_;
  return lost_again_ ? std::min(lost_again_since_, since) : since;
}

void Engine::admit_weakness(Root& root) {
  if (backend_.weakness().empty()) return;
  notice(Kind::degraded, root, std::string(backend_.weakness()) + ": all is compared with the disk every 2 seconds");
  if (compare_not_before_) return;
  compared_since_ = disk_.now();
  compare_not_before_ = now_;
}

// Perhaps not yet, unless it has to be at once.
void Engine::become_ready(Root& root, bool at_once) {
  if (root.ready_early) {
    if (restore_base(root, at_once)) admit_weakness(root);
    return;
  }
  root.state = Root::State::watched;
  root.lost_early = false;
  if (root.options.initial) {
    notice(Kind::live, root, {});
    admit_weakness(root);
    return;
  }
  notice(Kind::ready, root, {});
  admit_weakness(root);
  for (Event event : root.early) {
    ++counters_.events;
    event.seq = ++seq_;
    out_->append(event);
  }
  root.early = Batch();
}

// Whether something is in doubt that the listing of a repair left so. Not what came to be in doubt since: where entries
// are removed without a pause, something always is, and the repair would never end.
bool Engine::is_relisting_doubted() {
  if (!relisted_at_) relisted_at_ = backend_.mark();
  return std::any_of(doubts_.begin(), doubts_.end(),
                     [&](const Doubt& doubt) { return has_to_come(doubt.origin, *relisted_at_); });
}

void Engine::finish_roots() {
  bool under_way = false;
  for (const std::unique_ptr<Root>& each : roots_) {
    Root& root = *each;
    if (std::exchange(root.turned, false)) lose(root, "a directory took the place of the file", 0);
    if (root.state == Root::State::listing && root.scans == 0 && !awaits_fresh(root) && is_base_known(root)) {
      become_ready(root, false);
    }
    finish_catch_up(root);
    if (root.state == Root::State::repairing) {
      if (is_listing() || is_relisting_doubted() || lost_again_ || (root.keeps && is_one_untold(root))) {
        under_way = true;
        continue;
      }
      root.state = Root::State::watched;
      notice(Kind::live, root, {});
    }
  }
  if (under_way || lost_again_) {
    if (!lost_again_ || is_listing()) return;
    // Overtaken by another loss: once more, from the start, after a pause. Also for the roots whose repair was
    // complete.
    if (!repair_not_before_) repair_not_before_ = now_ + kRepairPause;
    if (now_ < *repair_not_before_) return;
    repairing_ = false;
    relisted_at_.reset();
    std::vector<std::pair<Root*, Timestamp>> repaired;
    for (const std::unique_ptr<Root>& root : roots_) {
      if (root->state != Root::State::repairing) continue;
      root->state = Root::State::watched;
      repaired.emplace_back(root.get(), root->suspect_since);
    }
    start_repairs("changes were lost again during the repair");
    for (const auto& [root, since] : repaired) root->suspect_since = std::min(since, root->suspect_since);
    lost_again_ = false;
    return;
  }
  if (!repairing_) return;
  repairing_ = false;
  relisted_at_.reset();
  ++counters_.repairs;
  inodes_.clear();
}

}  // namespace vigil::core
