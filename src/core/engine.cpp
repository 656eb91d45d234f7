#include "core/engine.hpp"

#include "core/flags.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vigil::core {

namespace {

// How long half a move waits for the other before the disk is asked, and after that where the disk does not make it
// certain. The kernel queues both within one system call, so this is what a writer may be kept off its processor
// between the two; when it takes longer, the move is told as removed and created.
constexpr std::chrono::milliseconds kMoveWait{10};
constexpr std::chrono::milliseconds kLongMoveWait{100};

// Halves that wait at a time; beyond, the oldest is settled early.
constexpr std::size_t kMovesMax = 4096;

// The same of names that vanished where the kernel does not say whether they were moved: the record that does follows
// at once, but for what others do at the same time.
constexpr std::size_t kVanishedMax = 64;
constexpr std::uint32_t kNoToken = 0;

// Writers on other processors may come between the halves of an exchange, but not this many.
constexpr std::size_t kReplacementsMax = 64;

}  // namespace

Engine::Engine(Kinds kinds, sys::Disk& disk, backend::Backend& backend, Lister& lister)
    : kinds_(kinds), disk_(disk), backend_(backend), lister_(lister) {}

Engine::~Engine() = default;

void Engine::begin_step(Moment now, Batch& out) {
  out_ = &out;
  now_ = now;
  wall_ = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

void Engine::step(Moment now, Batch& out) {
  begin_step(now, out);
  const Timestamp before = disk_.now();
  older_recent_.insert(older_recent_.end(), recent_.begin(), recent_.end());
  recent_.clear();
  const backend::Backend::Drained drained = dead_ ? backend::Backend::Drained{} : backend_.drain(*this);
  more_records_ = drained.any && !drained.empty;
  if (drained.error != 0) {
    dead_ = true;
    Event& event = append(Kind::error, {}, EntryType::unknown);
    event.reason = "the kernel's queue of changes cannot be read any more: nothing is watched";
    event.code = drained.error;
  }
  if (drained.empty) {
    drained_at_ = before;
    drained_moment_ = now_;
    older_recent_.clear();
    expire_moves();
    settle_other_names();
    if (drained.any) doubts_not_before_.reset();
    look_at_left_names();
    resolve_doubts();
  }
  if (prove_not_before_ && now_ >= *prove_not_before_) prove_files();
  retry_awaited();
  poll_unwatched();
  compare_where_records_do_not_do();
  scan_some();
  finish_roots();
  close_opened();
}

std::optional<Moment> Engine::next_deadline() const {
  std::optional<Moment> next;
  const auto consider = [&](std::optional<Moment> moment) {
    if (moment && (!next || *moment < *next)) next = moment;
  };
  for (const Move& move : moves_) consider(move.deadline);
  if (!doubts_.empty()) consider(doubts_not_before_ ? *doubts_not_before_ : now_);
  if (!unwatched_.empty()) consider(poll_not_before_);
  consider(prove_not_before_);
  consider(compare_not_before_);
  consider(repair_not_before_);
  consider(await_not_before_);
  return next;
}

bool Engine::settle(backend::Mark mark, bool& prove, Moment now, Batch& out) {
  if (backend_.position() < mark) return false;
  begin_step(now, out);
  if (prove && prove_not_before_) prove_files();
  if (prove && !backend_.weakness().empty()) {
    if (!scans_.empty() || repairing_) return false;  // what a repair has read may be older than the mark
    compare_everything();
  }
  prove = false;
  if (is_listing()) return false;
  bool all_alone = true;
  for (Move& move : moves_) {
    if (move.seen < mark && !is_alone(move)) all_alone = false;
  }
  if (!all_alone) return false;
  while (true) {
    const auto due = std::find_if(moves_.begin(), moves_.end(), [&](const Move& move) { return move.seen < mark; });
    if (due == moves_.end()) break;
    const Move move = *due;
    moves_.erase(due);
    finish_move(move);
  }
  if (is_listing() || repairing_) return false;
  const auto has_one_to_come = [&](const auto& noted) {
    return std::any_of(noted.begin(), noted.end(), [&](const auto& each) { return has_to_come(each.origin, mark); });
  };
  const bool all = !has_one_to_come(doubts_) && !has_one_to_come(left_names_);
  if (all && mark >= awaited_) awaited_ = 0;
  return all;
}

void Engine::report(std::string_view reason, Moment now, Batch& out) {
  begin_step(now, out);
  append(Kind::error, {}, EntryType::unknown).reason = out_->store(reason);
}

void Engine::on_hint(const backend::Hint& hint) {
  const Origin origin(*this, backend_.position());
  if (hint.what == backend::Hint::What::everything) {
    lost_records();
    return;
  }
  // A hint for several nodes may have ended one of them with the first.
  if (!tree_.alive(hint.directory) || !tree_.is_directory(hint.directory)) return;
  if (hint.is_path) {
    on_path_hint(hint);
  } else if (hint.name.empty()) {
    on_directory_hint(hint);
  } else {
    on_name_hint(hint);
  }
}

void Engine::on_directory_hint(const backend::Hint& hint) {
  using What = backend::Hint::What;
  const NodeId directory = hint.directory;
  if (const auto found = by_sentinel_.find(directory); found != by_sentinel_.end()) {
    if (hint.what != What::directory_changed) on_sentinel(*found->second, hint);
    return;
  }
  Root* const root = root_of(directory);
  if (root == nullptr) return;
  const bool is_root = root->node == directory;
  switch (hint.what) {
    case What::directory_gone:
      if (is_root) lose(*root, "it was removed", 0);
      break;
    case What::directory_moved:
      if (is_root) check_root(*root);
      break;
    case What::unmounted:
      if (is_root) {
        lose(*root, "its file system was unmounted", 0);
      } else {
        doubt(directory);
        scan_later(directory, *root);
      }
      break;
    case What::directory_changed:
      if (is_root && !root->is_file()) emit(Kind::attributes, directory, false);
      if (is_root) try_unreadable(directory);
      break;
    case What::watch_ended:
      if (hint.doubtful) {
        scan_later(directory, *root);
        break;
      }
      tree_.set_watch(directory, tree::kNoWatch);
      if (is_root) {
        lose(*root, "it was removed", 0);
      } else {
        doubt(directory);
      }
      break;
    default: break;
  }
}

// Finds the directory in the tree. On the way every name should be known: records come in the order of what they tell,
// and a name that a listing will tell of is below a directory that waits to be listed.
void Engine::on_path_hint(const backend::Hint& hint) {
  const Root* const root = root_of(hint.directory);
  if (root == nullptr || root->state == Root::State::waiting) return;
  backend::Hint in_directory = hint;
  in_directory.is_path = false;
  for (std::size_t slash = hint.name.find('/'); slash != std::string_view::npos; slash = in_directory.name.find('/')) {
    const std::string_view name = in_directory.name.substr(0, slash);
    NodeId child = tree_.find(in_directory.directory, name);
    if (child == tree::kNoNode && backend_.uses_other_names()) {
      std::string listed(name);
      child = find_by_other_name(in_directory.directory, listed);
      if (child == tree::kNoNode) return not_in_tree(in_directory.directory, listed);
      const bool goes = hint.what == backend::Hint::What::vanished || hint.what == backend::Hint::What::moved_from;
      in_directory.doubtful = in_directory.doubtful || goes;
    }
    if (child == tree::kNoNode || !tree_.is_directory(child)) {
      not_in_tree(in_directory.directory, name);
      return;
    }
    in_directory.directory = child;
    in_directory.name.remove_prefix(slash + 1);
  }
  if (backend_.doubtful_in(in_directory.directory)) in_directory.doubtful = true;
  on_name_hint(in_directory);
}

// A record tells of something below a name that is no directory in the tree: what the directory holds is in doubt.
void Engine::not_in_tree(NodeId directory, std::string_view name) {
  if (flag(directory, kScanDue) || excluded(place_of(directory), name, true)) return;
  Root* const root = root_of(directory);
  if (root == nullptr || root->is_file() || !root->options.recursive) return;
  if (const NodeId node = tree_.find(directory, name); node != tree::kNoNode) {
    doubt(node);
    return;
  }
  const std::string path = place_of(directory).system.substr(place_of(directory).relative);
  if (!path.empty() && root->filter.excludes_all_below(std::string_view(path).substr(0, path.size() - 1))) return;
  scan_later(directory, *root, false);
}

void Engine::on_name_hint(const backend::Hint& told) {
  backend::Hint hint = told;
  using What = backend::Hint::What;
  if (tree_.parent(hint.directory) == tree::kNoNode) {
    if (const auto found = by_sentinel_.find(hint.directory); found != by_sentinel_.end()) {
      on_sentinel(*found->second, hint);
      return;
    }
  }
  if (backend_.uses_other_names() && !call_by_listed_name(hint)) return;
  switch (hint.what) {
    case What::appeared: return appeared(hint);
    case What::vanished: return vanished(hint);
    case What::moved_from: return moved_from(hint);
    case What::moved_to: return moved_to(hint);
    case What::written: return changed(Kind::modified, hint);
    case What::altered: return altered(hint);
    case What::attributes: return changed(Kind::attributes, hint);
    case What::closed: return changed(Kind::closed, hint);
    case What::opened: return changed(Kind::opened, hint);
    case What::accessed: return changed(Kind::accessed, hint);
    default: return;
  }
}

void Engine::appeared(const backend::Hint& hint) {
  const NodeId directory = hint.directory;
  if (excluded(place_of(directory), hint.name, hint.is_directory)) return;
  if (const NodeId node = tree_.find(directory, hint.name); node != tree::kNoNode) {
    const bool is_file = !hint.is_directory && !tree_.is_directory(node);  // by all that is known
    if (take_move(node)) {
      drop(node, false);  // the name is used again, so the move's other half is not waited for
    } else if (is_file && !hint.doubtful && !is_recent(node)) {
      drop(node, false);  // nobody can have told of this one yet: the one before went, which was doubted but not told
    } else {
      // A listing told of it before the record did; or a look at the disk ran ahead of the records.
      if (!hint.doubtful || is_other_type(node, hint)) doubt(node);
      return;
    }
  }
  if (hint.doubtful) {
    const Found found = look_closely(directory, hint.name);
    if (found.exists()) {
      arrived(hint, found);
    } else if (found.state == Found::State::unknown) {
      if (Root* const root = root_of(directory)) scan_later(directory, *root);
    }
    return;
  }
  if (hint.is_directory) {
    insert(directory, hint.name, EntryType::directory, 0, false);
    return;
  }
  if (hint.was_open) {
    assume_file(hint);
    return;
  }
  const Found found = look(directory, hint.name);
  if (found.exists() && (!hint.type_known || found.status.type != EntryType::directory)) {
    arrived(hint, found);
  } else {
    hold(directory, hint.name);
  }
}

// The disk said what it is. Perhaps it is what vanished elsewhere just now.
void Engine::arrived(const backend::Hint& hint, const Found& found) {
  const bool is_directory = found.status.type == EntryType::directory;
  if (!hint.type_known && is_directory && excluded(place_of(hint.directory), hint.name, true)) return;
  const NodeId top = tree_.root(hint.directory);
  // The latest first: the inode number of one that is gone may be another's by now.
  const auto half = std::find_if(moves_.rbegin(), moves_.rend(), [&](const Move& move) {
    return move.token == kNoToken && tree_.inode(move.node) == found.status.inode &&
           tree_.type(move.node) == found.status.type && tree_.root(move.node) == top && found.status.born &&
           *found.status.born < drained_at_;
  });
  if (half == moves_.rend()) {
    insert(hint.directory, hint.name, found.status.type, is_directory ? 0 : found.status.inode, false);
    return;
  }
  const Move move = *half;
  moves_.erase(std::next(half).base());
  clear_flag(move.node, kMoving);
  rename(move, hint);
  if (tree_.find(hint.directory, hint.name) == move.node) compare_moved(move.node, move.since, found);
}

void Engine::vanished(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode) return;
  if (take_move(node)) {
    drop(node, false);
    return;
  }
  const bool held = flag(node, kHeld);
  if (!held && is_other_type(node, hint)) {
    doubt(node);
    return;
  }
  if (hint.doubtful) {
    suspect(node);
    return;
  }
  if (hint.may_have_moved && !held && tree_.inode(node) != 0) {
    wait_for_other_half(hint, node);
    return;
  }
  if (held) announce(node, EntryType::unknown, 0);  // it came and went before it could be asked what it is
  drop(node, false);
}

