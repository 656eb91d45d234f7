// Listing directories and comparing them with the tree.
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vigil::core {

namespace {

// A step lists so many directories at most, and none any more once the file systems' clock has ticked (every 1 to 10
// ms), so that the kernel's queue is read in between.
constexpr unsigned kScanSlice = 64;

// How often directories are compared that the kernel would not watch.
constexpr std::chrono::seconds kPollInterval{2};

// How soon it is tried again where another listing was under way.
constexpr std::chrono::milliseconds kCompareRetry{100};

}  // namespace

const Engine::Place& Engine::place_of(NodeId directory) {
  Place& place = places_[directory % kPlaces];
  if (place.directory == directory && place.shape_version == tree_.shape_version()) return place;
  place.directory = directory;
  place.shape_version = tree_.shape_version();
  place.root = root_of(directory);
  if (place.root == nullptr) return place;
  place.system.assign(place.root->path).append(1, '/');
  place.relative = place.system.size();
  tree_.append_path(directory, place.system);
  if (place.system.back() != '/') place.system.append(1, '/');
  place.shown.assign(place.root->prefix).append(place.system, place.relative, std::string::npos);
  if (const char separator = disk_.separator(); separator != '/') {
    std::replace(place.shown.begin() + static_cast<std::ptrdiff_t>(place.root->prefix.size()), place.shown.end(), '/',
                 separator);
  }
  return place;
}

void Engine::scan_later(NodeId directory, Root& root, bool rewatch) {
  if (root.state == Root::State::waiting) return;
  if (flag(directory, kScanDue)) {
    // What is under way may have been listed already, before whatever it is listed for.
    for (Sent& sent : sent_) {
      if (sent.scan.directory != directory) continue;
      sent.stale = true;
      sent.scan.origin = std::min(sent.scan.origin, origin_);
    }
    if (origin_ < awaited_ || (rewatch && some_compare_only_)) {
      for (Scan& scan : scans_) {
        if (scan.directory != directory) continue;
        if (origin_ < awaited_) scan.origin = std::min(scan.origin, origin_);
        scan.rewatch = scan.rewatch || rewatch;
      }
    }
    return;
  }
  set_flag(directory, kScanDue);
  some_compare_only_ = some_compare_only_ || !rewatch;
  scans_.push_back({directory, &root, rewatch, origin_});
  ++root.scans;
}

// Every directory known below `top`, itself included, children before their parents' turn comes last: the list is
// worked off from its end, and a parent found elsewhere must not be missed by its children.
void Engine::scan_all(Root& root, NodeId top, bool rewatch) {
  std::vector<NodeId> directories;
  tree_.for_each_directory(top, [&](NodeId directory) { directories.push_back(directory); });
  std::reverse(directories.begin(), directories.end());
  const bool listable = root.options.recursive && !root.is_file();
  for (const NodeId directory : directories) {
    if (listable || directory == root.node) scan_later(directory, root, rewatch);
  }
}

// What vanished in one place and appeared in another may have been outside in between, where its changes are not told.
void Engine::compare_moved(NodeId node, Timestamp since, const Found& found) {
  Root* const root = root_of(node);
  if (root == nullptr) return;
  if (!tree_.is_directory(node)) {
    if (tree_.type(node) == EntryType::file && found.status.modified >= since) emit(Kind::modified, node, true);
    return;
  }
  scan_all(*root, node);
  for (Scan& scan : scans_) {
    if (is_below(scan.directory, node)) scan.since = std::min(scan.since.value_or(since), since);
  }
}

void Engine::scan_some() {
  if (!is_listing()) return;
  const Timestamp begin = disk_.now();
  for (unsigned count = 0; is_listing() && count < kScanSlice; ++count) {
    if (count % 8 == 7 && disk_.now() != begin) break;
    if (count > 0 && is_full()) break;
    if (!partly_listed_.empty()) {
      go_on_listing();
      continue;
    }
    send_ahead();
    const unsigned taken = take_ahead();
    count += taken;
    if (scans_.empty()) {
      if (taken == 0) break;
      continue;
    }
    scan_next();
  }
  if (is_listing()) return;
  keep_scans_ = false;
  some_compare_only_ = false;
  if (!pass_) lister_.rest();
}

void Engine::scan_next() {
  const Scan next = scans_.back();
  scans_.pop_back();
  --next.root->scans;
  if (!tree_.alive(next.directory) || !flag(next.directory, kScanDue)) return;
  clear_flag(next.directory, kScanDue);
  if (tree_.is_directory(next.directory)) scan(next);
}

void Engine::scan(const Scan& scan) {
  const Origin origin(*this, scan.origin);
  sys::Outcome<std::unique_ptr<sys::Directory>> opened = disk_.open(place_of(scan.directory).system);
  if (opened) {
    list(scan, std::move(opened.value), false);
  } else {
    cannot_list(scan, opened.error);
  }
}

// `is_watched`: since before it was read.
void Engine::list(const Scan& scan, std::unique_ptr<sys::Directory> opened, bool is_watched) {
  sys::Directory& open = *opened;
  const Origin origin(*this, scan.origin);
  const NodeId directory = scan.directory;
  Root& root = *scan.root;
  const sys::Outcome<sys::FileStatus> status = open.status();
  if (!status) {
    cannot_list(scan, status.error);
    return;
  }
  if (tree_.inode(directory) == 0) {
    tree_.set_identity(directory, EntryType::directory, status.value.inode);
    recent_.push_back(directory);
  } else if (is_other_inode(tree_.inode(directory), status.value.inode)) {
    missed(directory);  // another directory has this path now
    return;
  }
  const bool was_unreadable = flag(directory, kUnreadable);
  clear_flag(directory, kUnreadable | kMissed);

  // Watch, then list, then reconcile: what comes in between is told by a doubtful record, the listing, or both.
  const bool keeps_watch = !scan.rewatch && tree_.watch(directory) != tree::kNoWatch;
  if (directory == root.node) note_device(root, status.value.device);
  std::optional<Timestamp> since = untold_since(directory, root);
  const bool was_polled = flag(directory, kUnwatched);
  Coverage coverage = Coverage::complete;
  const bool may = keeps_watch || may_watch(scan, status.value, open, coverage);
  check_told_early(root, status.value.device);
  const bool watched = may && (keeps_watch || is_watched || watch(scan, open, coverage));
  if (flag(directory, kUnreadable)) return;
  if (root.rules) read_rules(root, directory, open);
  if (!since) since = untold_since(directory, root);  // it is polled from now on
  const Timestamp begin = since ? disk_.now() : Timestamp{};
  const bool polled = flag(directory, kUnwatched);
  const Moment began = real_now();
  if (scan.since) since = std::min(since.value_or(*scan.since), *scan.since);
  const bool was_empty = tree_.first_child(directory) == tree::kNoNode;
  go_on_listing({scan,
                 std::move(opened),
                 since,
                 begin,
                 watched && !keeps_watch,
                 was_empty,
                 was_unreadable,
                 polled,
                 was_polled && !polled,
                 status.value,
                 began,
                 {}});
}

void Engine::go_on_listing() {
  PartlyListed listing = std::move(partly_listed_.back());
  partly_listed_.pop_back();
  --listing.scan.root->scans;
  go_on_listing(std::move(listing));
}

// Until its end, or until there is enough to tell for this step. What records tell between two steps is as doubtful as
// between the watch and the listing.
void Engine::go_on_listing(PartlyListed listing) {
  const Scan& scan = listing.scan;
  const Origin origin(*this, scan.origin);
  const NodeId directory = scan.directory;
  leaves_polling_ = listing.leaves_polling;
  while (true) {
    const sys::Outcome<std::span<const sys::DirectoryEntry>> block = listing.open->read();
    if (!block) {
      clear_seen(directory);
      if (listing.was_unreadable) set_flag(directory, kUnreadable);  // and that was told
      cannot_list(scan, block.error);
      return;
    }
    if (block.value.empty()) break;
    for (const sys::DirectoryEntry& entry : block.value) {
      // What is gone by now may be back before times tell of it.
      const bool is_there = consider(scan, listing.since, *listing.open, entry);
      if (listing.polled && is_there) listing.sum.add(entry);
    }
    if (!tree_.alive(directory)) return;
    if (!is_full()) continue;
    ++scan.root->scans;
    partly_listed_.push_back(std::move(listing));
    return;
  }
  if (listing.newly_watched) backend_.listed(tree_.watch(directory), directory);
  bool complete = true;
  if (!listing.was_empty) {
    complete = sweep(directory);
  } else {
    clear_seen(directory);
  }
  unread_since_.erase(directory);
  // What the listing missed may have been moved, and is compared when it is found.
  if (!listing.polled || !flag(directory, kUnwatched)) return;
  if (complete) polled_[directory].since = listing.begin;
  note_listing(directory, listing.status, listing.sum, listing.began);
}

bool Engine::watch(const Scan& scan, const sys::Directory& open, Coverage coverage) {
  using Interest = backend::Backend::Interest;
  const NodeId directory = scan.directory;
  Root& root = *scan.root;
  const std::int32_t old = tree_.watch(directory);
  if (backend_.polls()) {
    poll_from_now_on(directory, drained_at_);
    return false;
  }
  Interest interest = Interest::everything;
  if (backend_.recursive() && root.options.recursive && !root.is_file()) {
    const std::int32_t above = tree_.watch(root.node);
    if (directory == root.node) {
      interest = Interest::subtree;
    } else if (above == tree::kNoWatch) {
      tree_.set_watch(directory, tree::kNoWatch);
      poll_from_now_on(directory, drained_at_);  // as the root is, which was told
      return false;
    } else {
      backend_.cover(above, directory);
      tree_.set_watch(directory, above);
      is_watched_now(directory, root, coverage);
      return true;
    }
  }
  const bool is_new = old == tree::kNoWatch;
  const bool is_own_limit = is_new && !has_watch_left();
  const sys::Outcome<std::int32_t> watched =
      is_new ? watch_within_limits(directory, open, interest) : backend_.watch(directory, open, interest);
  if (old != tree::kNoWatch && (!watched || watched.value != old)) backend_.unwatch(old, directory);
  tree_.set_watch(directory, watched ? watched.value : tree::kNoWatch);
  if (watched) {
    is_watched_now(directory, root, coverage);
    return true;
  }
  if (is_denied(watched.error)) {
    cannot_list(scan, watched.error);  // its permissions were taken away since it was opened
    return false;
  }
  poll_from_now_on(directory, drained_at_);  // records of the watch that it had are given up with it
  if (interest == Interest::subtree && old != tree::kNoWatch) scan_all(root, directory);  // all below had it, too
  is_short_of_watches(directory, root, is_own_limit ? 0 : watched.error);
  return false;
}

// What was changed in the directory from then on may not have been told. Nothing where all was.
std::optional<Timestamp> Engine::untold_since(NodeId directory, const Root& root) const {
  std::optional<Timestamp> since;
  const auto consider = [&](Timestamp time) { since = std::min(since.value_or(time), time); };
  if (flag(directory, kUnwatched)) consider(polled_.at(directory).since);
  if (const auto unread = unread_since_.find(directory); unread != unread_since_.end()) consider(unread->second);
  if (root.state == Root::State::repairing || root.lost_early) consider(root.suspect_since);
  return since;
}

void Engine::cannot_list(const Scan& scan, int error) {
  const NodeId directory = scan.directory;
  cannot_open(directory, *scan.root, error);
  if (!flag(directory, kUnreadable) || is_limit(error) || scan.root->state != Root::State::repairing) return;
  // The repair goes on with those known in it: they may be readable, and move to where they are.
  for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (tree_.is_directory(child)) descend(child);
  }
}

