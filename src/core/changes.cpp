// Changing the tree and telling it: the two always together.
#include "core/engine.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vigil::core {

Engine::NodeId Engine::insert(NodeId directory, std::string_view name, EntryType type, std::uint64_t inode,
                              bool synthetic) {
  const NodeId node = tree_.add(directory, name, type, inode);
  if (inode != 0 || type == EntryType::directory) recent_.push_back(node);
  emit(Kind::created, node, synthetic);
  if (type == EntryType::directory) descend(node);
  return node;
}

void Engine::hold(NodeId directory, std::string_view name) {
  const NodeId node = tree_.add(directory, name, EntryType::unknown, 0);
  set_flag(node, kHeld);
  doubt(node);
}

void Engine::announce(NodeId node, EntryType type, std::uint64_t inode) {
  clear_flag(node, kHeld);
  tree_.set_identity(node, type, inode);
  recent_.push_back(node);
  emit(Kind::created, node, false);
  if (type == EntryType::directory) descend(node);
}

void Engine::relocate(NodeId node, NodeId directory, std::string_view name, bool replaced, bool synthetic) {
  const NodeId old_directory = tree_.parent(node);
  const Place& old_place = place_of(old_directory);
  const std::string old_name(tree_.name(node));
  const bool from_included = included(old_place, old_name, node);
  const std::string from = old_place.shown + old_name;
  tree_.move(node, directory, name);
  if (!synthetic) end_look(node);  // a move changes the change time
  clear_flag(node, kSeen);         // that was by the listing of the directory it left
  has_another_name(node);
  if (tree_.is_directory(node)) distrust_sent();  // they were sent by paths
  if (!flag(node, kHeld)) emit_renamed(from, from_included, node, replaced, synthetic);
  Root* const root = place_of(directory).root;
  if (root == nullptr) return;
  // A repair may have been where it is now, and not yet where it was.
  const bool is_due = root->state == Root::State::repairing && !synthetic;
  if (!tree_.is_directory(node)) {
    if (unread_since_.contains(old_directory) && !synthetic) {
      suspect(node);
    } else if (is_due) {
      doubt(node);
    }
    return;
  }
  doubt_recent_below(node);
  try_unreadable(node);  // a directory above may have been what forbade it
  if (!synthetic && tree_.watch(root->node) != tree::kNoWatch && backend_.moved_below(tree_.watch(root->node))) {
    start_repairs("Wine tells old paths below a directory that was renamed: all is compared");
    return;
  }
  if (!root->filter.passes_everything() || root->rules) {
    scan_all(*root, node);  // other paths, other verdicts
  } else if (is_due || tree_.watch(node) == tree::kNoWatch) {
    descend(node);
  }
}

void Engine::replace(NodeId node, EntryType type, std::uint64_t inode) {
  if (flag(node, kHeld)) {
    announce(node, type, inode);
    return;
  }
  if (type == tree_.type(node) && type != EntryType::directory) {
    tree_.set_identity(node, type, inode);
    recent_.push_back(node);
    emit(Kind::modified, node, true);
    return;
  }
  const NodeId directory = tree_.parent(node);
  const std::string name(tree_.name(node));
  drop(node, true);
  if (excluded(place_of(directory), name, type == EntryType::directory)) return;
  insert(directory, name, type, inode, true);
}

void Engine::drop(NodeId node, bool synthetic) {
  if (!flag(node, kHeld)) emit(Kind::removed, node, synthetic);
  forget(node);
}

void Engine::forget(NodeId node) {
  if (!signatures_.empty()) tree_.for_each(node, [&](NodeId each) { signatures_.set(each, kUnsigned); });
  tree_.remove(node, [&](NodeId directory) {
    const std::int32_t watch = tree_.watch(directory);
    if (watch != tree::kNoWatch) backend_.unwatch(watch, directory);
    unread_since_.erase(directory);
    if (!rules_.empty()) forget_rules(directory);
    if (!partly_told_.empty()) partly_told_.erase(directory);
    if (!short_of_watches_.empty()) short_of_watches_.erase(directory);
  });
  if (!tree_.alive(opened_)) close_opened();
  if (!fresh_.empty()) std::erase_if(fresh_, [&](const Fresh& fresh) { return !tree_.alive(fresh.node); });
  std::erase_if(moves_, [&](const Move& move) { return !tree_.alive(move.node); });
  for (Sent& sent : sent_) {
    if (sent.scan.directory == tree::kNoNode || tree_.alive(sent.scan.directory)) continue;
    sent.scan.directory = tree::kNoNode;
    --sent.scan.root->scans;
  }
  std::erase_if(partly_listed_, [&](const PartlyListed& listing) {
    if (tree_.alive(listing.scan.directory)) return false;
    --listing.scan.root->scans;
    return true;
  });
  std::erase_if(left_names_, [&](const LeftName& left) { return !tree_.alive(left.directory); });
  std::erase_if(replacements_, [&](const Replacement& replacement) { return !tree_.alive(replacement.node); });
  leave_orphaned_rules();
}

void Engine::descend(NodeId directory) {
  Root* const root = root_of(directory);
  if (root == nullptr) return;
  if (root->is_file()) {
    root->turned = true;
    return;
  }
  if (!root->options.recursive) return;
  if (!root->filter.passes_everything()) {
    const Place& place = place_of(directory);
    std::string_view relative = std::string_view(place.system).substr(place.relative);
    relative.remove_suffix(1);
    if (root->filter.excludes_all_below(relative)) return;
  }
  scan_later(directory, *root);
}

