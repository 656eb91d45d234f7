// Which nodes stand behind a watch.
#pragma once

#include "tree/tree.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace vigil::backend {

// The numbers of watches are dense, so they are kept in pages of neighbours: 8 bytes a watch, and a page whose
// watches are all gone is freed. One thread at a time.
class WatchTable {
 public:
  struct Slot {
    tree::NodeId node = tree::kNoNode;  // kNoNode: free
    std::uint32_t doubtful_until = 0;   // in the stream of records, shortened by the backend
  };

  // The watch's slot, or null.
  Slot* find(int watch) {
    const std::uint32_t number = static_cast<std::uint32_t>(watch) / kPageSlots;
    if (number != last_number_ || last_ == nullptr) {
      const auto found = pages_.find(number);
      if (found == pages_.end()) return nullptr;
      last_number_ = number;
      last_ = found->second.get();
    }
    Slot& slot = last_->slots[static_cast<std::uint32_t>(watch) % kPageSlots];
    return slot.node == tree::kNoNode ? nullptr : &slot;
  }

  // Adds a node to a watch, new or shared.
  Slot& add(int watch, tree::NodeId node) {
    if (Slot* const slot = find(watch)) {
      if (slot->node != node) add_sharer(watch, node);
      return *slot;
    }
    std::unique_ptr<Page>& page = pages_[static_cast<std::uint32_t>(watch) / kPageSlots];
    if (page == nullptr) page = std::make_unique<Page>();
    last_ = nullptr;
    ++page->used;
    ++size_;
    Slot& slot = page->slots[static_cast<std::uint32_t>(watch) % kPageSlots];
    slot.node = node;
    return slot;
  }

  // Takes a node away; true when it was the watch's last.
  bool remove(int watch, tree::NodeId node) {
    Slot* const slot = find(watch);
    if (slot == nullptr) return false;
    const auto sharers = sharers_.find(watch);
    if (sharers != sharers_.end()) {
      std::erase(sharers->second, node);
      if (slot->node == node) {
        slot->node = sharers->second.back();
        sharers->second.pop_back();
      }
      if (sharers->second.empty()) sharers_.erase(sharers);
      return false;
    }
    if (slot->node != node) return false;
    erase(watch);
    return true;
  }

  // Forgets a watch with all its nodes.
  void erase(int watch) {
    sharers_.erase(watch);
    const auto found = pages_.find(static_cast<std::uint32_t>(watch) / kPageSlots);
    if (found == pages_.end()) return;
    Slot& slot = found->second->slots[static_cast<std::uint32_t>(watch) % kPageSlots];
    if (slot.node == tree::kNoNode) return;
    slot = Slot{};
    --size_;
    if (--found->second->used == 0) {
      pages_.erase(found);
      last_ = nullptr;
    }
  }

  template <typename OnSlot>
  void for_each(OnSlot&& on_slot) {
    for (auto& [number, page] : pages_) {
      for (Slot& slot : page->slots) {
        if (slot.node != tree::kNoNode) on_slot(slot);
      }
    }
  }

  // Each node of a watch that is in the table; it may be watched and unwatched meanwhile.
  template <typename OnNode>
  void for_each_node(int watch, OnNode&& on_node) {
    const std::vector<tree::NodeId>* const shared = sharers(watch);
    if (shared == nullptr) {
      on_node(find(watch)->node);
      return;
    }
    std::vector<tree::NodeId> nodes = *shared;
    nodes.push_back(find(watch)->node);
    for (const tree::NodeId node : nodes) on_node(node);
  }

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return pages_.size() * (sizeof(Page) + 4 * sizeof(void*)); }

 private:
  // The nodes that share a watch with its slot's; null for nearly every watch.
  const std::vector<tree::NodeId>* sharers(int watch) const {
    if (sharers_.empty()) return nullptr;
    const auto found = sharers_.find(watch);
    return found == sharers_.end() ? nullptr : &found->second;
  }

  static constexpr std::uint32_t kPageSlots = 512;

  struct Page {
    std::array<Slot, kPageSlots> slots{};
    std::uint32_t used = 0;
  };

  void add_sharer(int watch, tree::NodeId node) {
    std::vector<tree::NodeId>& sharers = sharers_[watch];
    for (const tree::NodeId sharer : sharers) {
      if (sharer == node) return;
    }
    sharers.push_back(node);
  }

  std::unordered_map<std::uint32_t, std::unique_ptr<Page>> pages_;
  std::unordered_map<int, std::vector<tree::NodeId>> sharers_;
  std::uint32_t last_number_ = 0;
  Page* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace vigil::backend