void Engine::cannot_open(NodeId directory, Root& root, int error) {
  if (is_gone(error)) {
    // It was removed, replaced or moved, or a directory above was: the records of that are on their way.
    missed(directory);
    return;
  }
  const bool nobody_tells = directory == root.node && tree_.watch(directory) == tree::kNoWatch;
  if (may_pass(error) || nobody_tells) {
    const bool repairing = root.state == Root::State::repairing;
    poll_from_now_on(directory, repairing ? std::min(drained_at_, root.suspect_since) : drained_at_);
    if (repairing && is_limit(error)) {
      // The repair is not complete without it, and it has directories below.
      doubt(directory);
      doubts_not_before_ = now_ + kDoubtRetry;
      look_again_ = false;  // or busy() would have it tried without a pause
    }
  }
  if (root.state == Root::State::repairing) unread_since_.emplace(directory, root.suspect_since);
  const NodeId parent = tree_.parent(directory);
  if (backend_.polls() || (parent != tree::kNoNode && flag(parent, kUnwatched))) {
    poll_from_now_on(directory, drained_at_);  // nothing will tell when it can be opened
  }
  if (flag(directory, kUnreadable)) return;
  set_flag(directory, kUnreadable);
  unreadable_.push_back(directory);
  if (is_denied(error)) is_closed(root);
  if (parent != tree::kNoNode && flag(parent, kUnreadable) &&
      look(parent, tree_.name(directory)).state == Found::State::denied) {
    return;  // what was said of that one includes this
  }
  std::string_view shown = place_of(directory).shown;
  if (shown.size() > 1) shown.remove_suffix(1);
  std::string_view reason = "the directory cannot be read: nothing below it is watched until its permissions change";
  if (is_limit(error)) {
    reason = "the directory cannot be opened: this process has too many open files; it is tried again";
  } else if (may_pass(error)) {
    reason = "the directory cannot be read; it is tried again every 2 seconds";
  } else if (tree_.watch(directory) != tree::kNoWatch) {
    reason = "the directory cannot be read any more: its names are told, but not for sure what they name";
  }
  notice_about(Kind::error, root, shown, reason, error);
}