void Engine::moved_from(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode) return;
  if (!flag(node, kHeld) && is_other_type(node, hint)) {
    doubt(node);  // the disk was asked since, and told of the one that has the name now
    return;
  }
  if (take_move(node)) doubt_content(node);  // it came back untold, in exchange for another
  wait_for_other_half(hint, node);
}

void Engine::wait_for_other_half(const backend::Hint& hint, NodeId node) {
  const bool by_identity = hint.what == backend::Hint::What::vanished;
  const std::size_t moves_max = by_identity ? kVanishedMax : kMovesMax;
  while (moves_.size() >= moves_max) {
    const Move oldest = moves_.front();
    moves_.erase(moves_.begin());
    finish_move(oldest);
    if (!tree_.alive(node)) return;
  }
  set_flag(node, kMoving);
  moves_.push_back(
      {by_identity ? kNoToken : hint.token, node, hint.doubtful, backend_.position(), now_ + kMoveWait, drained_at_});
}

bool Engine::is_other_type(NodeId node, const backend::Hint& hint) const {
  return hint.type_known && tree_.is_directory(node) != hint.is_directory;
}

void Engine::moved_to(const backend::Hint& hint) {
  const NodeId directory = hint.directory;
  const NodeId top = tree_.root(directory);
  const auto half = std::find_if(moves_.begin(), moves_.end(), [&](const Move& move) {
    return move.token == hint.token && tree_.root(move.node) == top;
  });
  const bool is_directory =
      hint.type_known ? hint.is_directory : half != moves_.end() && tree_.is_directory(half->node);
  const bool hidden = excluded(place_of(directory), hint.name, is_directory);
  if (half != moves_.end()) {
    const Move move = *half;
    moves_.erase(half);
    clear_flag(move.node, kMoving);
    if (hidden) {
      finish_move(move);
    } else {
      rename(move, hint);
    }
    return;
  }
  if (hidden) return;
  const NodeId node = tree_.find(directory, hint.name);
  if (node == tree::kNoNode || flag(node, kMoving)) {
    moved_in(hint);
    return;
  }
  // Moved in from outside, over an entry that was known. A file that has the inode number of the one before is another
  // all the same: file systems use numbers again at once.
  const Found found = hint.doubtful ? Found{} : look(directory, hint.name);
  const bool is_told = found.exists() && found.status.type == EntryType::directory && tree_.is_directory(node) &&
                       found.status.inode == tree_.inode(node);
  if (!found.exists()) {
    doubt_content(node);
  } else if (!is_told) {
    replace(node, found.status.type, found.status.inode);
  } else {
    compare_if_untold(node, drained_at_);
  }
  note_replacement({tree_.find(directory, hint.name), directory, std::string(hint.name)});
}

