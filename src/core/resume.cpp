// A root that another engine watched before: what its consumer knows is the tree to begin with.
#include "core/engine.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vigil::core {

Status Engine::recall(std::string_view path, const RootOptions& options, std::string_view only) {
  Result<std::unique_ptr<Root>> root = prepare(path, options);
  if (!root) return std::move(root).error();
  Root& added = *roots_.emplace_back(std::move(*root));
  added.state = Root::State::waiting;
  added.only = only;
  added.node = tree_.add_root();
  by_node_.emplace(added.node, &added);
  return Done{};
}

Engine::NodeId Engine::recall_entry(NodeId parent, std::string_view name, EntryType type, std::uint64_t inode) {
  return tree_.add(parent, name, type, inode);
}

void Engine::resume(std::string_view path, Timestamp told_until, Moment told_at, Moment now, Batch& out) {
  Root* const root = find_root(path);
  if (root == nullptr) return;
  begin_step(now, out);
  file_systems_.begin();
  drained_at_ = told_until;
  drained_moment_ = told_at;
  root->suspect_since = suspect_since();
  // What was moved meanwhile is recognised as in a repair.
  inodes_.build(tree_, std::array{root->node});
  await(*root);
  repairing_ = root->state == Root::State::repairing;
}

std::optional<Engine::Standing> Engine::standing(std::string_view path) const {
  const Root* const root = find_root(path);
  if (root == nullptr) return std::nullopt;
  Standing standing{root->node, root->only, drained_at_, drained_moment_};
  if (root->state == Root::State::waiting || root->state == Root::State::repairing) {
    standing.told_until = std::min(root->suspect_since, drained_at_);
  }
  for (const auto& [directory, polled] : polled_) standing.told_until = std::min(standing.told_until, polled.since);
  for (const auto& [directory, since] : unread_since_) standing.told_until = std::min(standing.told_until, since);
  return standing;
}

void Engine::count(Stats& stats) const {
  stats.events = counters_.events;
  stats.losses = counters_.losses;
  stats.repairs = counters_.repairs;
  stats.records = backend_.records();
  stats.watches = backend_.watches();
  stats.roots = roots_.size();
  stats.entries = tree_.size();
  stats.tree_bytes = tree_.memory_bytes() + backend_.memory_bytes() + signatures_.memory_bytes();
  stats.directories_pending = pending_directories();
}

}  // namespace vigil::core
