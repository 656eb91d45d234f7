// Finds the nodes that had an inode number when a repair began.
#pragma once

#include "tree/tree.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vigil::core {

// 6 to 12 bytes a node, held only while a repair is under way. Nodes may die meanwhile: the caller checks what it is
// given. One thread at a time.
class InodeIndex {
 public:
  void build(const tree::Tree& tree, std::span<const tree::NodeId> tops) {
    std::size_t count = 0;
    for (const tree::NodeId top : tops) tree.for_each(top, [&](tree::NodeId) { ++count; });
    slots_.assign(std::bit_ceil(count + count / 2 + 1), tree::kNoNode);
    const std::size_t mask = slots_.size() - 1;
    for (const tree::NodeId top : tops) {
      tree.for_each(top, [&](tree::NodeId node) {
        const std::uint64_t inode = tree.inode(node);
        if (inode == 0) return;
        std::size_t i = hash(inode) & mask;
        while (slots_[i] != tree::kNoNode) i = (i + 1) & mask;
        slots_[i] = node;
      });
    }
  }

  // Calls candidate(NodeId) for each node that may have the inode, until it returns true.
  template <typename Candidate>
  void find(std::uint64_t inode, Candidate&& candidate) const {
    if (slots_.empty()) return;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash(inode) & mask; slots_[i] != tree::kNoNode; i = (i + 1) & mask) {
      if (candidate(slots_[i])) return;
    }
  }

  void clear() { std::vector<tree::NodeId>().swap(slots_); }

 private:
  static std::size_t hash(std::uint64_t inode) {
    inode *= 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>(inode ^ (inode >> 32));
  }

  std::vector<tree::NodeId> slots_;
};

}  // namespace vigil::core