// False where it is gone by now.
bool Engine::consider(const Scan& scan, const std::optional<Timestamp>& since, sys::Directory& open,
                      const sys::DirectoryEntry& entry) {
  if (entry.type == EntryType::unknown) return false;  // it vanished during the listing
  if (excluded(place_of(scan.directory), entry.name, entry.type == EntryType::directory)) {
    if (const NodeId node = tree_.find(scan.directory, entry.name); node != tree::kNoNode) hide(node);
    return true;
  }
  if (const NodeId node = tree_.find(scan.directory, entry.name); node != tree::kNoNode) {
    set_flag(node, kSeen);
    // Before records that are doubtful for this listing: another may have moved here whose record is among them.
    if (scan.rewatch && !since && tree_.inode(node) == 0 && tree_.type(node) == EntryType::file) doubt_content(node);
    consider_known(node, *scan.root, since, open, entry);
    return true;
  }
  const bool may_have_moved = since && scan.root->state == Root::State::repairing;
  NodeId node = may_have_moved ? moved_here(scan, *since, open, entry) : tree::kNoNode;
  // The status comes before the event, so that what is written later is told by another.
  const bool polled = flag(scan.directory, kUnwatched);
  const sys::Outcome<sys::FileStatus> status = polled ? open.status(entry.name) : sys::Outcome<sys::FileStatus>{};
  if (polled && is_gone(status.error)) return false;
  if (polled && status && node == tree::kNoNode) node = moved_in_pass(scan, entry.name, status.value);
  if (node == tree::kNoNode) {
    // A mount point is listed with the inode it hides, so a directory is known by what opening it shows.
    const EntryType type = polled && status ? status.value.type : entry.type;
    const std::uint64_t inode = type == EntryType::directory ? 0 : polled && status ? status.value.inode : entry.inode;
    node = tree_.add(scan.directory, entry.name, type, inode);
    if (!scan.rewatch) recent_.push_back(node);  // its record may be in the queue, and is no doubtful one
    emit(Kind::created, node, true);
    if (type == EntryType::directory) descend(node);
    if (polled) note_activity(scan.directory);
  }
  if (polled && status) sign(node, status.value);
  set_flag(node, kSeen);
  return true;
}

