// A root of which a snapshot tells what its consumer knows: the difference comes after `ready`, then `live`.
//
// Where there are notifications this is a repair of all of it, with what each entry looked like in place of the moment
// of the loss. Where everything is polled it is a pass that begins with what the snapshot says of every directory, so
// that those that are as they were need not be listed. docs/decisions/0025-catching-up-from-a-snapshot.md
#include "core/engine.hpp"
#include "core/flags.hpp"
#include "snapshot/image.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace vigil::core {

namespace {

// What is polled has to have had the same times for so long that a listing proves something.
constexpr std::chrono::seconds kLongProved{10};

// Whether both leave out the same by what they say themselves. What ignore files say is read in time.
bool excludes_alike(const RootOptions& one, const RootOptions& other) {
  return one.exclude == other.exclude && one.exclude_regex == other.exclude_regex;
}

}  // namespace

// What the root's options are, where a snapshot tells what is known of it.
Result<RootOptions> Engine::with_snapshot(std::string_view path, const RootOptions& options) const {
  if (!options.since) return options;
  const snapshot::Description& known = options.since->image().description();
  const auto refuse = [&](std::string_view reason) {
    return Error(ErrorCode::invalid_argument,
                 "cannot tell what changed in '" + std::string(path) + "' since a snapshot: " + std::string(reason));
  };
  if (options.initial) return refuse("that, or all that there is, can be told, but not both");
  const bool is_of_windows = known.system == snapshot::System::windows;
  if (is_of_windows != (disk_.separator() == '\\')) {
    return refuse(is_of_windows ? "it was taken on Windows" : "it was not taken on Windows");
  }
  RootOptions all = options;
  if (!snapshot::has_filters(options)) {
    all = known.options;
    all.await_missing = options.await_missing;
    all.since = options.since;
  }
  if (all.recursive != known.options.recursive) {
    return refuse(known.options.recursive ? "it has all that is below" : "it has only the direct entries");
  }
  return all;
}

// Rules of ignore files are read as directories are listed, from above to below, which a pass does not do.
bool Engine::catches_up_by_pass(const Root& root) const { return backend_.polls() && !root.options.ignore.any(); }

// Fills the tree with what the consumer knows.
void Engine::recall(Root& root, const snapshot::Image& image, Moment now) {
  snapshot::Reader reader = image.reader();
  const snapshot::Description& known = image.description();
  root.keeps = true;
  root.only = known.only;
  root.node = tree_.add_root();
  by_node_.emplace(root.node, &root);
  root.suspect_since = known.told_until;
  tree_.set_identity(root.node, EntryType::directory, reader.root().inode);
  signatures_.set(root.node, reader.root().signature);
  const bool same_filters = excludes_alike(known.options, root.options);
  const bool by_pass = catches_up_by_pass(root);
  std::vector<NodeId> directories{root.node};
  const auto recall_listing = [&](NodeId directory, const snapshot::Listing& listing) {
    if (by_pass && listing.is_known) recall_polled(directory, listing, same_filters, known, now);
  };
  recall_listing(root.node, reader.root().listing);
  std::size_t next = 0;
  while (const std::optional<std::size_t> count = reader.next_directory()) {
    const NodeId directory = directories[next++];
    for (std::size_t left = *count; left > 0; --left) {
      const snapshot::Entry& entry = reader.next();
      const NodeId node = tree_.add(directory, entry.name, entry.type, entry.inode);
      signatures_.set(node, entry.signature == kUnsigned ? kUnknownLook : entry.signature);
      if (entry.type != EntryType::directory) continue;
      directories.push_back(node);
      recall_listing(node, entry.listing);
    }
  }
}

void Engine::recall_polled(NodeId directory, const snapshot::Listing& listing, bool same_filters,
                           const snapshot::Description& known, Moment now) {
  set_flag(directory, kUnwatched);
  Polled& polled = polled_[directory];
  polled.since = known.told_until;
  polled.active_until = now;
  if (!same_filters) return;  // what was left out has to be found
  polled.times = listing.times;
  polled.sum = {listing.names, listing.inodes};
  polled.is_proved = listing.is_proved;
  // They have been the same since the snapshot was taken, if they are now.
  const auto age = std::chrono::system_clock::now() - known.taken;
  if (age > std::chrono::seconds(0)) {
    polled.times_seen =
        now - std::min<Moment::duration>(std::chrono::duration_cast<Moment::duration>(age), kLongProved);
  } else {
    polled.times_seen = now;
  }
}

