// Roots that are ready before they were listed, where the kernel tells of a whole file system from one moment on.
//
// `ready` is told as soon as the root itself is listed. What happens from that moment on is held while the rest of the
// tree is listed; then the tree is taken back to what it was then, and what was held is told in its order, as if it had
// come late. A name that no held record speaks of was as it was listed; of any other the first record tells whether it
// was there before.
// docs/decisions/0013-ready-before-the-listing.md
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/first_touches.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vigil::core {

using Touch = backend::Backend::Touch;

// With other roots in the watcher what happens there would wait for this one's listing, so then it is listed first.
void Engine::be_ready_early(Root& root) {
  if (!backend_.watches_ahead_of_listing() || root.options.initial || root.is_file() || !root.options.recursive) return;
  if (roots_.size() != 1) return;
  if (root.rules) return;                    // what is in it is known once the files of rules are read
  if (!root.polled_because.empty()) return;  // its file system does not tell all
  const sys::Outcome<std::unique_ptr<sys::Directory>> open = disk_.open(place_of(root.node).system);
  if (!open || !watch_mounts_early(root, *open.value)) return;
  const sys::Outcome<std::int32_t> watched =
      backend_.watch(root.node, *open.value, backend::Backend::Interest::everything);
  if (!watched) return;
  if (!backend_.watched_before_listing(watched.value)) {
    backend_.unwatch(watched.value, root.node);
    return;
  }
  tree_.set_watch(root.node, watched.value);
  backend_.hold();
  root.ready_early = true;
  if (!list_root_early(root)) {
    root.ready_early = false;
    backend_.drop_held();
    scan_later(root.node, root);  // once more, for what was dropped
    return;
  }
  notice(Kind::ready, root, {});
}

// Has all told from now on that happens on the root's file system, and on those that are mounted below it. False where
// that cannot be had.
bool Engine::watch_mounts_early(Root& root, sys::Directory& open) {
  root.early_devices.clear();
  const auto watch_file_system = [&](sys::Directory& directory) {
    const sys::Outcome<sys::FileStatus> status = directory.status();
    if (!status) return false;
    backend_.expect(true);
    const sys::Outcome<std::int32_t> begun = backend_.watch_ahead(directory);
    if (begun) backend_.abandon(begun.value);  // the mark stays
    backend_.expect(false);
    if (begun) root.early_devices.insert(status.value.device);
    return static_cast<bool>(begun);
  };
  if (!watch_file_system(open)) return false;
  for (const sys::Mount& mount : file_systems_.mounts_below(root.path)) {
    const Coverage coverage = coverage_of(mount.type);
    if (coverage == Coverage::own) {
      root.early_devices.insert(mount.device);  // what happens there is hardly told in any case
      continue;
    }
    if (coverage != Coverage::complete) return false;
    const sys::Outcome<std::unique_ptr<sys::Directory>> mounted = disk_.open(mount.point + "/");
    if (!mounted && is_gone(mounted.error)) continue;  // it is hidden by another
    if (!mounted || !watch_file_system(*mounted.value)) return false;
  }
  return true;
}

// The root itself, not what is below it, is listed before `ready`. What that shows, and what records tell of until
// then, may have been in it: so whatever is lost later, it is known what has to be told anew. False where it is not
// known.
bool Engine::list_root_early(Root& root) {
  scan_next();  // there is no other yet
  while (!partly_listed_.empty()) go_on_listing();
  if (flag(root.node, kUnreadable | kMissed | kUnwatched) || root.base_unknown) return false;
  const backend::Mark listed = backend_.mark();
  while (backend_.read_position() < listed) {
    if (!drain().any) return false;
  }
  FirstTouches touches;
  if (!backend_.held(touches) || root.state != Root::State::listing) return false;
  note_names(root, touches);
  return true;
}

void Engine::note_names(Root& root, const FirstTouches& touches) {
  std::set<std::string, std::less<>> touched;
  for (const FirstTouches::First& each : touches.first) {
    const Touch& touch = each.touch;
    if (touch.directory != root.node || excluded(place_of(root.node), each.name, touch.is_directory)) continue;
    touched.insert(each.name);
    if (touch.existed || touch.is_move || touch.came_and_went) root.names_at_ready.push_back(each.name);
  }
  for (NodeId child = tree_.first_child(root.node); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (!touched.contains(tree_.name(child))) root.names_at_ready.emplace_back(tree_.name(child));
  }
}

// Of a directory that is listed: where it was not told of from `ready` on, it cannot be said what was in it then.
void Engine::check_told_early(Root& root, std::uint64_t device) {
  if (!root.ready_early || root.early_devices.contains(device)) return;
  root.base_unknown = true;
}

// Unless another root needs them held.
void Engine::release_held(bool tree_is_from_before) {
  const bool is_needed = std::any_of(roots_.begin(), roots_.end(), [](const auto& root) { return root->ready_early; });
  if (is_needed) return;
  backend_.release(tree_is_from_before);
  more_records_ = true;
}

// Whether the listing is complete, and all is read that happened up to its end.
bool Engine::is_base_known(Root& root) {
  if (!root.ready_early) return true;
  if (!root.settled_at) root.settled_at = backend_.mark();
  return backend_.read_position() >= *root.settled_at;
}

// Takes the tree back to what it was at `ready`, or, where that cannot be done, tells all anew, in pieces unless it has
// to be at once. False where some of that is still to come.
bool Engine::restore_base(Root& root, bool at_once) {
  if (root.is_told_anew) return tell_anew(root, at_once);
  FirstTouches touches;
  const bool is_all_held = backend_.held(touches);
  const bool is_certain = std::none_of(touches.first.begin(), touches.first.end(), [&](const auto& each) {
    return each.touch.came_and_went && !each.came_later && tree_.find(each.touch.directory, each.name) != tree::kNoNode;
  });
  if (!is_all_held || !is_certain || touches.some_directory_moved || root.base_unknown) {
    notice(Kind::rescan, root,
           !is_all_held        ? "changes were lost before the tree was listed: all is told anew"
           : root.base_unknown ? "something in it could not be watched from 'ready' on: all is told anew"
                               : "directories were moved before they were listed: all is told anew");
    root.is_told_anew = true;
    return tell_anew(root, at_once);
  }
  root.ready_early = false;
  root.names_at_ready = {};
  root.state = Root::State::watched;
  take_back(root, touches);
  release_held(true);
  return true;
}

// Of an entry that was there: where it was moved to it may have been listed.
EntryType Engine::type_at_ready(const FirstTouches::First& each) const {
  if (each.touch.is_directory) return EntryType::directory;
  if (each.touch.moved_to == tree::kNoNode) return EntryType::unknown;
  const NodeId moved = tree_.find(each.touch.moved_to, each.new_name);
  return moved == tree::kNoNode || tree_.is_directory(moved) ? EntryType::unknown : tree_.type(moved);
}

void Engine::take_back(Root& root, FirstTouches& touches) {
  for (FirstTouches::First& each : touches.first) each.type = type_at_ready(each);
  // First what goes and then what comes, for numbers of nodes are used again.
  std::erase_if(touches.first, [&](const FirstTouches::First& each) {
    const auto& [touch, name, new_name, type, came_later] = each;
    if (!tree_.alive(touch.directory)) return true;  // one above went
    if (root_of(touch.directory) != &root || excluded(place_of(touch.directory), name, touch.is_directory)) return true;
    const NodeId node = tree_.find(touch.directory, name);
    const bool is_same = node != tree::kNoNode && tree_.is_directory(node) == touch.is_directory;
    if (node != tree::kNoNode && (!touch.existed || !is_same)) forget(node);
    return !touch.existed || is_same;
  });
  for (const FirstTouches::First& each : touches.first) {
    if (tree_.alive(each.touch.directory)) tree_.add(each.touch.directory, each.name, each.type, 0);
  }
  forget_what_was_asked();
}

void Engine::forget_what_was_asked() {
  places_ = {};
  doubts_.clear();
  recent_.clear();
  older_recent_.clear();
}

// Whatever was in the root at `ready`, and below it, is removed, some of it in each step; then nothing is known, and a
// repair finds what is there.
bool Engine::tell_anew(Root& root, bool at_once) {
  std::vector<std::string>& names = root.names_at_ready;
  const bool is_wanted = kinds_.contains(Kind::removed);
  while (is_wanted && !names.empty()) {
    append(Kind::removed, store_path(place_of(root.node), names.back()), EntryType::unknown).synthetic = true;
    names.pop_back();
    if (at_once || names.empty() || !is_full()) continue;
    more_records_ = true;  // those that are held
    return false;
  }
  root.is_told_anew = false;
  root.names_at_ready = {};
  root.ready_early = false;
  cancel_scans(root);
  while (tree_.first_child(root.node) != tree::kNoNode) forget(tree_.first_child(root.node));
  forget_what_was_asked();
  if (roots_.size() == 1) {
    backend_.drop_held();  // all of it happened before the listing
  } else {
    compares_held_ = true;
    release_held(false);
  }
  repairing_ = true;
  root.state = Root::State::repairing;
  root.suspect_since = suspect_since();
  scan_later(root.node, root);
  return true;
}

}  // namespace vigil::core
