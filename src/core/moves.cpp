// Moves, whose two halves are two records, and what took the place of what was moved.
#include "core/engine.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <cstddef>
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

// Writers on other processors may come between the halves of an exchange, but not this many.
constexpr std::size_t kReplacementsMax = 64;

}  // namespace

// The node that leaves, or none.
Engine::NodeId Engine::leaving(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode) return node;
  if (!flag(node, kHeld) && is_other_type(node, hint)) {
    doubt(node);  // the disk was asked since, and told of the one that has the name now
    return tree::kNoNode;
  }
  if (take_move(node)) doubt_content(node);  // it came back untold, in exchange for another
  return node;
}

void Engine::moved_from(const backend::Hint& hint) {
  const NodeId node = leaving(hint);
  if (node != tree::kNoNode) wait_for_other_half(hint, node);
}

void Engine::moved_away(const backend::Hint& hint) {
  const NodeId node = leaving(hint);
  if (node != tree::kNoNode) finish_move({kNoToken, node, hint.doubtful, backend_.position(), now_, drained_at_});
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

void Engine::moved_to(const backend::Hint& hint) {
  const NodeId directory = hint.directory;
  const NodeId top = tree_.root(directory);
  const auto half = std::find_if(moves_.begin(), moves_.end(), [&](const Move& move) {
    return move.token == hint.token && tree_.root(move.node) == top;
  });
  backend::Hint known = hint;
  if (!hint.type_known && half != moves_.end() && tree_.type(half->node) != EntryType::unknown) {
    known.type_known = true;
    known.is_directory = tree_.is_directory(half->node);
  }
  const bool hidden = excluded(known);
  if (half != moves_.end()) {
    const Move move = *half;
    moves_.erase(half);
    clear_flag(move.node, kMoving);
    if (hidden) {
      finish_move(move);
      took_place_excluded(hint);
    } else {
      rename(move, hint);
    }
    return;
  }
  if (hidden) return took_place_excluded(hint);
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
    const Found found = look(hint.directory, hint.name);
    if (found.exists() && excluded(place_of(hint.directory), hint.name, found.status.type == EntryType::directory)) {
      drop(node, false);
      return;
    }
    if (found.exists()) {
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
    look_for_untold(left.directory,
                    left.name);  // a doubtful record may speak of one that had the name before what was listed there
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
      look_for_untold(left.directory, left.name);
    } else if (look_closely(left.directory, left.name).state != Found::State::absent) {
      left.is_taken = true;
      left_names_.push_back(std::move(left));
    }
  }
}

void Engine::check_exchange(const Replacement& left) {
  doubt_content(left.node);
  look_for_untold(left.directory, left.name);
}

// Whether another entry has the name that a node left, untold.
void Engine::look_for_untold(NodeId directory, std::string_view name) {
  if (!tree_.alive(directory) || tree_.find(directory, name) != tree::kNoNode) return;
  const Found found = look_closely(directory, name);
  if (found.exists()) {
    // The directory may be the root of something else by now.
    if (excluded(place_of(directory), name, found.status.type == EntryType::directory)) return;
    insert(directory, name, found.status.type, found.status.inode, true);
    sign_name(directory, name, found.status);
  } else if (found.state == Found::State::unknown) {
    if (Root* const root = root_of(directory)) scan_later(directory, *root, false);
  }
}

bool Engine::is_below(NodeId node, NodeId top) const {
  if (!tree_.is_directory(top)) return false;
  for (NodeId above = node; above != tree::kNoNode; above = tree_.parent(above)) {
    if (above == top) return true;
  }
  return false;
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

// To finish one may end others.
template <typename IsDue>
void Engine::finish_moves(IsDue is_due) {
  while (true) {
    const auto due = std::find_if(moves_.begin(), moves_.end(), is_due);
    if (due == moves_.end()) return;
    const Move move = *due;
    moves_.erase(due);
    finish_move(move);
  }
}

void Engine::expire_moves() {
  finish_moves([&](Move& move) { return move.deadline <= now_ && is_alone(move); });
}

// False where the queue has to be read first, for halves from before the mark.
bool Engine::settle_moves(backend::Mark mark) {
  bool all_alone = true;
  for (Move& move : moves_) {
    if (move.seen < mark && !is_alone(move)) all_alone = false;
  }
  if (all_alone) finish_moves([&](const Move& move) { return move.seen < mark; });
  return all_alone;
}

}  // namespace vigil::core
