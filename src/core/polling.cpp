// Directories that nothing tells of are compared with the disk every so often. A pass first asks for all of them what
// looks different, which goes on on two processors and changes nothing; then what does is looked at and told.
// docs/decisions/0011-polling-by-signature.md explains the method.
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vigil::core {

namespace {

// Names in a patrol, some 0.3 ms of work, and how many of them the helper has at a time.
constexpr std::size_t kPatrolSize = 256;
constexpr std::size_t kPatrolsSentMax = 4;

// A step asks so many patrols itself, or looks at so many entries, at most, and no more once the file systems' clock
// has ticked (every 1 to 10 ms).
constexpr unsigned kPatrolSlice = 8;
constexpr std::size_t kLookSlice = 256;

// What moves while a pass looks for it is looked for so often; then the next pass has to do it.
constexpr unsigned kRoundsMax = 8;

// A directory whose times prove it unchanged is listed all the same in one of so many passes: they may prove nothing.
constexpr std::uint32_t kPassesToList = 32;

}  // namespace

// What was changed in the directory before `since` was told.
void Engine::poll_from_now_on(NodeId directory, Timestamp since) {
  if (flag(directory, kUnwatched)) return;
  set_flag(directory, kUnwatched);
  Polled& polled = polled_[directory];
  polled = {};
  polled.since = since;
  polled.active_until = now_ + PollPace::kActiveTime;
  signatures_.set(directory, kUnsigned);
  const Root* const root = root_of(directory);
  for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (root == nullptr || !root->keeps) signatures_.set(child, kUnsigned);  // of a time when it was polled before
  }
  pace_.begin(now_);
}

// For a pass that was asked for.
Moment Engine::real_now() const { return std::max(now_, lister_.clock()); }

bool Engine::is_signed(NodeId node) const {
  const NodeId parent = tree_.parent(node);
  return flag(parent == tree::kNoNode ? node : parent, kUnwatched) && signatures_.get(node) != kUnsigned;
}

void Engine::sign(NodeId node, const sys::FileStatus& status) {
  if (!is_polled_entry(node)) {
    const Root* const root = root_of(node);
    // What may be changed again and look the same is asked for again, for a snapshot.
    if (root == nullptr || !root->keeps) return;
    signatures_.set(node, is_fresh(node, status) ? kUnsigned : signature_of(status));
    return;
  }
  signatures_.set(node, signature_of(status));
  if (is_fresh(node, status)) note_fresh(node, status, true);
}

void Engine::sign_name(NodeId directory, std::string_view name, const sys::FileStatus& status) {
  if (!tree_.alive(directory) || !flag(directory, kUnwatched)) return;
  if (const NodeId node = tree_.find(directory, name); node != tree::kNoNode) sign(node, status);
}

void Engine::note_activity(NodeId directory) {
  if (const auto polled = polled_.find(directory); polled != polled_.end()) {
    polled->second.active_until = now_ + PollPace::kActiveTime;
    some_are_active_ = true;
  }
}

std::optional<Moment> Engine::next_poll() const {
  const std::optional<Moment> next = pace_.next(some_are_active_);
  const std::optional<Moment> fresh = next_fresh();
  return next && fresh ? std::min(*next, *fresh) : next ? next : fresh;
}

void Engine::poll() {
  look_at_fresh();
  if (!pass_) {
    if (wants_pass_ || pace_.is_due(now_)) {
      begin_pass(true);
    } else if (some_are_active_ && pace_.is_active_due(now_)) {
      begin_pass(false);
    }
    if (!pass_) return;
  }
  if (pass_->is_asking) {
    ask_some();
  } else {
    tell_some();
  }
}

void Engine::begin_pass(bool everything) {
  wants_pass_ = wants_pass_ && !everything;
  std::erase_if(polled_, [&](const auto& each) { return !tree_.alive(each.first) || !flag(each.first, kUnwatched); });
  if (polled_.empty()) {
    pace_.end();
    some_are_active_ = false;
    return;
  }
  pass_ = Pass{};
  pass_->everything = everything;
  ++passes_;
  if (everything) ++full_passes_;
  for (const std::unique_ptr<Root>& root : roots_) {
    if (everything && root->catch_up == Root::CatchUp::wanted) root->catch_up = Root::CatchUp::under_way;
  }
  some_are_active_ = false;
  for (const auto& [directory, polled] : polled_) {
    const bool is_active = polled.active_until > now_;
    some_are_active_ = some_are_active_ || is_active;
    if (everything || is_active) pass_->order.push_back(directory);
  }
  // As they were found, so that those near to one another are asked one after the other.
  std::sort(pass_->order.begin(), pass_->order.end());
}