void Engine::consider_known(NodeId node, const Root& root, const std::optional<Timestamp>& since, sys::Directory& open,
                            const sys::DirectoryEntry& entry) {
  if (flag(node, kHeld)) {
    announce(node, entry.type, entry.type == EntryType::directory ? 0 : entry.inode);
    return;
  }
  if (flag(node, kMoving)) {
    // The name is another's already, whose record is on its way; unless it came before the directory was watched, so
    // that the name is looked at when the move is over. During a repair it may be lost, and the other half as well.
    if (root.state != Root::State::repairing) {
      // A whole directory that came here has no records for what is in it where one watch tells of a subtree.
      if (backend_.recursive() && take_move(node)) doubt(node);
      for (Move& move : moves_) move.doubtful = move.doubtful || move.node == node;
      return;
    }
    (void)take_move(node);
  }
  const bool is_directory = entry.type == EntryType::directory;
  if (entry.type != tree_.type(node) ||
      (tree_.inode(node) != 0 && entry.inode != 0 && entry.inode != tree_.inode(node))) {
    const sys::Outcome<sys::FileStatus> status = open.status(entry.name);  // for what is mounted there
    if (!status) return;
    if (status.value.type != tree_.type(node) || is_other_inode(tree_.inode(node), status.value.inode)) {
      const NodeId directory = tree_.parent(node);
      const std::string name(entry.name);
      replace(node, status.value.type, is_directory ? 0 : status.value.inode);
      if (const NodeId now = tree_.find(directory, name); now != tree::kNoNode) {
        set_flag(now, kSeen);
        sign(now, status.value);
        note_activity(directory);
      }
      return;
    }
  } else if (tree_.inode(node) == 0 && !is_directory) {
    tree_.set_identity(node, entry.type, entry.inode);
  }
  // What is signed is compared by the polls; but a repair is to be complete.
  if (since && (root.state == Root::State::repairing || !is_signed(node)))
    compare_times(node, *since, open, entry.name);
  if (is_directory && (root.state == Root::State::repairing || flag(node, kUnreadable))) descend(node);
}