// The root is there.
void Engine::begin_catch_up(Root& root, const Location& location, const sys::FileStatus& status) {
  root.state = Root::State::watched;
  notice(Kind::ready, root, {});
  root.path = location.directory;
  places_ = {};
  tell_untold(root);
  drop_excluded(root);
  if (!catches_up_by_pass(root)) {
    root.state = Root::State::repairing;
    repairing_ = true;
    std::vector<NodeId> tops;
    for (const std::unique_ptr<Root>& each : roots_) {
      if (each->state == Root::State::repairing && each->node != tree::kNoNode) tops.push_back(each->node);
    }
    inodes_.build(tree_, tops);
    establish(root, location);
    compare_kept_root(root, status);
    return;
  }
  if (root.only != location.only) {
    establish(root, location);  // a directory where a file was, or the other way round
  } else {
    // No name is found by a listing of its own before the pass, which finds out where what is gone has moved.
    tree_.set_identity(root.node, EntryType::directory, status.inode);
    root.device = status.device;
    if (root.options.recursive && !root.is_file()) list_unknown(root);
    if (!flag(root.node, kUnwatched)) scan_later(root.node, root);
  }
  pace_.begin(now_);
  root.catch_up = Root::CatchUp::wanted;
  wants_pass_ = true;
}

// Directories that were not listed when the snapshot was taken.
void Engine::list_unknown(Root& root) {
  std::vector<NodeId> unknown;
  tree_.for_each_directory(root.node, [&](NodeId directory) {
    if (directory != root.node && !flag(directory, kUnwatched)) unknown.push_back(directory);
  });
  for (const NodeId directory : unknown) descend(directory);
}

// What was not delivered when the snapshot was made comes first: from then on the tree is what the consumer knows.
void Engine::tell_untold(Root& root) {
  const snapshot::Image& image = root.options.since->image();
  const snapshot::Reader reader = image.reader();
  const auto shown = [&](std::string_view below) {
    return out_->store(below.empty() ? root.shown : root.prefix + std::string(below));
  };
  for (const snapshot::Untold& untold : reader.untold()) {
    if (!kinds_.contains(untold.kind)) continue;
    if (untold.kind == Kind::renamed) seq_ += 2;  // as emit_renamed()
    Event& event = append(untold.kind, shown(untold.path), untold.type);
    event.synthetic = true;
    event.replaced = untold.replaced;
    if (untold.kind == Kind::renamed) event.from = shown(untold.from);
  }
}

// What did belong to the root and does not any more.
void Engine::drop_excluded(Root& root) {
  if (root.is_file() || excludes_alike(root.options.since->image().description().options, root.options)) return;
  std::vector<NodeId> dropped;
  for (NodeId node = tree_.first_child(root.node); node != tree::kNoNode;) {
    const bool is_excluded = excluded(place_of(tree_.parent(node)), tree_.name(node), tree_.is_directory(node));
    if (is_excluded) dropped.push_back(node);
    NodeId next = is_excluded ? tree::kNoNode : tree_.first_child(node);
    while (next == tree::kNoNode && node != root.node) {
      next = tree_.next_sibling(node);
      if (next == tree::kNoNode) node = tree_.parent(node);
    }
    node = node == root.node ? tree::kNoNode : next;
  }
  for (const NodeId node : dropped) drop(node, true);
}

void Engine::compare_kept_root(Root& root, const sys::FileStatus& status) {
  const Signature before = signatures_.get(root.node);
  if (root.is_file() || before == kUnsigned) return;
  if (difference(before, signature_of(status)).any) tell_changed(root.node, before, status);
}

// After a pass over everything.
void Engine::note_pass_for_catch_up() {
  for (const std::unique_ptr<Root>& root : roots_) {
    if (root->catch_up == Root::CatchUp::under_way) root->catch_up = Root::CatchUp::compared;
  }
}

bool Engine::is_catching_up() const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [](const std::unique_ptr<Root>& root) { return root->catch_up != Root::CatchUp::no; });
}

// A file that was found changed, and is looked at again after a tick of the clock before that is told.
bool Engine::is_one_untold(const Root& root) const {
  return std::any_of(fresh_.begin(), fresh_.end(), [&](const Fresh& fresh) {
    return !fresh.is_told && tree_.alive(fresh.node) && tree_.root(fresh.node) == root.node;
  });
}

void Engine::finish_catch_up(Root& root) {
  if (root.catch_up != Root::CatchUp::compared || pass_ || is_listing() || !doubts_.empty()) return;
  if (is_one_untold(root)) return;
  root.catch_up = Root::CatchUp::no;
  notice(Kind::live, root, {});
}

}  // namespace vigil::core
