#include "core/file_systems.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace vigil::core {

namespace {

std::string_view without_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// What is to be seen at each mount point: the last that was mounted there.
std::map<std::string, const sys::Mount*> visible(const std::vector<sys::Mount>& table) {
  std::map<std::string, const sys::Mount*> mounts;
  for (const sys::Mount& mount : table) mounts[mount.point] = &mount;
  return mounts;
}

const sys::Mount* mount_above(const std::vector<sys::Mount>& table, std::string_view path) {
  const sys::Mount* nearest = nullptr;
  for (const sys::Mount& mount : table) {
    if (!is_at_or_below(path, mount.point)) continue;
    if (nearest == nullptr || mount.point.size() >= nearest->point.size()) nearest = &mount;
  }
  return nearest;
}

}  // namespace

bool is_at_or_below(std::string_view path, std::string_view directory) {
  path = without_slash(path);
  directory = without_slash(directory);
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

FileSystems::FileSystems(sys::Mounts* mounts, BackendChoice choice)
    : mounts_(mounts), decides_(mounts != nullptr && choice == BackendChoice::automatic) {}

void FileSystems::begin() {
  if (mounts_ == nullptr || std::exchange(was_read_, true)) return;
  (void)mounts_->changed();
  (void)read();
}

bool FileSystems::read() {
  sys::Outcome<std::vector<sys::Mount>> table = mounts_->read();
  if (table) table_ = std::move(table.value);
  return static_cast<bool>(table);
}

const FileSystems::Kind& FileSystems::kind_of(std::uint64_t device, const std::string& path,
                                              const sys::Directory& directory) {
  static const Kind kBest;
  if (!decides_) return kBest;
  const auto [found, is_new] = kinds_.try_emplace(device);
  Kind& kind = found->second;
  if (!is_new) return kind;
  const auto same =
      std::find_if(table_.rbegin(), table_.rend(), [&](const sys::Mount& mount) { return mount.device == device; });
  if (same != table_.rend()) {
    kind.type = same->type;
  } else if (kind.type = mounts_->type_of(directory); kind.type.empty()) {
    // A subvolume of Btrfs and its like: a device of its own that is in no table.
    if (const sys::Mount* const above = mount_above(table_, path)) kind.type = above->type;
  }
  kind.coverage = coverage_of(kind.type);
  return kind;
}

bool FileSystems::is_local(std::uint64_t device, std::string_view path) const {
  if (mounts_ == nullptr) return true;
  const auto same =
      std::find_if(table_.rbegin(), table_.rend(), [&](const sys::Mount& mount) { return mount.device == device; });
  const sys::Mount* const mount = same != table_.rend() ? &*same : mount_above(table_, path);
  return mount != nullptr && coverage_of(mount->type) == Coverage::complete;
}

std::string FileSystems::point_above(std::string_view path) const {
  const sys::Mount* const mount = mount_above(table_, path);
  return mount == nullptr ? std::string() : mount->point;
}

bool FileSystems::is_point(std::string_view path) const {
  return std::any_of(table_.begin(), table_.end(),
                     [&](const sys::Mount& mount) { return mount.point == without_slash(path); });
}

std::vector<sys::Mount> FileSystems::mounts_below(std::string_view path) const {
  std::vector<sys::Mount> mounts;
  for (const auto& [point, mount] : visible(table_)) {
    if (is_at_or_below(point, path) && without_slash(point).size() > without_slash(path).size()) {
      mounts.push_back(*mount);
    }
  }
  return mounts;
}

std::vector<std::string> FileSystems::changed_points(Moment now, bool at_once) {
  if (!was_read_) return {};
  if (mounts_->changed() && !not_before_) not_before_ = std::max(now, looked_ + kPause);
  if (!not_before_ || (now < *not_before_ && !at_once)) return {};
  not_before_.reset();
  looked_ = now;
  const std::vector<sys::Mount> before = table_;
  if (!read()) not_before_ = now + kPause;
  if (table_ == before) return {};
  kinds_.clear();
  const auto old_mounts = visible(before);
  const auto new_mounts = visible(table_);
  std::vector<std::string> points;
  for (const auto& [point, mount] : new_mounts) {
    const auto old = old_mounts.find(point);
    if (old == old_mounts.end() || *old->second != *mount) points.push_back(point);
  }
  for (const auto& [point, mount] : old_mounts) {
    if (!new_mounts.contains(point)) points.push_back(point);
  }
  std::stable_sort(points.begin(), points.end(),
                   [](const std::string& one, const std::string& other) { return one.size() < other.size(); });
  return points;
}

}  // namespace vigil::core