// Whether it is to be polled, and not listed or compared for another reason anyway.
Root* Engine::polled_root(NodeId directory) const {
  if (!tree_.alive(directory) || !tree_.is_directory(directory) || !flag(directory, kUnwatched)) return nullptr;
  Root* const root = root_of(directory);
  return root != nullptr && root->state == Root::State::watched ? root : nullptr;
}

// Puts together the next patrol; false when the pass has none left.
bool Engine::fill(Patrol& patrol) {
  patrol.clear();
  patrol.began = real_now();
  Pass& pass = *pass_;
  while (patrol.size() < kPatrolSize) {
    if (pass.next_entry == pass.entries.size() && !next_directory()) break;
    add_stop(patrol);
  }
  return !patrol.empty();
}

bool Engine::next_directory() {
  Pass& pass = *pass_;
  while (pass.next < pass.order.size()) {
    const NodeId directory = pass.order[pass.next++];
    if (polled_root(directory) == nullptr || flag(directory, kScanDue)) continue;
    pass.directory = directory;
    pass.is_begun = false;
    pass.entries.clear();
    pass.next_entry = 0;
    for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
      // One that is polled itself is asked as such.
      if (!flag(child, kUnwatched | kHeld | kMoving | kDoubted)) pass.entries.push_back(child);
    }
    return true;
  }
  return false;
}

// The directory under way, or as much of it as there is room for.
void Engine::add_stop(Patrol& patrol) {
  Pass& pass = *pass_;
  const NodeId directory = pass.directory;
  if (polled_root(directory) == nullptr) {
    pass.next_entry = pass.entries.size();
    return;
  }
  const Polled& polled = polled_.at(directory);
  Patrol::Stop stop;
  stop.directory = directory;
  stop.signature = signatures_.get(directory);
  stop.inode = tree_.inode(directory);
  stop.times = polled.times;
  stop.sum = polled.sum;
  const bool is_turn = pass.everything && (directory + full_passes_) % kPassesToList == 0;
  stop.lists = !std::exchange(pass.is_begun, true) && (!polled.is_proved || is_turn || !trusts_times(polled.device));
  patrol.add(stop, place_of(directory).system);
  for (; pass.next_entry < pass.entries.size() && patrol.size() < kPatrolSize; ++pass.next_entry) {
    const NodeId node = pass.entries[pass.next_entry];
    if (!tree_.alive(node) || tree_.parent(node) != directory) continue;
    patrol.add({node, signatures_.get(node), tree_.inode(node)}, tree_.name(node));
  }
}

void Engine::ask_some() {
  Pass& pass = *pass_;
  const Timestamp begin = disk_.now();
  for (unsigned count = 0; count < kPatrolSlice; ++count) {
    if (count % 2 == 1 && disk_.now() != begin) return;
    bool is_left = true;
    while (pass.sent < kPatrolsSentMax && is_left) {
      auto patrol = take_spare();
      is_left = fill(*patrol);
      if (!is_left || !lister_.send(patrol)) {
        if (is_left) run_here(*patrol);
        spare_patrols_.push_back(std::move(patrol));
        break;
      }
      ++pass.sent;
    }
    auto mine = take_spare();
    is_left = is_left && fill(*mine);
    if (is_left) run_here(*mine);
    spare_patrols_.push_back(std::move(mine));
    // Waits where there is nothing else to do.
    if (pass.sent != 0) {
      for (std::unique_ptr<Patrol>& done : lister_.take_patrols(!is_left)) {
        --pass.sent;
        receive(*done);
        spare_patrols_.push_back(std::move(done));
      }
    }
    if (!is_left && pass.sent == 0) {
      begin_telling();
      return;
    }
  }
}

