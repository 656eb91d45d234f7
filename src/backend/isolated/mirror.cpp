#include "backend/isolated/mirror.hpp"

namespace vigil::backend::isolated {

// The directory that holds the entry, and its name there; no directory where there is none of that path.
Mirror::Place Mirror::place_of(std::string_view path) const {
  if (path.empty()) return {root_, kFileName};
  if (is_file()) return {};
  tree::NodeId directory = root_;
  while (true) {
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return {directory, path};
    directory = tree_.find(directory, path.substr(0, slash));
    if (directory == tree::kNoNode || !tree_.is_directory(directory)) return {};
    path.remove_prefix(slash + 1);
  }
}

tree::NodeId Mirror::find(std::string_view path) const {
  const Place place = place_of(path);
  return place.directory == tree::kNoNode ? tree::kNoNode : tree_.find(place.directory, place.name);
}

Mirror::Applied Mirror::apply(const ToldEvent& told) {
  switch (told.event.kind) {
    case Kind::created: return create(told);
    case Kind::removed: return remove(told);
    case Kind::renamed: return rename(told);
    case Kind::modified:
    case Kind::attributes:
    case Kind::closed:
    case Kind::opened:
    case Kind::accessed: return change(told);
    default: return {};
  }
}

Mirror::Applied Mirror::create(const ToldEvent& told) {
  const Event& event = told.event;
  const Place place = place_of(event.path);
  if (place.directory == tree::kNoNode) return {"created in a directory that is not there"};
  if (tree_.find(place.directory, place.name) != tree::kNoNode) return {"created where something is"};
  if (event.path.empty() && (tree_.first_child(root_) != tree::kNoNode || event.type == EntryType::directory)) {
    return {"the root created as a file, but it is a directory"};
  }
  (void)tree_.add(place.directory, place.name, event.type, told.inode);
  return {.is_directory = event.type == EntryType::directory};
}

Mirror::Applied Mirror::remove(const ToldEvent& told) {
  const tree::NodeId node = find(told.event.path);
  if (node == tree::kNoNode) return {"removed, but it was not there"};
  const Applied applied{.carries_entries = tree_.first_child(node) != tree::kNoNode,
                        .is_directory = tree_.is_directory(node)};
  tree_.remove(node, [](tree::NodeId) {});
  return applied;
}

Mirror::Applied Mirror::rename(const ToldEvent& told) {
  const Event& event = told.event;
  if (event.path.empty() || event.from.empty()) return {"the root renamed"};
  const tree::NodeId node = find(event.from);
  if (node == tree::kNoNode) return {"renamed, but it was not there"};
  const Place place = place_of(event.path);
  if (place.directory == tree::kNoNode) return {"renamed into a directory that is not there"};
  for (tree::NodeId above = place.directory; above != tree::kNoNode; above = tree_.parent(above)) {
    if (above == node) return {"renamed into itself"};
  }
  const tree::NodeId target = tree_.find(place.directory, place.name);
  if (target == node) return {"renamed to what it was called"};
  if ((target != tree::kNoNode) != event.replaced) return {"renamed over something, but not said so, or the reverse"};
  if (target != tree::kNoNode) {
    for (tree::NodeId above = node; above != tree::kNoNode; above = tree_.parent(above)) {
      if (above == target) return {"renamed over a directory that it was in"};
    }
    tree_.remove(target, [](tree::NodeId) {});
  }
  tree_.move(node, place.directory, place.name);
  set_inode(node, told.inode);
  return {.carries_entries = tree_.first_child(node) != tree::kNoNode, .is_directory = tree_.is_directory(node)};
}

Mirror::Applied Mirror::change(const ToldEvent& told) {
  if (told.event.path.empty()) return {};
  const tree::NodeId node = find(told.event.path);
  if (node == tree::kNoNode) return {"changed, but it was not there"};
  if (told.event.kind == Kind::modified) set_inode(node, told.inode);
  return {.carries_entries = tree_.first_child(node) != tree::kNoNode, .is_directory = tree_.is_directory(node)};
}

void Mirror::identify(const Identity& identity) {
  const tree::NodeId node = find(identity.path);
  if (node != tree::kNoNode) set_inode(node, identity.inode);
}

void Mirror::set_inode(tree::NodeId node, std::uint64_t inode) {
  if (inode != 0) tree_.set_identity(node, tree_.type(node), inode);
}

void Mirror::Walk::write_some(Writer& writer, std::size_t content_bytes_max, std::string_view only) {
  const tree::Tree& tree = mirror_.tree_;
  while (!done() && writer.content_bytes() < content_bytes_max) {
    Entry entry;
    const tree::NodeId node = next_;
    for (; directory_ != tree.parent(node); directory_ = tree.parent(directory_)) ++entry.up;
    entry.type = tree.type(node);
    entry.inode = tree.inode(node);
    entry.name = tree.name(node) == kFileName ? only : tree.name(node);
    write(writer, entry);
    if (tree.is_directory(node)) directory_ = node;
    next_ = tree.first_child(node);
    for (tree::NodeId last = node; next_ == tree::kNoNode && last != mirror_.root_; last = tree.parent(last)) {
      next_ = tree.next_sibling(last);
    }
  }
}

}  // namespace vigil::backend::isolated
