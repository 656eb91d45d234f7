// The compact tree of what the consumer was last told: one node an entry, names interned, no allocation of its own.
#pragma once

#include <vigil/event.hpp>

#include "tree/id_table.hpp"
#include "tree/names.hpp"
#include "tree/pool.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vigil::tree {

// Names a node until it is removed; ids of removed nodes are used again. 0 is no node.
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0;

// A directory's kernel watch, as the backend numbers it; -1 is none.
inline constexpr std::int32_t kNoWatch = -1;

// Any number of rooted trees in one arena. 32 bytes a node, 8 more a directory, 5 to 10 in the index, plus each
// distinct name once. At most 10^9 nodes. The room of removed nodes is used again, last freed first, but stays with
// the tree; the index and the names give theirs back to the system.
//
// No call recurses: trees may be as deep as memory allows. One thread at a time.
class Tree {
 public:
  Tree() = default;
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  // A nameless directory without a parent.
  NodeId add_root();

  // `parent` is a directory in which `name` does not exist. Names given to add() and move() may be views into the tree.
  NodeId add(NodeId parent, std::string_view name, EntryType type, std::uint64_t inode);

  // kNoNode where there is none. `parent` may be any node.
  NodeId find(NodeId parent, std::string_view name) const;

  // Removes a node and all below it. `on_directory(NodeId)` is called for each directory among them, children after
  // their parent, before any of them is freed.
  template <typename OnDirectory>
  void remove(NodeId node, OnDirectory&& on_directory) {
    assert(alive(node));
    if (is_directory(node)) {
      for_each_directory(node, on_directory);
    }
    free_subtree(node);
  }

  // Gives a node that is not a root another place. `new_name` does not exist in `new_parent`, which is a directory and
  // not below the node.
  void move(NodeId node, NodeId new_parent, std::string_view new_name);

  // Changes type and identity in place. A directory that has entries stays a directory, as does a root; a directory
  // that becomes something else has no watch left.
  void set_identity(NodeId node, EntryType type, std::uint64_t inode);

  EntryType type(NodeId node) const { return nodes_[node].type; }
  bool is_directory(NodeId node) const { return type(node) == EntryType::directory; }
  std::uint64_t inode(NodeId node) const { return nodes_[node].inode; }  // 0: not known
  NodeId parent(NodeId node) const { return nodes_[node].parent; }       // kNoNode for a root
  std::string_view name(NodeId node) const;                              // valid until it is removed or moved

  // Entries come in no particular order. kNoNode for anything but a directory with entries.
  NodeId first_child(NodeId directory) const { return directories_[nodes_[directory].directory].first_child; }
  NodeId next_sibling(NodeId node) const { return nodes_[node].next; }

  // kNoWatch for anything but a watched directory.
  std::int32_t watch(NodeId directory) const { return directories_[nodes_[directory].directory].watch; }
  void set_watch(NodeId directory, std::int32_t watch) {
    assert(is_directory(directory));
    directories_[nodes_[directory].directory].watch = watch;
  }

  // Eight bits for the engine's own use, 0 in a new node.
  std::uint8_t flags(NodeId node) const { return nodes_[node].flags; }
  void set_flags(NodeId node, std::uint8_t flags) { nodes_[node].flags = flags; }

  // Whether the id names a node now.
  bool alive(NodeId node) const { return node < nodes_.end() && nodes_[node].alive; }

  // Appends "a/b/c", the path below the root; nothing for a root itself.
  void append_path(NodeId node, std::string& out) const;

  // The root above the node (itself for a root).
  NodeId root(NodeId node) const;

  // Calls on_directory(NodeId) for `top` and every directory below it, parents first. The tree must not change
  // meanwhile, but set_watch and set_flags are fine.
  template <typename OnDirectory>
  void for_each_directory(NodeId top, OnDirectory&& on_directory) const {
    for_each(top, [&](NodeId node) {
      if (is_directory(node)) on_directory(node);
    });
  }

  // Every node of the subtree, `top` included, parents first.
  template <typename OnNode>
  void for_each(NodeId top, OnNode&& on_node) const {
    NodeId node = top;
    while (true) {
      on_node(node);
      if (const NodeId child = first_child(node); child != kNoNode) {
        node = child;
        continue;
      }
      while (node != top && next_sibling(node) == kNoNode) node = parent(node);
      if (node == top) return;
      node = next_sibling(node);
    }
  }

  std::size_t size() const { return size_; }  // nodes, roots included

  // What was touched of the memory held.
  std::size_t memory_bytes() const;

  // Changes whenever a directory is moved or removed: paths remembered from before are to be built anew.
  std::uint64_t shape_version() const { return shape_version_; }

 private:
  // Roots have no name and no siblings. A node's `directory` is the number of its record below, 0 for anything but a
  // directory: that record says for all of them that there is neither child nor watch.
  struct Node {
    std::uint64_t inode = 0;
    NodeId parent = kNoNode;
    NameId name = kNoName;
    NodeId next = kNoNode;
    NodeId previous = kNoNode;
    std::uint32_t directory = 0;
    EntryType type = EntryType::unknown;
    bool alive = false;
    std::uint8_t flags = 0;
  };
  static_assert(sizeof(Node) == 32);

  struct Directory {
    NodeId first_child = kNoNode;
    std::int32_t watch = kNoWatch;
  };
  static_assert(sizeof(Directory) == 8);

  NodeId take_node(EntryType type, std::uint64_t inode);
  void set_type(Node& node, EntryType type);
  void place(NodeId id, NodeId parent, NameId name);
  void displace(NodeId id);
  void free_subtree(NodeId top);
  void free_node(NodeId id);
  std::uint32_t hash_of(NodeId id) const;
  bool is_below(NodeId node, NodeId top) const;

  Pool<Node> nodes_;
  Pool<Directory> directories_;
  Names names_;
  IdTable index_;  // of all nodes but roots, by parent and name
  std::size_t size_ = 0;
  std::uint64_t shape_version_ = 0;
};

}  // namespace vigil::tree
