// Files that were changed just now. Until the clock that stamps changes has ticked, a file may be changed again and
// look the same. So a change that was found that early is told after the tick. What was told as it looked before the
// tick, as a file that is new, is looked at once more, and told as modified, as it may have been.
#include "core/engine.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vigil::core {

namespace {

using namespace std::chrono_literals;

// How long after a file was seen it is looked at again: one tick of the clock; a moment, so that a file that is written
// all the time is not asked for all the time; and where whole seconds are stamped, perhaps only even ones.
constexpr std::chrono::milliseconds kTick{10};
constexpr std::chrono::milliseconds kAgain{100};
constexpr std::chrono::milliseconds kCoarse{2500};

// Beyond, what is changed is told at once, and perhaps once more by the next pass.
constexpr std::size_t kFreshMax = 4096;

}  // namespace

// By the clock of local file systems. A server whose clock is ahead has every change wait a while; where it is behind,
// a file that is changed twice within a tick, and looked at in between, keeps its second change for itself.
bool Engine::is_fresh(NodeId node, const sys::FileStatus& status) {
  if (tree_.type(node) != EntryType::file) return false;
  const Timestamp end = has_fraction(status.changed) ? status.changed : status.changed + 2s;
  return end >= disk_.now();
}

bool Engine::is_first_seen(NodeId node) const {
  return fresh_.size() < kFreshMax &&
         std::none_of(fresh_.begin(), fresh_.end(), [&](const Fresh& fresh) { return fresh.node == node; });
}

void Engine::note_fresh(NodeId node, const sys::FileStatus& status, bool is_told) {
  if (fresh_.size() < kFreshMax) {
    fresh_.push_back({node, is_told, passes_, now_, status.changed});
  } else {
    signatures_.set(node, in_doubt(signatures_.get(node)));
  }
}

Moment Engine::due(const Fresh& fresh) {
  if (!has_fraction(fresh.changed)) return fresh.seen + kCoarse;
  return std::max(fresh.seen + (fresh.is_told ? kAgain : kTick), fresh.not_before);
}

bool Engine::has_ticked_since(const Fresh& fresh) {
  if (!has_fraction(fresh.changed) || now_ >= fresh.seen + kCoarse) return true;  // that is not waited for
  return disk_.now() > fresh.changed;
}

// Whether it may still be changed without another time.
bool Engine::may_look_the_same(const Fresh& fresh) const {
  return !has_fraction(fresh.changed) && now_ < fresh.seen + kCoarse && tree_.alive(fresh.node) &&
         is_first_seen(fresh.node);
}

std::optional<Moment> Engine::next_fresh() const {
  std::optional<Moment> next;
  for (const Fresh& fresh : fresh_) next = std::min(next.value_or(due(fresh)), due(fresh));
  return next;
}

// It will be looked at for other reasons first.
bool Engine::is_open_to_doubt(NodeId node) const { return tree_.alive(node) && flag(node, kHeld | kMoving | kDoubted); }

void Engine::look_at_fresh() {
  if (fresh_.empty()) return;
  std::vector<Fresh> all = std::exchange(fresh_, {});
  const auto is_due = std::partition(all.begin(), all.end(),
                                     [&](const Fresh& fresh) { return now_ < due(fresh) || !has_ticked_since(fresh); });
  fresh_.assign(all.begin(), is_due);
  for (Fresh& fresh : fresh_) {
    if (now_ >= due(fresh)) fresh.not_before = now_ + kTick;  // and not at once, again and again
  }
  std::for_each(is_due, all.end(), [&](const Fresh& fresh) {
    if (!is_open_to_doubt(fresh.node)) return settle(fresh);
    fresh_.push_back(fresh);
    fresh_.back().seen = now_;
  });
}

// For sync(): whether what was changed before the pass is told. Where seconds are stamped nobody waits so long: all is
// told that may have been changed, and once more when it cannot be changed any further without another time.
bool Engine::settle_fresh() {
  const auto concerns = [&](const Fresh& fresh) { return !fresh.is_told || fresh.pass < passes_; };
  std::vector<Fresh> all = std::exchange(fresh_, {});
  const auto first = std::partition(all.begin(), all.end(), [&](const Fresh& fresh) { return !concerns(fresh); });
  fresh_.assign(all.begin(), first);
  bool is_settled = true;
  for (auto each = first; each != all.end(); ++each) {
    if (has_ticked_since(*each) && !is_open_to_doubt(each->node)) {
      settle(*each);
      if (may_look_the_same(*each)) fresh_.push_back({each->node, true, passes_, each->seen, each->changed});
    } else {
      fresh_.push_back(*each);
      is_settled = false;
    }
  }
  return is_settled;
}

// Whether its files would have to be told as modified where waiting for a tick spares that.
bool Engine::awaits_fresh(const Root& root) const {
  return std::any_of(fresh_.begin(), fresh_.end(), [&](const Fresh& fresh) {
    return has_fraction(fresh.changed) && tree_.alive(fresh.node) && tree_.root(fresh.node) == root.node;
  });
}

void Engine::settle(const Fresh& fresh) {
  const NodeId node = fresh.node;
  if (!tree_.alive(node) || tree_.type(node) != EntryType::file || tree_.parent(node) == tree::kNoNode) return;
  const Root* const root = root_of(node);
  if (root == nullptr) return;
  if (!is_signed(node)) {
    if (fresh.is_told && root->state != Root::State::waiting)
      emit(Kind::modified, node, true);  // it is watched by now, and may have been written before
    return;
  }
  const Signature before = signatures_.get(node);
  const Found found = look_closely(tree_.parent(node), tree_.name(node));
  if (!found.exists() || found.status.type != EntryType::file) {
    if (fresh.is_told) signatures_.set(node, in_doubt(before));  // for whoever finds it again
    return;
  }
  if (before == signature_of(found.status)) {
    if (fresh.is_told) emit(Kind::modified, node, true);
    return;
  }
  tell_changed(node, before, found.status);
}

}  // namespace vigil::core