void Engine::emit(Kind kind, NodeId node, bool synthetic) {
  if (kind >= Kind::modified && kind <= Kind::closed) end_look(node);
  if (!kinds_.contains(kind)) return;
  const NodeId parent = tree_.parent(node);
  if (parent == tree::kNoNode) {
    const Root* const root = root_of(node);
    if (root != nullptr && root->tells()) append(kind, out_->store(root->shown), tree_.type(node));
    return;
  }
  const Place& place = place_of(parent);
  if (place.root == nullptr || !place.root->tells()) return;
  const std::string_view name = tree_.name(node);
  if (!included(place, name, node) && !(kind == Kind::removed && tree_.first_child(node) != tree::kNoNode)) {
    return;  // an unreported directory that takes reported entries with it is told all the same
  }
  Event& event = append(kind, store_path(place, name), tree_.type(node));
  event.synthetic = synthetic;
  if (!synthetic) event.pid = pid_;
}

void Engine::emit_renamed(std::string_view from, bool from_included, NodeId node, bool replaced, bool synthetic) {
  const Place& place = place_of(tree_.parent(node));
  const std::string_view name = tree_.name(node);
  const bool carries_entries = tree_.first_child(node) != tree::kNoNode;
  const bool to_included = included(place, name, node);
  if (place.root == nullptr || !place.root->tells()) return;
  Kind kind = Kind::renamed;
  if (!from_included && !to_included) {
    if (!carries_entries) return;
  } else if (!carries_entries) {
    if (!to_included) kind = Kind::removed;
    if (!from_included) kind = Kind::created;
  }
  if (!kinds_.contains(kind)) return;
  const std::string_view path = kind == Kind::removed ? out_->store(from) : store_path(place, name);
  seq_ += 2;  // left to the net effect, which may have to tell a move in up to three events
  Event& event = append(kind, path, tree_.type(node));
  event.synthetic = synthetic;
  if (!synthetic) event.pid = pid_;
  if (kind == Kind::renamed) {
    event.from = out_->store(from);
    event.replaced = replaced;
  }
}

Event& Engine::append(Kind kind, std::string_view path, EntryType type) {
  ++counters_.events;
  Event& event = out_->append_unowned({});
  event.kind = kind;
  event.type = type;
  event.seq = ++seq_;
  event.time = wall_;
  event.path = path;
  return event;
}

std::string_view Engine::store_path(const Place& place, std::string_view name) {
  if (place.root->is_file()) return out_->store(place.root->shown);
  const std::size_t size = place.shown.size() + name.size();
  char* const bytes = out_->allocate(size);
  std::memcpy(bytes, place.shown.data(), place.shown.size());
  std::memcpy(bytes + place.shown.size(), name.data(), name.size());
  return {bytes, size};
}

void Engine::notice(Kind kind, Root& root, std::string_view reason, int code) {
  notice_about(kind, root, root.shown, reason, code);
}

void Engine::notice_about(Kind kind, Root& root, std::string_view path, std::string_view reason, int code) {
  Event event;
  event.kind = kind;
  event.type = root.is_file() ? EntryType::file : EntryType::directory;
  event.time = wall_;
  event.path = path;
  event.reason = reason;
  event.code = code;
  std::string why;
  if (kind == Kind::ready) {
    const bool is_polled = !root.is_native && !root.polled_because.empty();
    const std::int32_t watch = root.node == tree::kNoNode ? tree::kNoWatch : tree_.watch(root.node);
    event.backend = is_polled ? std::string_view("poll") : backend_.name_of(watch);
    if (!is_polled) why = backend_.why(watch);
    event.reason = is_polled ? root.polled_because : why;
  }
  if (root.state == Root::State::listing && !root.options.initial && !root.ready_early) {
    root.early.append(event);
    return;
  }
  ++counters_.events;
  event.seq = ++seq_;
  out_->append(event);
}

bool Engine::included(const Place& place, std::string_view name, NodeId node) const {
  if (place.root == nullptr || place.root->filter.passes_everything()) return true;
  std::string relative = place.system.substr(place.relative);
  relative += name;
  return place.root->filter.includes(relative, tree_.is_directory(node));
}

// What was told of a name that is excluded from now on.
void Engine::hide(NodeId node) {
  (void)take_move(node);
  drop(node, true);
}

// Something untold took a name that is excluded. Where another is known under that name, the rules have changed and are
// about to be applied to it; but they may change back before, and it would be taken for the one that was told.
void Engine::took_place_excluded(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode) return;
  set_flag(node, kMissed);
  doubt(node);
}

// What the hint names. Where it does not say what that is: whatever it is.
bool Engine::excluded(const backend::Hint& hint) {
  const Place& place = place_of(hint.directory);
  return excluded(place, hint.name, hint.type_known && hint.is_directory) &&
         (hint.type_known || excluded(place, hint.name, true));
}

bool Engine::excluded(const Place& place, std::string_view name, bool is_directory) {
  if (place.root == nullptr) return true;
  if (place.root->is_file()) return name != place.root->only;
  if (place.root->rules && is_ignored(place, name, is_directory)) return true;
  if (place.root->filter.passes_everything()) return false;
  std::string relative = place.system.substr(place.relative);
  relative += name;
  return place.root->filter.excludes(relative, is_directory);
}

}  // namespace vigil::core
