// Roots that are ready before they were listed, where the kernel tells of a whole file system from one moment on.
//
// `ready` is told in that moment. What happens from then on is held while the tree is listed; then the tree is taken
// back to what it was at `ready`, and what was held is told in its order, as if it had come late. A name that no held
// record speaks of was as it was listed; of any other the first record tells whether it was there before.
// docs/decisions/0013-ready-before-the-listing.md
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace vigil::core {

namespace {

// Directories that moved past the listing are looked for in so many rounds at most. One that is still missed then is
// listed when its move is told, and its entries told as new.
constexpr int kRoundsMax = 16;

using Touch = backend::Backend::Touch;

struct Name {
  tree::NodeId directory;
  std::string name;

  bool operator==(const Name&) const = default;
};

struct NameHash {
  std::size_t operator()(const Name& name) const { return std::hash<std::string>()(name.name) * 31 + name.directory; }
};

// The first that is said of each name.
struct FirstTouches final : backend::Backend::TouchSink {
  void on_touch(const Touch& touch) override {
    if (seen.insert({touch.directory, std::string(touch.name)}).second)
      first.push_back({touch, std::string(touch.name)});
  }

  struct First {
    Touch touch;  // whose name is the one below
    std::string name;
  };
  std::unordered_set<Name, NameHash> seen;
  std::vector<First> first;
};

// Directories into which another came that the tree does not have.
struct Arrivals final : backend::Backend::TouchSink {
  explicit Arrivals(const tree::Tree& the_tree) : tree(the_tree) {}

  void on_touch(const Touch& touch) override {
    if (touch.existed || !touch.is_directory || touch.target != tree::kNoNode) return;
    if (tree.find(touch.directory, touch.name) == tree::kNoNode) into.insert(touch.directory);
  }

  const tree::Tree& tree;
  std::unordered_set<tree::NodeId> into;
};

}  // namespace

// With other roots in the watcher what happens there would wait for this one's listing, so then it is listed first.
void Engine::be_ready_early(Root& root) {
  if (!backend_.watches_ahead_of_listing() || root.options.initial || root.is_file() || !root.options.recursive) return;
  if (roots_.size() != 1) return;
  const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(place_of(root.node).system);
  if (!open) return;
  const sys::Outcome<std::int32_t> watched =
      backend_.watch(root.node, *open.value, backend::Backend::Interest::everything);
  if (!watched) return;
  tree_.set_watch(root.node, watched.value);
  backend_.hold();
  root.ready_early = true;
  notice(Kind::ready, root, {});
}

// Unless another root needs them held.
void Engine::release_held() {
  const bool is_needed = std::any_of(roots_.begin(), roots_.end(), [](const auto& root) { return root->ready_early; });
  if (is_needed) return;
  backend_.release();
  more_records_ = true;
}

// Whether the listing is complete, and all is read that happened up to its end.
bool Engine::is_base_known(Root& root) {
  if (!root.ready_early) return true;
  if (!root.settled_at) root.settled_at = backend_.mark();
  if (backend_.read_position() < *root.settled_at) return false;
  root.settled_at.reset();
  if (++root.early_rounds > kRoundsMax) return true;
  Arrivals arrivals(tree_);
  (void)backend_.held(arrivals);
  for (const NodeId directory : arrivals.into) {
    if (root_of(directory) == &root) scan_later(directory, root, false);
  }
  return root.scans == 0;
}

// False where that cannot be done, for records were lost: then the root becomes ready once more, and what it was before
// does not matter.
bool Engine::restore_base(Root& root) {
  FirstTouches touches;
  const bool is_complete = backend_.held(touches);
  if (!is_complete) {
    notice(Kind::rescan, root, "changes were lost before the tree was listed: 'ready' is told again, and counts");
    release_held();
    return false;
  }
  std::erase_if(touches.first, [&](const FirstTouches::First& each) {
    return root_of(each.touch.directory) != &root ||
           excluded(place_of(each.touch.directory), each.name, each.touch.is_directory);
  });

  // Whatever is not where it was is put aside first, for it may have exchanged its place with another.
  const NodeId aside = tree_.add_root();
  unsigned number = 0;
  std::unordered_set<NodeId> wanted;
  for (const auto& [touch, name] : touches.first) {
    if (touch.existed && touch.target != tree::kNoNode) wanted.insert(touch.target);
  }
  const auto put_aside = [&](NodeId node) {
    if (wanted.contains(node)) {
      tree_.move(node, aside, std::to_string(++number));
    } else {
      forget(node);
    }
  };
  for (const auto& [touch, name] : touches.first) {
    if (!tree_.alive(touch.directory)) continue;
    const NodeId node = tree_.find(touch.directory, name);
    if (node == tree::kNoNode) continue;
    const bool is_another = touch.target != tree::kNoNode ? touch.target != node
                                                          : tree_.is_directory(node) != touch.is_directory;
    if (!touch.existed || is_another) put_aside(node);
  }
  for (const auto& [touch, name] : touches.first) {
    if (!touch.existed || !tree_.alive(touch.directory) || !tree_.is_directory(touch.directory)) continue;
    if (tree_.find(touch.directory, name) != tree::kNoNode) continue;
    const bool is_known = touch.target != tree::kNoNode && tree_.alive(touch.target) &&
                          tree_.parent(touch.target) != tree::kNoNode && !is_below(touch.directory, touch.target);
    if (is_known) {
      tree_.move(touch.target, touch.directory, name);
    } else {
      tree_.add(touch.directory, name, touch.is_directory ? EntryType::directory : EntryType::unknown, 0);
    }
  }
  forget(aside);
  places_ = {};
  doubts_.clear();
  recent_.clear();
  older_recent_.clear();
  release_held();
  return true;
}

}  // namespace vigil::core