std::unique_ptr<Patrol> Engine::take_spare() {
  if (spare_patrols_.empty()) return std::make_unique<Patrol>();
  std::unique_ptr<Patrol> spare = std::move(spare_patrols_.back());
  spare_patrols_.pop_back();
  return spare;
}

void Engine::run_here(Patrol& patrol) {
  const Moment begin = lister_.clock();
  patrol.run(disk_);
  patrol.cost = lister_.clock() - begin;
  receive(patrol);
}

void Engine::receive(const Patrol& patrol) {
  pass_->cost += patrol.cost;
  for (const Patrol::Stop& stop : patrol.stops()) {
    if (polled_root(stop.directory) != nullptr) judge(stop, patrol.began);
  }
  pass_->suspects.insert(pass_->suspects.end(), patrol.suspects().begin(), patrol.suspects().end());
  pass_->absent.insert(pass_->absent.end(), patrol.absent().begin(), patrol.absent().end());
}

void Engine::judge(const Patrol::Stop& stop, Moment began) {
  const NodeId directory = stop.directory;
  Pass& pass = *pass_;
  if (is_gone(stop.error)) {
    pass.absent.push_back(directory);
    return;
  }
  if (stop.error != 0) {
    pass.listings.push_back(directory);  // to say so, and to find out when it can be again
    return;
  }
  Polled& polled = polled_.at(directory);
  polled.device = stop.device;
  if (stop.is_renumbered && polled.is_proved && stop.times == polled.times) {
    pass.renumbered.push_back(directory);
    return;
  }
  if (stop.is_other) pass.suspects.push_back(directory);
  if (stop.is_other || stop.other_times) {
    pass.listings.push_back(directory);
    return;
  }
  const bool is_current = stop.times == polled.times && stop.sum == polled.sum;  // it was not listed since
  if (!stop.lists || !is_current) return;
  if (!stop.other_names && !stop.other_inodes) {
    if (began - polled.times_seen >= stop.tick) polled.is_proved = true;
    return;
  }
  pass.listings.push_back(directory);
  if (!polled.is_proved) return;
  if (stop.other_names) {
    trust_[stop.device].times = false;
  } else if (trusts_times(stop.device)) {
    distrust_inodes(stop.device);
  }
}

bool Engine::trusts_times(std::uint64_t device) const {
  if (!disk_.times_tell_of_names()) return false;
  const auto found = trust_.find(device);
  return found == trust_.end() || found->second.times;
}

// No name of a directory was given to another, and yet an inode number changed: they say nothing there.
void Engine::distrust_inodes(std::uint64_t device) {
  if (!std::exchange(trust_[device].inodes, false)) return;
  disk_.forget_inodes(device);
  for (auto& [directory, polled] : polled_) {
    if (!tree_.alive(directory) || !flag(directory, kUnwatched) || polled.device != device) continue;
    polled.times = 0;
    polled.sum = {};
    polled.is_proved = false;
    tree_.set_identity(directory, EntryType::directory, 0);
    for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
      if (!flag(child, kUnwatched)) tree_.set_identity(child, tree_.type(child), 0);
    }
  }
}

// Directories that differ from what they were in their inode numbers only. Another that took the place of one would
// bear the time of that, but not if one above did: so those above have to be what they were.
void Engine::judge_renumbered() {
  Pass& pass = *pass_;
  if (pass.renumbered.empty()) return;
  const std::vector<NodeId> renumbered = std::exchange(pass.renumbered, {});
  std::unordered_set<NodeId> changed(pass.listings.begin(), pass.listings.end());
  changed.insert(pass.suspects.begin(), pass.suspects.end());
  changed.insert(pass.absent.begin(), pass.absent.end());
  const auto is_proved = [&](NodeId node) {
    const auto polled = polled_.find(node);
    return polled != polled_.end() && polled->second.is_proved && trusts_times(polled->second.device);
  };
  for (const NodeId directory : renumbered) {
    if (!tree_.alive(directory)) continue;
    NodeId above = tree_.parent(directory);
    while (above != tree::kNoNode && is_proved(above) && !changed.contains(above)) above = tree_.parent(above);
    if (above == tree::kNoNode) {
      distrust_inodes(polled_.at(directory).device);
    } else {
      pass.suspects.push_back(directory);
      pass.listings.push_back(directory);
    }
  }
}