// From where is not known. It may be one half of an exchange, the other being in a directory that is not watched yet.
void Engine::moved_in(const backend::Hint& hint) {
  appeared(hint);
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node != tree::kNoNode) note_replacement({node, hint.directory, std::string(hint.name)});
}

void Engine::rename(const Move& move, const backend::Hint& hint) {
  const NodeId node = move.node;
  NodeId target = tree_.find(hint.directory, hint.name);
  if (target == node) return;
  if (target != tree::kNoNode && is_below(node, target)) {
    // The directory was moved away, then this out of it and into the name that was free: what leaves takes it with it.
    (void)take_move(target);
    drop(target, false);
    moved_in(hint);
    return;
  }
  if (is_below(hint.directory, node)) {
    // The tree is behind the disk: what was above is below now.
    if (Root* const root = root_of(hint.directory)) scan_later(hint.directory, *root, false);
    doubt(node);
    return;
  }
  const bool takes_a_place = target != tree::kNoNode;
  if (takes_a_place) {
    if (take_move(target)) {
      drop(target, false);
      target = tree::kNoNode;
    } else if ((move.doubtful || hint.doubtful) && tree_.type(target) == tree_.type(node) &&
               (tree_.inode(target) == tree_.inode(node) || tree_.inode(target) == 0 || tree_.inode(node) == 0)) {
      // A listing found it at its new place before the records told of the move. Or, where that is not certain, it
      // took the place of another, which may have been exchanged for it.
      doubt_content(target);
      doubt(node);
      note_replacement({target, hint.directory, std::string(hint.name)});
      return;
    }
  }
  if (flag(node, kHeld)) {
    if (const Found found = look(hint.directory, hint.name); found.exists()) {
      announce(node, found.status.type, found.status.inode);
    }
  }
  const bool held = flag(node, kHeld);
  if (target != tree::kNoNode) {
    const bool other_type = tree_.type(target) != tree_.type(node);
    if (held || flag(target, kHeld) || other_type) {
      drop(target, false);
      target = tree::kNoNode;
    } else {
      forget(target);
    }
  }
  const bool doubtful = move.doubtful || hint.doubtful;
  const std::optional<Replacement> exchange = take_replacement(node, hint.directory, hint.name);
  const Replacement left{node, tree_.parent(node), std::string(tree_.name(node))};
  const std::optional<Replacement> moved_in = take_replacement(node, left.directory, left.name);
  if (takes_a_place || doubtful) note_replacement(left);
  relocate(node, hint.directory, hint.name, target != tree::kNoNode, false);
  // The kernel merges the record of a move into a name with the one before it, whatever was moved: this may be another
  // already, and what leaves the name again may have been exchanged for it.
  note_replacement({node, hint.directory, std::string(hint.name)});
  if (exchange) {
    check_exchange(left);
  } else if (moved_in || move.doubtful) {
    look_for_untold(left);  // a doubtful record may speak of one that had the name before what was listed there
  } else if (is_recent(node)) {
    // So may any record that is older than what was found there: known once those that are queued are read.
    left_names_.push_back({left.directory, left.name, origin_});
  }
  // Where one that nobody may read lets its entries go, their types were assumed and could not be proved there.
  const bool is_known_file = !tree_.is_directory(node) && (tree_.inode(node) != 0 || !unreadable_.empty());
  if (!hint.type_known || held || doubtful || is_known_file || tree_.type(node) == EntryType::unknown ||
      is_recent(node))
    doubt(node);
}