// During a repair: the node that was elsewhere when it began, now at this entry.
Engine::NodeId Engine::moved_here(const Scan& scan, Timestamp listing_since, sys::Directory& open,
                                  const sys::DirectoryEntry& entry) {
  NodeId found = tree::kNoNode;
  inodes_.find(entry.inode, [&](NodeId node) {
    if (!tree_.alive(node) || tree_.inode(node) != entry.inode || tree_.type(node) != entry.type) return false;
    if (flag(node, kMoving) || flag(node, kHeld) || tree_.parent(node) == tree::kNoNode) return false;
    if (tree_.root(node) != scan.root->node) return false;
    if (is_below(scan.directory, node)) return false;
    const Found old = look_closely(tree_.parent(node), tree_.name(node));
    if (old.state == Found::State::unknown || (old.exists() && old.status.inode == entry.inode)) return false;
    found = node;
    return true;
  });
  if (found == tree::kNoNode) return found;
  const Signature look = kept_look(found, *scan.root);
  // Inode numbers are used again: what was born since is not what was there before.
  Timestamp since = *untold_since(tree_.parent(found), *scan.root);
  if (tree_.parent(found) == scan.directory) since = std::min(since, listing_since);  // it may be watched again by now
  const sys::Outcome<sys::FileStatus> status = open.status(entry.name);
  if (!status || !status.value.born || *status.value.born >= since) return tree::kNoNode;
  if (look != kUnsigned && !born_alike(look, signature_of(status.value))) return tree::kNoNode;
  const NodeId left = tree_.parent(found);
  const std::string old_name(tree_.name(found));
  relocate(found, scan.directory, entry.name, false, true);
  look_for_untold(left, old_name);  // another may have its old name by now, whose directory was listed before
  if (look != kUnsigned) {
    tell_moved(found, look, status.value);
  } else {
    compare_times(found, since, open, entry.name);
  }
  if (entry.type == EntryType::directory) descend(found);
  return found;
}