void Engine::begin_telling() {
  judge_renumbered();
  Pass& pass = *pass_;
  pass.is_asking = false;
  // Of what is gone with all above it, only the top: it may be found elsewhere, with all below.
  std::unordered_set<NodeId> gone(pass.absent.begin(), pass.absent.end());
  std::vector<NodeId> tops;
  for (const NodeId node : gone) {
    if (tree_.alive(node) && !gone.contains(tree_.parent(node))) tops.push_back(node);
  }
  pass.absent.clear();
  for (const NodeId node : tops) miss(node);
  for (const NodeId directory : std::exchange(pass.listings, {})) {
    if (Root* const root = polled_root(directory)) scan_later(directory, *root);
  }
}

// Not where the tree has it. It may have moved to where the pass will find it.
void Engine::miss(NodeId node) {
  pass_->absent.push_back(node);
  if (tree_.inode(node) != 0) pass_->absent_by_inode.emplace(tree_.inode(node), node);
}

void Engine::tell_some() {
  Pass& pass = *pass_;
  const Timestamp begin = disk_.now();
  for (std::size_t count = 0; count < kLookSlice && !pass.suspects.empty(); ++count) {
    if (count % 16 == 15 && disk_.now() != begin) return;
    const NodeId node = pass.suspects.back();
    pass.suspects.pop_back();
    if (tree_.alive(node)) look_again(node);
  }
  if (!pass.suspects.empty() || is_listing() || !end_round()) return;
  // Found nowhere else.
  for (const NodeId node : pass.absent) {
    if (!tree_.alive(node)) continue;
    if (tree_.parent(node) != tree::kNoNode) note_activity(tree_.parent(node));
    doubt(node);
  }
  pace_.passed(pass.everything, pass.cost, now_);
  const bool was_everything = pass.everything;
  if (pass.everything) note_pass_for_catch_up();
  pass_.reset();
  spare_patrols_.clear();
  if (rules_in_use_ && was_everything) read_polled_rules();
  if (!is_listing()) lister_.rest();
}

// What was asked for where it is not any more.
void Engine::ask_again(NodeId top) {
  tree_.for_each_directory(top, [&](NodeId directory) {
    if (flag(directory, kUnwatched)) pass_->order.push_back(directory);
  });
}

// False where there is another.
bool Engine::end_round() {
  Pass& pass = *pass_;
  if (++pass.rounds == kRoundsMax) return true;
  std::erase_if(pass.absent, [&](NodeId node) {
    if (!tree_.alive(node)) return true;
    if (!tree_.is_directory(node) || tree_.parent(node) == tree::kNoNode) return false;
    if (!look_closely(tree_.parent(node), tree_.name(node)).exists()) return false;
    if (!pass.moved.erase(node)) ask_again(node);  // one above has moved
    return true;
  });
  pass.is_asking = pass.next < pass.order.size();
  return !pass.is_asking;
}

void Engine::look_again(NodeId node) {
  if (flag(node, kHeld | kMoving | kDoubted)) return;
  Root* const root = root_of(node);
  if (root == nullptr || root->state != Root::State::watched) return;
  const NodeId directory = tree_.parent(node);
  if (directory == tree::kNoNode) {
    const sys::Outcome<sys::FileStatus> status = disk_.status(root->path.empty() ? "/" : root->path);
    if (!status || is_other_inode(tree_.inode(node), status.value.inode)) {
      check_root(*root);
    } else if (!root->is_file()) {
      tell_difference(node, status.value);
    }
    return;
  }
  const Found found = look_closely(directory, tree_.name(node));
  if (found.state == Found::State::absent) miss(node);
  if (!found.exists()) return;
  const sys::FileStatus& status = found.status;
  const bool other_inode = is_other_inode(tree_.inode(node), status.inode);
  if (status.type == tree_.type(node) && !other_inode) {
    if (flag(directory, kUnwatched)) tell_difference(node, status);
    return;
  }
  if (other_inode && is_same_but_inode(node, status)) {
    distrust_inodes(status.device);
    return;
  }
  note_activity(directory);
  const std::string name(tree_.name(node));
  replace(node, status.type, status.type == EntryType::directory ? 0 : status.inode);
  sign_name(directory, name, status);
}