// Whether the node was asked about since the queue was last empty: then what answered may be what has its name now.
bool Engine::is_recent(NodeId node) const {
  constexpr std::size_t kSearchMax = 256;  // beyond, to look again is cheaper than to search
  const auto among = [&](const std::vector<NodeId>& nodes) {
    return nodes.size() > kSearchMax || std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  };
  return tree_.inode(node) != 0 && (among(recent_) || among(older_recent_));
}

// An exchange of two names (RENAME_EXCHANGE, renameat2(2)) is told as if one had replaced the other and then gone back:
// a to b, b to a. When the second half is seen, the disk is asked about both.
void Engine::note_replacement(const Replacement& replacement) {
  if (replacements_.size() >= kReplacementsMax) replacements_.pop_front();
  replacements_.push_back(replacement);
}

std::optional<Engine::Replacement> Engine::take_replacement(NodeId node, NodeId directory, std::string_view name) {
  const auto first = std::find_if(replacements_.begin(), replacements_.end(), [&](const Replacement& replacement) {
    return replacement.node == node && replacement.directory == directory && replacement.name == name;
  });
  if (first == replacements_.end()) return std::nullopt;
  Replacement taken = std::move(*first);
  replacements_.erase(first);
  return taken;
}

void Engine::look_at_left_names() {
  if (!moves_.empty()) return;  // one of them may be what has the name by now
  for (LeftName& left : std::exchange(left_names_, {})) {
    if (!tree_.alive(left.directory) || tree_.find(left.directory, left.name) != tree::kNoNode) continue;
    const Origin origin(*this, left.origin);
    if (left.is_taken) {
      look_for_untold({tree::kNoNode, left.directory, left.name});
    } else if (look_closely(left.directory, left.name).state != Found::State::absent) {
      left.is_taken = true;
      left_names_.push_back(std::move(left));
    }
  }
}

