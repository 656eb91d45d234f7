// Asking the disk about single names, and settling doubts about them once the queue is empty.
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vigil::core {

namespace {

// How long it has to be quiet before files that were only assumed to be such are looked at, and how many may gather.
constexpr std::chrono::milliseconds kProofWait{100};
constexpr std::size_t kAssumedMax = 256 * 1024;

}  // namespace

// By path: cheap, and right unless a directory above was moved since, which its record, still to come, will tell. Then
// doubt_recent_below() has it looked at again.
Engine::Found Engine::look(NodeId directory, std::string_view name) {
  std::string path = place_of(directory).system;
  path += name;
  const sys::Outcome<sys::FileStatus> status = disk_.status(path);
  if (status) return {Found::State::exists, status.value};
  return {not_found(status.error), {}};
}

// Through the directory itself, so that "absent" is certain. Where that is forbidden, the directory is to be listed
// once it is not.
Engine::Found Engine::look_closely(NodeId directory, std::string_view name) {
  Found found;
  int error = 0;
  if (sys::Directory* const open = open_exactly(directory, error); open != nullptr) {
    const sys::Outcome<sys::FileStatus> status = open->status(name);
    found = status ? Found{Found::State::exists, status.value} : Found{not_found(status.error), {}};
  } else if (is_denied(error)) {
    found = look(directory, name);  // it may be searched though not read
  }
  if (found.state != Found::State::denied) return found;
  if (Root* const root = root_of(directory)) cannot_open(directory, *root, sys::kDenied);
  return found;
}

Engine::Found::State Engine::not_found(int error) {
  if (is_gone(error)) return Found::State::absent;
  return is_denied(error) ? Found::State::denied : Found::State::unknown;
}

// Opens the directory the node stands for, not another that has its path now. Kept open while doubts are resolved.
sys::Directory* Engine::open_exactly(NodeId directory, int& error) {
  if (opened_ == directory && opened_directory_ != nullptr) return opened_directory_.get();
  close_opened();
  const Place& place = place_of(directory);
  if (place.root == nullptr || place.root->state == Root::State::waiting) return nullptr;
  sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(place.system);
  if (!open) {
    error = open.error;
    return nullptr;
  }
  const sys::Outcome<sys::FileStatus> status = open.value->status();
  const std::uint64_t inode = tree_.inode(directory);
  if (!status || is_other_inode(inode, status.value.inode)) return nullptr;
  opened_ = directory;
  opened_directory_ = std::move(open.value);
  return opened_directory_.get();
}

void Engine::close_opened() {
  opened_ = tree::kNoNode;
  opened_directory_.reset();
}

void Engine::doubt(NodeId node) {
  if (flag(node, kDoubted)) {
    if (origin_ < awaited_) make_older(node);
    return;
  }
  set_flag(node, kDoubted);
  doubts_.push_back({node, origin_});
}

// What is doubted already.
void Engine::make_older(NodeId node) {
  for (std::vector<Doubt>* const doubts : {&doubts_, &resolving_}) {
    const auto noted =
        std::find_if(doubts->begin(), doubts->end(), [&](const Doubt& doubt) { return doubt.node == node; });
    if (noted == doubts->end()) continue;
    noted->origin = std::min(noted->origin, origin_);
    return;
  }
}

// To be absent under the one before says nothing about this one.
void Engine::has_another_name(NodeId node) {
  if (!some_absent_ || !flag(node, kDoubted)) return;
  for (Doubt& doubt : doubts_) {
    if (doubt.node == node) doubt.was_absent = false;
  }
}

// A directory that should have been listed was not there. When it turns out where it is, it is listed.
void Engine::missed(NodeId directory) {
  set_flag(directory, kMissed);
  doubt(directory);
}

// Of an entry that a record says is gone, or whose directory could not be compared. A file that is there is told as
// modified: it may be another that has the same inode number, for file systems use numbers again at once.
void Engine::suspect(NodeId node) {
  if (tree_.type(node) == EntryType::file) set_flag(node, kMissed);
  doubt(node);
}

// Of an entry that another may have taken the place of. Where its inode cannot tell, it is told as modified.
void Engine::doubt_content(NodeId node) {
  if (tree_.inode(node) == 0 && tree_.type(node) == EntryType::file) emit(Kind::modified, node, true);
  doubt(node);
}

void Engine::doubt_recent_below(NodeId directory) {
  const auto doubt_those_of = [&](const std::vector<NodeId>& nodes) {
    for (const NodeId node : nodes) {
      if (!tree_.alive(node)) continue;
      NodeId above = tree_.parent(node);
      while (above != tree::kNoNode && above != directory) above = tree_.parent(above);
      if (above == directory) doubt(node);
    }
  };
  doubt_those_of(recent_);
  doubt_those_of(older_recent_);
}

void Engine::resolve_doubts() {
  if (doubts_.empty() || (doubts_not_before_ && now_ < *doubts_not_before_)) return;
  doubts_not_before_.reset();
  look_again_ = false;
  some_absent_ = false;
  resolving_.clear();
  resolving_.swap(doubts_);
  for (std::size_t next = 0; next < resolving_.size(); ++next) {
    const Doubt doubted = resolving_[next];
    if (!tree_.alive(doubted.node) || !flag(doubted.node, kDoubted)) continue;
    const Origin origin(*this, doubted.origin);
    clear_flag(doubted.node, kDoubted);
    if (!resolve(doubted)) doubt(doubted.node);
    if (!is_full() || next + 1 == resolving_.size()) continue;
    doubts_.insert(doubts_.end(), resolving_.begin() + static_cast<std::ptrdiff_t>(next + 1), resolving_.end());
    some_absent_ = true;  // perhaps
    look_again_ = true;
    break;
  }
  constexpr std::size_t kKept = 4096;
  resolving_.capacity() > kKept ? std::vector<Doubt>().swap(resolving_) : resolving_.clear();
  if (!doubts_.empty() && !look_again_) doubts_not_before_ = now_ + kDoubtRetry;
}

// False when the disk cannot tell yet.
bool Engine::resolve(const Doubt& doubted) {
  const NodeId node = doubted.node;
  if (flag(node, kMoving)) return true;  // its other half decides
  const NodeId directory = tree_.parent(node);
  Root* const root = root_of(node);
  if (root == nullptr || root->state == Root::State::waiting) return true;
  if (directory == tree::kNoNode) {
    check_root(*root);
    return true;
  }
  const Found found = look_closely(directory, tree_.name(node));
  if (found.state == Found::State::unknown) {
    doubt(directory);
    return false;
  }
  if (found.state == Found::State::denied) {
    if (flag(node, kHeld)) announce(node, EntryType::unknown, 0);
    if (tree_.is_directory(node)) descend(node);  // forbidden likewise, so that it is tried when this directory is
    return true;
  }
  if (found.state == Found::State::absent) {
    // Where it went may be told by a record that is queued by now, so the queue is read once more before it counts as
    // removed. What was held was never told, and is forgotten.
    if (!doubted.was_absent && !flag(node, kMissed)) {
      doubt(node);
      doubts_.back().was_absent = true;
      some_absent_ = true;
      look_again_ = true;
      return true;
    }
    drop(node, true);  // untold where it was held
    return true;
  }
  const bool was_missed = flag(node, kMissed);
  clear_flag(node, kMissed);
  const EntryType type = found.status.type;
  // It is of another type; or a listing that decided anew by other rules missed it.
  const bool may_be_excluded = type != tree_.type(node) || root->rules;
  if (may_be_excluded && excluded(place_of(directory), tree_.name(node), type == EntryType::directory)) {
    drop(node, true);
    return true;
  }
  if (type == EntryType::directory) recent_.push_back(node);  // the one of that inode may have come since the records
  if (flag(node, kHeld)) {
    announce(node, type, found.status.inode);
  } else if (type != tree_.type(node) || is_other_inode(tree_.inode(node), found.status.inode)) {
    const std::string name(tree_.name(node));
    replace(node, type, found.status.inode);
    sign_name(directory, name, found.status);
  } else if (type == EntryType::directory && (repairing_ || was_missed || doubted.was_absent ||
                                              (tree_.watch(node) == tree::kNoWatch && !flag(node, kUnwatched)))) {
    descend(node);
  } else {
    if (tree_.inode(node) == 0) tree_.set_identity(node, type, found.status.inode);
    const Signature look = kept_look(node, *root);
    if (look != kUnsigned && !was_missed && root->state == Root::State::repairing) {
      if (difference(look, signature_of(found.status)).any) tell_changed(node, look, found.status);
      return true;
    }
    // A listing missed it, and what came since may be among what was lost.
    const bool may_be_untold = root->state == Root::State::repairing && found.status.changed >= root->suspect_since;
    if (type == EntryType::file && (was_missed || may_be_untold)) {
      emit(Kind::modified, node, true);
    }
  }
  return true;
}

// What was open is no link and no directory, and all but ever a file: asking the disk at once would cost more than all
// the rest of telling its creation. Whether it is a file indeed, and not a pipe or a device, and what its inode is, is
// asked when it is quiet.
void Engine::assume_file(const backend::Hint& hint) {
  assumed_.push_back(insert(hint.directory, hint.name, EntryType::file, 0, false));
  prove_not_before_ = assumed_.size() < kAssumedMax ? now_ + kProofWait : now_;
}

void Engine::prove_files() {
  prove_not_before_.reset();
  std::vector<NodeId> nodes;
  nodes.swap(assumed_);
  std::erase_if(nodes, [&](NodeId node) {
    return !tree_.alive(node) || tree_.type(node) != EntryType::file || tree_.inode(node) != 0;
  });
  std::sort(nodes.begin(), nodes.end(), [&](NodeId a, NodeId b) {
    const NodeId parent_a = tree_.parent(a);
    const NodeId parent_b = tree_.parent(b);
    return parent_a != parent_b ? parent_a < parent_b : a < b;
  });
  for (auto begin = nodes.begin(); begin != nodes.end();) {
    const NodeId directory = tree_.parent(*begin);
    const auto end = std::find_if(begin, nodes.end(), [&](NodeId node) { return tree_.parent(node) != directory; });
    // Listing gives type and inode of an entry for a quarter of what asking about one costs.
    std::size_t listed_max = 4 * static_cast<std::size_t>(end - begin);
    NodeId child = tree_.first_child(directory);
    while (child != tree::kNoNode && listed_max > 0) {
      child = tree_.next_sibling(child);
      --listed_max;
    }
    Root* const root = root_of(directory);
    if (child == tree::kNoNode && root != nullptr && end - begin > 1) {
      scan_later(directory, *root, false);
    } else {
      std::for_each(begin, end, [&](NodeId node) { doubt(node); });
    }
    begin = end;
  }
}

}  // namespace vigil::core