// Its directory, which look_closely() has opened, proves that the name was not given to another.
bool Engine::is_same_but_inode(NodeId node, const sys::FileStatus& status) {
  const NodeId directory = tree_.parent(node);
  const auto polled = polled_.find(directory);
  if (polled == polled_.end() || !polled->second.is_proved || !trusts_times(polled->second.device)) return false;
  if (status.type != tree_.type(node) || !is_signed(node)) return false;
  if (signatures_.get(node) != signature_of(status) || opened_ != directory) return false;
  const sys::Outcome<sys::FileStatus> own = opened_directory_->status();
  return own && times_of(own.value) == polled->second.times;
}

// Adding an entry to a directory, or writing to a file, sets both times alike; what else is changed only one.
void Engine::tell_difference(NodeId node, const sys::FileStatus& status) {
  const NodeId directory = tree_.parent(node);
  const Signature before = signatures_.get(node);
  if (before == kUnsigned) {
    if (directory != tree::kNoNode) tell_since(node, polled_.at(directory).since, status);
    sign(node, status);
    return;
  }
  const Difference found = difference(before, signature_of(status));
  if (!found.any) return;
  note_activity(tree_.is_directory(node) ? node : directory);
  if (is_fresh(node, status) && is_first_seen(node)) {
    note_fresh(node, status, false);
    return;
  }
  tell_changed(node, before, status);
}

void Engine::tell_changed(NodeId node, Signature before, const sys::FileStatus& status) {
  const Difference found = difference(before, signature_of(status));
  const bool is_file = tree_.type(node) == EntryType::file;
  if (is_file) emit(Kind::modified, node, true);
  if (tree_.is_directory(node)) try_unreadable(node);
  const bool is_plain_change = !is_file && !tree_.is_directory(node);
  const bool is_told = found.access || is_plain_change || status.modified != status.changed || before == kUnknownLook;
  if (is_told) emit(Kind::attributes, node, true);
  sign(node, status);
}

// During a pass: what was missed elsewhere, and is this new name now. Of another inode number, or born at another
// moment, it is another; and where the number or the moment is not known, nobody can say.
Engine::NodeId Engine::moved_in_pass(const Scan& scan, std::string_view name, const sys::FileStatus& status) {
  if (!pass_ || status.inode == 0) return tree::kNoNode;
  const Signature now = signature_of(status);
  const auto [begin, end] = pass_->absent_by_inode.equal_range(status.inode);
  for (auto each = begin; each != end; ++each) {
    const NodeId node = each->second;
    if (!tree_.alive(node) || tree_.inode(node) != status.inode || tree_.type(node) != status.type) continue;
    const NodeId left = tree_.parent(node);
    if (left == tree::kNoNode || flag(node, kHeld | kMoving) || tree_.root(node) != scan.root->node) continue;
    const Signature before = signatures_.get(node);
    if (!is_signed(node) || !born_alike(before, now) || is_below(scan.directory, node)) continue;
    const std::string old_name(tree_.name(node));
    if (look_closely(left, old_name).state != Found::State::absent) continue;
    note_activity(left);
    if (tree_.is_directory(node)) {
      ask_again(node);
      pass_->moved.insert(node);
    }
    relocate(node, scan.directory, name, false, true);
    // A move changes the change time. Whoever wrote as well left another modification time, but for one set by hand.
    const bool is_written = difference(before, now).content || !has_fraction(status.modified);
    if (is_written && tree_.type(node) == EntryType::file) emit(Kind::modified, node, true);
    sign(node, status);
    return node;
  }
  return tree::kNoNode;
}

// After a listing that began by then, when the directory had that status.
void Engine::note_listing(NodeId directory, const sys::FileStatus& status, const ListingSum& sum, Moment began) {
  Polled& polled = polled_[directory];
  const std::uint64_t times = times_of(status);
  if (polled.times != times) {
    polled.times = times;
    polled.times_seen = real_now();
    polled.is_proved = false;
  } else {
    polled.is_proved = began - polled.times_seen >= tick_of(status);
  }
  polled.sum = sum;
  polled.device = status.device;
  if (signatures_.get(directory) == kUnsigned) sign(directory, status);
}

}  // namespace vigil::core