void Engine::check_exchange(const Replacement& left) {
  doubt_content(left.node);
  look_for_untold(left);
}

// Whether another entry has the name that a node left, untold.
void Engine::look_for_untold(const Replacement& left) {
  if (!tree_.alive(left.directory) || tree_.find(left.directory, left.name) != tree::kNoNode) return;
  const Found found = look_closely(left.directory, left.name);
  if (found.exists() && excluded(place_of(left.directory), left.name, found.status.type == EntryType::directory)) {
    return;  // the directory may be the root of something else by now
  }
  if (found.exists()) {
    insert(left.directory, left.name, found.status.type, found.status.inode, true);
  } else if (found.state == Found::State::unknown) {
    if (Root* const root = root_of(left.directory)) scan_later(left.directory, *root, false);
  }
}

bool Engine::is_below(NodeId node, NodeId top) const {
  if (!tree_.is_directory(top)) return false;
  for (NodeId above = node; above != tree::kNoNode; above = tree_.parent(above)) {
    if (above == top) return true;
  }
  return false;
}

void Engine::changed(Kind kind, const backend::Hint& hint) {
  NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode) {
    // A listing yet to come tells of it; or it is hidden; or something was missed, which is made good.
    if (hint.doubtful || excluded(place_of(hint.directory), hint.name, hint.is_directory)) return;
    appeared(hint);
    return;
  }
  if (flag(node, kHeld)) {
    const Found found = look(hint.directory, hint.name);
    if (found.state == Found::State::denied && kind != Kind::attributes) {
      announce(node, EntryType::file, 0);  // what is open is all but ever a file, and nobody can say more
    } else if (!found.exists() || found.status.type == EntryType::directory) {
      return;
    } else {
      announce(node, found.status.type, found.status.inode);
    }
  }
  if (tree_.is_directory(node)) {
    if (kind != Kind::attributes) return;  // vigil itself opens and reads directories
    try_unreadable(node);
  }
  if (tree_.type(node) == EntryType::unknown) doubt(node);  // now it may be told what it is
  emit(kind, node, false);
}

