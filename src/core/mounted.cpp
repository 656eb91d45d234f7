// What file systems and limits allow to be watched, and mounts that come and go.
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vigil::core {

namespace {

// How often it is tried whether there are watches again.
constexpr std::chrono::seconds kRetryInterval{2};

// How often directories are compared that are watched where not all is told.
constexpr std::chrono::seconds kPartlyInterval{10};

}  // namespace

// Whether the kernel is to be asked to watch a directory that is about to be listed. If not, it is polled, and why was
// told.
bool Engine::may_watch(const Scan& scan, const sys::FileStatus& status, const sys::Directory& open,
                       Coverage& coverage) {
  const NodeId directory = scan.directory;
  Root& root = *scan.root;
  const FileSystems::Kind& kind = file_systems_.kind_of(status.device, place_of(directory).system, open);
  coverage = kind.coverage;
  if (coverage != Coverage::complete) tell_coverage(root, directory, kind);
  if (coverage == Coverage::absent) {
    give_up_watch(directory);
    short_of_watches_.erase(directory);
    if (root.polled_because.empty()) root.polled_because = explain_coverage(coverage, kind.type);
    poll_from_now_on(directory, drained_at_);
    return false;
  }
  if (tree_.watch(directory) != tree::kNoWatch) {
    is_watched_now(directory, root, coverage);
    return true;
  }
  return true;
}

// Those begun ahead count as taken.
bool Engine::has_watch_left() const {
  return ground_.watches_max == 0 || backend_.limited_watches() + sent_.size() < ground_.watches_max;
}

// kNoSpace: the caller's own limit or the kernel's.
sys::Outcome<std::int32_t> Engine::watch_within_limits(NodeId node, const sys::Directory& open,
                                                       backend::Backend::Interest interest) {
  if (has_watch_left()) return backend_.watch(node, open, interest);
  return backend_.watch_without_limit(node, open, interest);
}

void Engine::give_up_watch(NodeId directory) {
  const std::int32_t watch = tree_.watch(directory);
  if (watch == tree::kNoWatch) return;
  backend_.unwatch(watch, directory);
  tree_.set_watch(directory, tree::kNoWatch);
}

// Whether all that happens in the directory is told.
bool Engine::tells_all(const std::string& path, sys::Directory& open) {
  const sys::Outcome<sys::FileStatus> status = open.status();
  if (!status) return true;
  const Coverage coverage = file_systems_.kind_of(status.value.device, path, open).coverage;
  return coverage == Coverage::complete || coverage == Coverage::own;
}

// For `ready`, where that comes before the listing.
void Engine::ask_coverage(Root& root, const std::string& path, sys::Directory& open) {
  const sys::Outcome<sys::FileStatus> status = open.status();
  if (!status) return;
  const FileSystems::Kind& kind = file_systems_.kind_of(status.value.device, path, open);
  if (kind.coverage == Coverage::absent) root.polled_because = explain_coverage(kind.coverage, kind.type);
}

// Once for each mount, with its mount point, or the root if that is below it.
void Engine::tell_coverage(Root& root, NodeId directory, const FileSystems::Kind& kind) {
  if (flag(directory, kUnwatched) || partly_told_.contains(directory)) return;  // told when that began
  const Place& place = place_of(directory);
  const std::string point = file_systems_.point_above(place.system);
  if (!root.told_mounts.insert(point).second) return;
  std::string shown = root.shown;
  if (point.size() > root.path.size() && is_at_or_below(point, root.path)) {
    shown = root.prefix + point.substr(root.path.size() + 1);
  }
  notice_about(Kind::degraded, root, shown, explain_coverage(kind.coverage, kind.type), 0);
}

// Once for each root. What watches the root itself is said by `ready`.
void Engine::tell_other_backend(Root& root, NodeId directory) {
  const std::int32_t watch = tree_.watch(directory);
  if (root.watched_otherwise || backend_.name_of(watch) == backend_.name_of(tree_.watch(root.node))) return;
  root.watched_otherwise = true;
  std::string why = backend_.why(watch);
  if (why.empty()) why = own_limit();
  notice_about(Kind::degraded, root, root.shown,
               why + ". Directories beyond, the first being '" + place_of(directory).shown + "', are watched by " +
                   std::string(backend_.name_of(watch)),
               0);
}

std::string Engine::own_limit() const {
  return "no more than " + std::to_string(ground_.watches_max) +
         " watches of the kernel are to be used (max_watches), and they are";
}

void Engine::is_watched_now(NodeId directory, Root& root, Coverage coverage) {
  clear_flag(directory, kUnwatched);
  root.is_native = true;
  tell_other_backend(root, directory);
  if (!short_of_watches_.empty() && short_of_watches_.erase(directory) != 0) {
    ++retries_;
    retry_not_before_ = now_;
  }
  if (coverage != Coverage::partial) return;
  partly_told_.insert(directory);
  if (partly_not_before_) return;
  partly_not_before_ = now_ + kPartlyInterval;
  partly_since_ = disk_.now();
}

// There is no watch for it: by the kernel's limit, or, without an error, by the caller's.
void Engine::is_short_of_watches(NodeId directory, Root& root, int error) {
  short_of_watches_.insert(directory);
  retries_ = 1;
  retry_not_before_ = now_ + kRetryInterval;
  if (std::exchange(root.short_of_watches, true)) return;
  const std::string limit = error == 0 ? own_limit() : backend_.explain(error);
  const std::string reason = (limit.empty() ? std::string("a directory cannot be watched") : limit) +
                             ". Directories beyond, the first being '" + place_of(directory).shown + "', are polled";
  if (root.polled_because.empty()) root.polled_because = reason;
  notice_about(Kind::degraded, root, root.shown, reason, error);
}

// One directory every so often; as long as that succeeds, at once more and more.
void Engine::retry_watches() {
  if (short_of_watches_.empty()) {
    retry_not_before_.reset();
    return;
  }
  if (is_listing() || (retry_not_before_ && now_ < *retry_not_before_)) return;
  retry_not_before_ = now_ + kRetryInterval;
  if (!has_watch_left()) return;
  // In turn, for one may not be readable, which says nothing about watches.
  std::size_t left = std::min(std::exchange(retries_, 1), short_of_watches_.size());
  for (auto each = short_of_watches_.upper_bound(last_retried_); left > 0; --left, ++each) {
    if (each == short_of_watches_.end()) each = short_of_watches_.begin();
    last_retried_ = *each;
    if (Root* const root = root_of(*each)) scan_later(*each, *root);
  }
}

void Engine::tell_coverage_returned() {
  if (is_listing()) return;
  for (const std::unique_ptr<Root>& each : roots_) {
    Root& root = *each;
    if (!root.short_of_watches || root.state != Root::State::watched) continue;
    const bool is_short = std::any_of(short_of_watches_.begin(), short_of_watches_.end(),
                                      [&](NodeId directory) { return root_of(directory) == &root; });
    if (is_short) continue;
    root.short_of_watches = false;
    notice(Kind::live, root, "there are watches again: nothing is polled any more for want of them");
  }
}

void Engine::compare_partly_told() {
  if (partly_told_.empty()) {
    partly_not_before_.reset();
    return;
  }
  if (!partly_not_before_ || now_ < *partly_not_before_ || is_listing()) return;
  partly_not_before_ = now_ + kPartlyInterval;
  const Timestamp begin = disk_.now();
  for (const NodeId directory : partly_told_) {
    if (Root* const root = root_of(directory)) scan_later(directory, *root);
  }
  for (Scan& scan : scans_) scan.since = std::min(scan.since.value_or(partly_since_), partly_since_);
  partly_since_ = begin;
}

void Engine::follow_mounts(bool at_once) {
  // What is found out while the tree is brought to what it was at `ready` cannot be told.
  if (std::any_of(roots_.begin(), roots_.end(), [](const auto& root) { return root->ready_early; })) return;
  const std::vector<std::string> points = file_systems_.changed_points(now_, at_once);
  if (!points.empty()) mounts_changed(points);
  if (!unmounted_.empty()) look_at_unmounted();
}

// What is mounted at the same place by now may have the same numbers as what was.
void Engine::look_at_unmounted() {
  std::vector<NodeId> unmounted;
  unmounted.swap(unmounted_);
  for (const NodeId node : unmounted) {
    if (!tree_.alive(node) || tree_.parent(node) == tree::kNoNode || !tree_.is_directory(node)) continue;
    if (file_systems_.is_point(place_of(node).system)) remounted(node);
  }
}

// `points`: those above before those below.
void Engine::mounts_changed(const std::vector<std::string>& points) {
  distrust_sent();
  for (std::size_t index = 0; index < roots_.size(); ++index) {
    Root& root = *roots_[index];
    for (const std::string& point : points) root.told_mounts.erase(point);
    if (root.state == Root::State::waiting) {
      await(root);
      continue;
    }
    if (std::any_of(points.begin(), points.end(),
                    [&](const auto& point) { return is_at_or_below(root.path, point); })) {
      check_mounted_root(root);
      continue;
    }
    for (const std::string& point : points) {
      if (!is_at_or_below(point, root.path)) continue;
      const NodeId node = find_path(root, std::string_view(point).substr(root.path.size()));
      if (node != tree::kNoNode && node != root.node) remounted(node);
    }
  }
}

// Something was mounted, or unmounted, at the root's path or above.
void Engine::check_mounted_root(Root& root) {
  const std::uint64_t inode = tree_.inode(root.node);
  if (inode == 0) return;  // it is listed only now
  const sys::Outcome<sys::FileStatus> status = disk_.status(root.path.empty() ? "/" : root.path);
  const bool is_same = status && status.value.inode == inode && status.value.device == root.device;
  if (is_same) return;
  lose(root, "another file system was mounted, or its own unmounted", status ? 0 : status.error);
}

// Where it is another than before, what has the name, and perhaps the number, of a file that was told of is another
// file, however old it is.
void Engine::note_device(Root& root, std::uint64_t device) {
  if (root.device != 0 && root.device != device) root.suspect_since = Timestamp::min();
  root.device = device;
}

void Engine::remounted(NodeId node) {
  const Found found = look_closely(tree_.parent(node), tree_.name(node));
  if (!found.exists()) {
    doubt(node);
    return;
  }
  replace(node, found.status.type, found.status.type == EntryType::directory ? 0 : found.status.inode);
}

// "/a/b" below the root.
Engine::NodeId Engine::find_path(const Root& root, std::string_view path) const {
  NodeId node = root.node;
  while (node != tree::kNoNode) {
    const std::size_t begin = path.find_first_not_of('/');
    if (begin == std::string_view::npos) break;
    path.remove_prefix(begin);
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    node = tree_.find(node, name);
  }
  return node;
}

}  // namespace vigil::core
