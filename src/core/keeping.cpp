// What each entry of a root looked like when it was last told of, so that a snapshot can be made of what was told: a
// signature of each (signature.hpp). Where nothing tells of changes, the polls keep them. Where records do, a record
// that is told ends the signature of its entry, and the next snapshot asks for those that are missing.
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"
#include "snapshot/format.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

namespace vigil::core {

namespace {

// Entries that one call asks about: some milliseconds.
constexpr std::size_t kRefreshSlice = 2048;

}  // namespace

bool Engine::is_polled_entry(NodeId node) const {
  const NodeId parent = tree_.parent(node);
  return flag(parent == tree::kNoNode ? node : parent, kUnwatched);
}

// Of an entry that records tell of, where it is kept.
Signature Engine::kept_look(NodeId node, const Root& root) const {
  return root.keeps && !is_polled_entry(node) ? signatures_.get(node) : kUnsigned;
}

// Something of it is told that it may not have looked like before.
void Engine::end_look(NodeId node) {
  if (!signatures_.empty() && !is_polled_entry(node)) signatures_.set(node, kUnsigned);
}

Result<Source::Refreshed> Engine::refresh(std::string_view path, bool begin) {
  Root* const root = find_root(path);
  if (root == nullptr) return Error(ErrorCode::not_watched, "'" + std::string(path) + "' is not watched");
  if (root->state == Root::State::listing) return Refreshed::waiting;
  if (begin) {
    root->keeps = true;
    refresh_ = {};
    const bool is_there = root->state != Root::State::waiting && root->node != tree::kNoNode;
    if (is_there) {
      tree_.for_each_directory(root->node, [&](NodeId directory) { refresh_.directories.push_back(directory); });
    }
  }
  for (std::size_t asked = 0; asked < kRefreshSlice && !refresh_.directories.empty();) {
    const NodeId directory = refresh_.directories.back();
    refresh_.directories.pop_back();
    // Numbers are used again.
    const bool is_there = tree_.alive(directory) && tree_.is_directory(directory) && root_of(directory) == root;
    asked += is_there ? 1 + refresh_in(directory) : 1;
  }
  if (!refresh_.directories.empty()) return Refreshed::more;
  refresh_.directories.shrink_to_fit();
  return refresh_.is_one_fresh ? Refreshed::fresh : Refreshed::done;
}

// How many it asked about.
std::size_t Engine::refresh_in(NodeId directory) {
  if (flag(directory, kUnwatched | kUnreadable)) return 0;
  std::vector<NodeId> nodes;
  std::string names;
  for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (signatures_.get(child) != kUnsigned || flag(child, kHeld | kMoving)) continue;
    nodes.push_back(child);
    names.append(tree_.name(child)).append(1, '\0');
  }
  const bool asks_root = tree_.parent(directory) == tree::kNoNode && signatures_.get(directory) == kUnsigned;
  if (nodes.empty() && !asks_root) return 0;
  std::vector<sys::Outcome<sys::FileStatus>> statuses;
  const sys::Outcome<sys::FileStatus> own = disk_.statuses(place_of(directory).system, names, statuses);
  if (!own || is_other_inode(tree_.inode(directory), own.value.inode)) return nodes.size();
  if (asks_root) signatures_.set(directory, signature_of(own.value));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const sys::Outcome<sys::FileStatus>& status = statuses[i];
    const NodeId node = nodes[i];
    // Of another a record is on its way.
    if (!status || status.value.type != tree_.type(node)) continue;
    if (is_other_inode(tree_.inode(node), status.value.inode)) continue;
    if (is_fresh(node, status.value)) {
      refresh_.is_one_fresh = refresh_.is_one_fresh || has_fraction(status.value.changed);
    } else {
      signatures_.set(node, signature_of(status.value));
    }
  }
  return nodes.size();
}

Result<std::string> Engine::capture(std::string_view path, const std::vector<const Event*>& waiting) {
  const Root* const root = find_root(path);
  if (root == nullptr) return Error(ErrorCode::not_watched, "'" + std::string(path) + "' is not watched");
  snapshot::Description description;
  description.system = disk_.separator() == '\\' ? snapshot::System::windows : snapshot::System::posix;
  description.path = root->shown;
  description.absolute = root->wanted;
  description.only = root->only;
  description.options = root->options;
  description.taken = std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now());
  description.told_until = drained_at_;
  snapshot::Writer writer(description);
  for (const Event* const event : waiting) {
    const auto below = [&](std::string_view shown) {
      return shown.size() < root->prefix.size() ? std::string_view() : shown.substr(root->prefix.size());
    };
    writer.add_untold({event->kind, event->type, event->replaced, below(event->path), below(event->from)});
  }
  capture_entries(*root, writer);
  return writer.finish();
}

void Engine::capture_entries(const Root& root, snapshot::Writer& writer) {
  std::unordered_set<NodeId> fresh;
  for (const Fresh& each : fresh_) fresh.insert(each.node);
  const auto entry_of = [&](NodeId node, std::string_view name) {
    snapshot::Entry entry{name, tree_.type(node), tree_.inode(node), look_to_keep(node, root), {}, {}};
    if (fresh.contains(node)) entry.signature = in_doubt(entry.signature);
    if (entry.type == EntryType::directory) entry.listing = listing_to_keep(node, place_of(node).system);
    return entry;
  };
  if (root.node == tree::kNoNode) {
    writer.begin({});
    writer.begin_directory(0);
    return;
  }
  writer.begin(entry_of(root.node, {}));
  std::vector<NodeId> directories{root.node};
  std::vector<std::pair<std::string_view, NodeId>> entries;
  for (std::size_t next = 0; next < directories.size(); ++next) {
    entries.clear();
    for (NodeId child = tree_.first_child(directories[next]); child != tree::kNoNode;
         child = tree_.next_sibling(child)) {
      if (!flag(child, kHeld)) entries.emplace_back(tree_.name(child), child);
    }
    std::sort(entries.begin(), entries.end());
    writer.begin_directory(entries.size());
    for (const auto& [name, node] : entries) {
      const snapshot::Entry entry = entry_of(node, name);
      writer.add(entry);
      if (entry.type == EntryType::directory) directories.push_back(node);
    }
  }
}

Signature Engine::look_to_keep(NodeId node, const Root& root) const {
  const Signature look = root.keeps || is_polled_entry(node) ? signatures_.get(node) : kUnsigned;
  if (look == kUnsigned) return kUnknownLook;
  return flag(node, kDoubted | kMoving) ? in_doubt(look) : look;
}

snapshot::Listing Engine::listing_to_keep(NodeId directory, const std::string& path) const {
  snapshot::Listing listing;
  const auto polled = polled_.find(directory);
  const bool is_polled = flag(directory, kUnwatched) && polled != polled_.end();
  const bool is_watched = tree_.watch(directory) != tree::kNoWatch;
  if (flag(directory, kUnreadable) || (!is_polled && !is_watched)) return listing;
  listing.is_known = true;
  if (!is_polled || flag(directory, kScanDue)) return listing;
  listing.times = polled->second.times;
  listing.names = polled->second.sum.names;
  listing.inodes = polled->second.sum.inodes;
  // Not every file system gives a directory another time when names come and go.
  const std::uint64_t device = polled->second.device;
  listing.is_proved = polled->second.is_proved && trusts_times(device) && file_systems_.is_local(device, path);
  return listing;
}

}  // namespace vigil::core
