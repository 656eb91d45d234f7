#include "core/patrol.hpp"

#include "core/errors.hpp"

#include <memory>
#include <span>

namespace vigil::core {

void Patrol::add(const Stop& stop, std::string_view path) {
  Stop& added = stops_.emplace_back(stop);
  added.path = text_.size();
  text_.append(path).append(1, '\0');
  added.names = added.end = text_.size();
  added.first = added.last = entries_.size();
}

void Patrol::add(const Entry& entry, std::string_view name) {
  entries_.push_back(entry);
  text_.append(name).append(1, '\0');
  stops_.back().end = text_.size();
  stops_.back().last = entries_.size();
}

void Patrol::clear() {
  text_.clear();
  stops_.clear();
  entries_.clear();
  suspects_.clear();
  absent_.clear();
  cost = {};
}

void Patrol::run(sys::Disk& disk) {
  for (Stop& stop : stops_) visit(stop, disk);
}

void Patrol::visit(Stop& stop, sys::Disk& disk) {
  const std::string_view text = text_;
  path_ = text.substr(stop.path, stop.names - stop.path - 1);
  const sys::Outcome<sys::FileStatus> own =
      disk.statuses(path_, text.substr(stop.names, stop.end - stop.names), statuses_);
  stop.error = own.error;
  if (!own) return;
  const bool is_another = is_other_inode(stop.inode, own.value.inode);
  stop.other_times = stop.times != times_of(own.value);
  stop.is_renumbered = is_another && !stop.other_times && stop.signature == signature_of(own.value);
  stop.is_other = is_another || stop.signature != signature_of(own.value);
  stop.device = own.value.device;
  stop.tick = tick_of(own.value);
  if (is_another && !stop.is_renumbered) return;
  for (std::size_t i = stop.first; i < stop.last; ++i) {
    const Entry& entry = entries_[i];
    const sys::Outcome<sys::FileStatus>& status = statuses_[i - stop.first];
    if (!status) {
      if (is_gone(status.error)) absent_.push_back(entry.node);
      continue;  // what cannot be asked now is asked the next time
    }
    const bool is_other = is_other_inode(entry.inode, status.value.inode);
    if (is_other || entry.signature != signature_of(status.value)) suspects_.push_back(entry.node);
  }
  if (stop.lists && !stop.other_times) list(stop, disk);
}

void Patrol::list(Stop& stop, sys::Disk& disk) {
  const sys::Outcome<std::unique_ptr<sys::Directory>> opened = disk.open(path_);
  stop.error = opened.error;
  if (!opened) return;
  ListingSum sum;
  while (true) {
    const sys::Outcome<std::span<const sys::DirectoryEntry>> block = opened.value->read();
    if (!block) {
      stop.error = block.error;
      return;
    }
    if (block.value.empty()) break;
    for (const sys::DirectoryEntry& entry : block.value) sum.add(entry);
  }
  stop.other_names = sum.names != stop.sum.names;
  stop.other_inodes = sum.inodes != stop.sum.inodes;
  // What came or went meanwhile is what the times tell of.
  const sys::Outcome<sys::FileStatus> after = opened.value->status();
  stop.other_times = !after || stop.times != times_of(after.value);
}

}  // namespace vigil::core
