#include "tree/tree.hpp"

#include "tree/hash.hpp"

#include <cstring>

namespace vigil::tree {

namespace {

// Of the ids alone: the index can grow without touching a name.
std::uint32_t hash_of_entry(NodeId parent, NameId name) { return spread(std::uint64_t{parent} << 32 | name); }

}  // namespace

NodeId Tree::add_root() { return take_node(EntryType::directory, 0); }

NodeId Tree::add(NodeId parent, std::string_view name, EntryType type, std::uint64_t inode) {
  assert(alive(parent) && is_directory(parent) && find(parent, name) == kNoNode);
  const NodeId id = take_node(type, inode);
  place(id, parent, names_.acquire(name));
  return id;
}

NodeId Tree::find(NodeId parent, std::string_view name) const {
  const NameId name_id = names_.find(name);
  if (name_id == kNoName) return kNoNode;
  return index_.find(hash_of_entry(parent, name_id), [&](NodeId id) {
    const Node& node = nodes_[id];
    return node.parent == parent && node.name == name_id;
  });
}

void Tree::move(NodeId node, NodeId new_parent, std::string_view new_name) {
  assert(alive(node) && parent(node) != kNoNode);
  assert(alive(new_parent) && is_directory(new_parent) && !is_below(new_parent, node));
  assert(find(new_parent, new_name) == kNoNode);
  // In this order, because the new name may be the old one's own text.
  const NameId old_name = nodes_[node].name;
  const NameId name = names_.acquire(new_name);
  displace(node);
  place(node, new_parent, name);
  names_.release(old_name);
  if (is_directory(node)) ++shape_version_;
}

void Tree::set_identity(NodeId node, EntryType type, std::uint64_t inode) {
  assert(alive(node));
  assert(type == EntryType::directory || (first_child(node) == kNoNode && parent(node) != kNoNode));
  set_type(nodes_[node], type);
  nodes_[node].inode = inode;
}

std::string_view Tree::name(NodeId node) const {
  const NameId name = nodes_[node].name;
  return name == kNoName ? std::string_view() : names_.text(name);
}

void Tree::append_path(NodeId node, std::string& out) const {
  std::size_t length = 0;
  for (NodeId id = node; parent(id) != kNoNode; id = parent(id)) length += name(id).size() + 1;
  if (length == 0) return;
  --length;  // No "/" before the first name.
  const std::size_t before = out.size();
  out.resize(before + length);
  char* const begin = out.data() + before;
  char* position = begin + length;
  for (NodeId id = node; parent(id) != kNoNode; id = parent(id)) {
    const std::string_view text = name(id);
    position -= text.size();
    std::memcpy(position, text.data(), text.size());
    if (position != begin) *--position = '/';
  }
}

NodeId Tree::root(NodeId node) const {
  while (parent(node) != kNoNode) node = parent(node);
  return node;
}

std::size_t Tree::memory_bytes() const {
  return nodes_.memory_bytes() + directories_.memory_bytes() + names_.memory_bytes() + index_.memory_bytes();
}

NodeId Tree::take_node(EntryType type, std::uint64_t inode) {
  const NodeId id = nodes_.take();
  Node& node = nodes_[id];
  node.alive = true;
  node.inode = inode;
  set_type(node, type);
  ++size_;
  return id;
}

void Tree::set_type(Node& node, EntryType type) {
  if (type == EntryType::directory && node.directory == 0) {
    node.directory = directories_.take();
  } else if (type != EntryType::directory && node.directory != 0) {
    directories_.give_back(node.directory);
    node.directory = 0;
  }
  node.type = type;
}

// Makes the node the first child of `parent` and enters it in the index.
void Tree::place(NodeId id, NodeId parent, NameId name) {
  Node& node = nodes_[id];
  NodeId& first_child = directories_[nodes_[parent].directory].first_child;
  node.parent = parent;
  node.name = name;
  node.previous = kNoNode;
  node.next = first_child;
  if (first_child != kNoNode) nodes_[first_child].previous = id;
  first_child = id;
  index_.insert(hash_of(id), id, [this](NodeId other) { return hash_of(other); });
}

// The opposite of place(). The node keeps its use of the name.
void Tree::displace(NodeId id) {
  const Node& node = nodes_[id];
  index_.erase(hash_of(id), id, [this](NodeId other) { return hash_of(other); });
  if (node.next != kNoNode) nodes_[node.next].previous = node.previous;
  if (node.previous != kNoNode) {
    nodes_[node.previous].next = node.next;
  } else {
    directories_[nodes_[node.parent].directory].first_child = node.next;
  }
}

// Goes down to a node without children, frees it and goes on with its parent, until the top itself has no children.
void Tree::free_subtree(NodeId top) {
  if (is_directory(top)) ++shape_version_;
  NodeId id = top;
  while (true) {
    while (first_child(id) != kNoNode) id = first_child(id);
    const NodeId above = parent(id);
    free_node(id);
    if (id == top) return;
    id = above;
  }
}

void Tree::free_node(NodeId id) {
  Node& node = nodes_[id];
  if (node.parent != kNoNode) {
    displace(id);
    names_.release(node.name);
  }
  if (node.directory != 0) directories_.give_back(node.directory);
  nodes_.give_back(id);
  --size_;
}

std::uint32_t Tree::hash_of(NodeId id) const { return hash_of_entry(nodes_[id].parent, nodes_[id].name); }

bool Tree::is_below(NodeId node, NodeId top) const {
  while (node != top && node != kNoNode) node = parent(node);
  return node == top;
}

}  // namespace vigil::tree
