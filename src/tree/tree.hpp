// The compact tree of what the consumer was last told: one node an entry, names interned, no allocation of its own.
#pragma once

#include <vigil/event.hpp>

#include "tree/names.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::tree {

// Names a node until it is removed; ids of removed nodes are used again. 0 is no node.
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0;

// A directory's kernel watch, as the backend numbers it; -1 is none.
inline constexpr std::int32_t kNoWatch = -1;

// Any number of rooted trees in one arena. 32 bytes a node, 16 more a directory, 4 to 8 in the index, plus each
// distinct name once. At most 2^32 - 1 nodes. One thread at a time.
class Tree {
 public:
  Tree();
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  // A nameless directory without a parent.
  NodeId add_root();

  // `parent` is a directory in which `name` does not exist.
  NodeId add(NodeId parent, std::string_view name, EntryType type, std::uint64_t inode);

  // kNoNode where there is none. `parent` may be any node.
  NodeId find(NodeId parent, std::string_view name) const;

  // Removes a node and all below it. `on_directory(NodeId)` is called for each directory among them, children after
  // their parent, before any of them is freed.
  template <typename OnDirectory>
  void remove(NodeId node, OnDirectory&& on_directory) {
    if (is_directory(node)) {
      for_each_directory(node, on_directory);
    }
    free_subtree(node);
  }

  // Gives a node another place. `new_name` does not exist in `new_parent`, which is not below the node.
  void move(NodeId node, NodeId new_parent, std::string_view new_name);

  // Changes type and identity in place. A directory that has entries stays a directory.
  void set_identity(NodeId node, EntryType type, std::uint64_t inode);

  EntryType type(NodeId node) const;
  bool is_directory(NodeId node) const { return type(node) == EntryType::directory; }
  std::uint64_t inode(NodeId node) const;  // 0: not known
  NodeId parent(NodeId node) const;        // kNoNode for a root
  std::string_view name(NodeId node) const;
  NodeId first_child(NodeId directory) const;  // kNoNode for anything but a directory with entries
  NodeId next_sibling(NodeId node) const;

  std::int32_t watch(NodeId directory) const;  // kNoWatch for anything but a watched directory
  void set_watch(NodeId directory, std::int32_t watch);

  // Eight bits for the engine's own use, 0 in a new node.
  std::uint8_t flags(NodeId node) const;
  void set_flags(NodeId node, std::uint8_t flags);

  // Whether the id names a node now.
  bool alive(NodeId node) const;

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

  std::size_t size() const;  // nodes, roots included
  std::size_t memory_bytes() const;

  // Changes whenever a directory is moved or removed: paths remembered from before are to be built anew.
  std::uint64_t shape_version() const;

 private:
  void free_subtree(NodeId node);
};

}  // namespace vigil::tree