// Writing sets both times alike, everything else only one. So times that differ tell of attributes; but the content may
// have been written before, as when a file is copied with its times, so that is told in any case.
void Engine::altered(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  const bool is_told = node != tree::kNoNode && !flag(node, kHeld);
  if (!is_told || !tree_.is_directory(node)) changed(Kind::modified, hint);
  if (!is_told || !tree_.alive(node) || !kinds_.contains(Kind::attributes)) return;
  const Found found = look(hint.directory, hint.name);
  if (found.exists() && found.status.modified != found.status.changed) changed(Kind::attributes, hint);
}

// Whether the node's move was waited for; now it is not.
bool Engine::take_move(NodeId node) {
  if (!flag(node, kMoving)) return false;
  clear_flag(node, kMoving);
  std::erase_if(moves_, [&](const Move& move) { return move.node == node; });
  return true;
}

// Whether the other half would have been read by now. A move keeps the directory that it leaves locked until both
// halves are queued (vfs_rename() and do_renameat2() of Linux), and a name that has just left it cannot be looked up
// there before that. So when the answer is that there is no such name, only the queue has to be read once more.
bool Engine::is_alone(Move& move) {
  if (move.token == kNoToken || std::exchange(move.asked, true)) return true;
  const Found found = look_closely(tree_.parent(move.node), tree_.name(move.node));
  move.deadline = now_;
  if (found.state != Found::State::absent) move.deadline += kLongMoveWait;
  return false;
}

// The other half did not come: the entry has left. Unless it was exchanged for another from outside, which is told just
// as if the other had come first and then left: the disk knows.
void Engine::finish_move(const Move& move) {
  const Origin origin(*this, move.seen);
  clear_flag(move.node, kMoving);
  if (take_replacement(move.node, tree_.parent(move.node), tree_.name(move.node)) || move.doubtful) {
    suspect(move.node);
    compare_if_untold(move.node, move.since);
  } else {
    drop(move.node, false);
  }
}

// A directory that may have been where nothing is told, and may be back: where one watch tells of a subtree, that of
// the directory itself did not go with it.
void Engine::compare_if_untold(NodeId node, Timestamp since) {
  if (backend_.recursive() && tree_.is_directory(node)) compare_moved(node, since, {});
}

void Engine::expire_moves() {
  // To finish one may end others.
  while (true) {
    const auto due =
        std::find_if(moves_.begin(), moves_.end(), [&](Move& move) { return move.deadline <= now_ && is_alone(move); });
    if (due == moves_.end()) return;
    const Move move = *due;
    moves_.erase(due);
    finish_move(move);
  }
}

}  // namespace vigil::core