// A move changes the change time. Whoever wrote as well left another modification time, but for one set by hand.
void Engine::tell_moved(NodeId node, Signature before, const sys::FileStatus& status) {
  const Difference found = difference(before, signature_of(status));
  const bool is_written = found.content || !has_fraction(status.modified);
  if (is_written && tree_.type(node) == EntryType::file) emit(Kind::modified, node, true);
  if (found.access) emit(Kind::attributes, node, true);
  sign(node, status);
}

// Tells what was changed since, by the change time, which nobody can set back. A file whose content time is older was
// given that time on purpose: its content may have changed before.
void Engine::compare_times(NodeId node, Timestamp since, sys::Directory& open, std::string_view name) {
  const sys::Outcome<sys::FileStatus> status = open.status(name);
  if (!status) return;
  if (is_signed(node)) {
    tell_difference(node, status.value);
    return;
  }
  const Root* const root = root_of(node);
  if (const Signature look = root == nullptr ? kUnsigned : kept_look(node, *root); look != kUnsigned) {
    if (difference(look, signature_of(status.value)).any) tell_changed(node, look, status.value);
    return;
  }
  if (const Signature before = signatures_.get(node); leaves_polling_ && before != kUnsigned) {
    if (difference(before, signature_of(status.value)).any) tell_changed(node, before, status.value);
    return;
  }
  tell_since(node, since, status.value);
  sign(node, status.value);
}

void Engine::tell_since(NodeId node, Timestamp since, const sys::FileStatus& status) {
  if (status.changed < since) return;
  const bool is_file = tree_.type(node) == EntryType::file;
  if (is_file) emit(Kind::modified, node, true);
  // Adding an entry to a directory sets both times alike; changing its attributes only one.
  const bool attributes_only = status.modified != status.changed;
  if (!is_file || status.modified < since) {
    if (attributes_only || !tree_.is_directory(node)) emit(Kind::attributes, node, true);
  }
}

// Permissions changed: what could not be read at or below the directory is tried again.
void Engine::try_unreadable(NodeId changed) {
  std::vector<NodeId> unreadable;
  unreadable.swap(unreadable_);
  std::sort(unreadable.begin(), unreadable.end());
  unreadable.erase(std::unique(unreadable.begin(), unreadable.end()), unreadable.end());
  for (const NodeId directory : unreadable) {
    if (!tree_.alive(directory) || !flag(directory, kUnreadable)) continue;
    unreadable_.push_back(directory);  // until it was read: if it still cannot be, that is not told once more
    Root* const root = root_of(directory);
    if (root != nullptr && is_below(directory, changed)) scan_later(directory, *root);
  }
}

// After a listing: what it did not find is looked at once the queue is empty, for a record may tell where it went.
void Engine::clear_seen(NodeId directory) {
  for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (flag(child, kSeen)) clear_flag(child, kSeen);
  }
}

// Whether it found all.
bool Engine::sweep(NodeId directory) {
  bool complete = true;
  for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (flag(child, kSeen)) {
      clear_flag(child, kSeen);
    } else {
      complete = false;
      if (pass_ && !pass_->is_asking && flag(directory, kUnwatched)) {
        miss(child);  // it may be found elsewhere yet
      } else {
        doubt(child);
      }
    }
  }
  return complete;
}

// Every root with the disk.
void Engine::compare_everything() {
  const Timestamp begin = disk_.now();
  for (const std::unique_ptr<Root>& root : roots_) {
    if (root->state == Root::State::watched) scan_all(*root, root->node);
    if (root->rules) rules_are_due(*root);
  }
  for (Scan& scan : scans_) scan.since = std::min(scan.since.value_or(compared_since_), compared_since_);
  compared_since_ = begin;
}

void Engine::compare_where_records_do_not_do() {
  if (!compare_not_before_ || now_ < *compare_not_before_) return;
  if (is_listing()) {  // soon, then: a listing at every such time would be none at all
    compare_not_before_ = now_ + kCompareRetry;
    return;
  }
  compare_not_before_ = now_ + kPollInterval;
  compare_everything();
}

}  // namespace vigil::core
