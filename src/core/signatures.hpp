// The signatures of the tree's nodes.
#pragma once

#include "base/pages.hpp"
#include "core/signature.hpp"
#include "tree/tree.hpp"

#include <cstddef>
#include <vector>

namespace vigil::core {

// 8 bytes for each node that was ever signed, or whose number is near one that was. One thread at a time.
class Signatures {
 public:
  Signature get(tree::NodeId node) const {
    const std::size_t chunk = node >> kShift;
    return chunk < chunks_.size() && chunks_[chunk].size() != 0 ? at(node) : kUnsigned;
  }

  void set(tree::NodeId node, Signature signature) {
    const std::size_t chunk = node >> kShift;
    if (signature == kUnsigned && (chunk >= chunks_.size() || chunks_[chunk].size() == 0)) return;
    if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
    if (chunks_[chunk].size() == 0) chunks_[chunk] = base::Pages(sizeof(Signature) << kShift);
    at(node) = signature;
  }

  bool empty() const { return chunks_.empty(); }
  std::size_t memory_bytes() const {
    std::size_t bytes = 0;
    for (const base::Pages& chunk : chunks_) bytes += chunk.size();
    return bytes;
  }

 private:
  static constexpr unsigned kShift = 13;
  static constexpr std::size_t kMask = (std::size_t{1} << kShift) - 1;

  Signature& at(tree::NodeId node) const {
    return static_cast<Signature*>(chunks_[node >> kShift].data())[node & kMask];
  }

  std::vector<base::Pages> chunks_;
};

}  // namespace vigil::core
