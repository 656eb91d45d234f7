#include "support/model.hpp"

#include <algorithm>
#include <utility>

namespace vigil::testing {

std::string differences(const Listing& one, const Listing& other) {
  std::string lines;
  const auto add = [&](std::string_view mark, const auto& entry) {
    lines.append(mark).append(to_string(entry.second)).append(" ").append(entry.first).append("\n");
  };
  for (const auto& entry : one) {
    const auto found = other.find(entry.first);
    if (found == other.end() || found->second != entry.second) add("- ", entry);
  }
  for (const auto& entry : other) {
    const auto found = one.find(entry.first);
    if (found == one.end() || found->second != entry.second) add("+ ", entry);
  }
  return lines;
}

void Model::apply(const Told& told) {
  history_.push_back(std::to_string(told.seq) + ' ' + to_string(told, root_) + (told.synthetic ? " (synthetic)" : ""));
  if (history_.size() > kHistoryMax) history_.pop_front();
  ++counts_[static_cast<std::size_t>(told.kind)];
  if (told.seq <= seq_) violation(told, "its number does not rise");
  seq_ = told.seq;
  if (!told.path.starts_with(root_ + '/')) return;
  const std::string path = told.path.substr(root_.size() + 1);
  switch (told.kind) {
    case Kind::created: return create(told, path);
    case Kind::removed: return remove(told, path);
    case Kind::renamed: return rename(told, path);
    case Kind::modified:
    case Kind::attributes:
    case Kind::closed:
    case Kind::opened:
    case Kind::accessed:
      if (!listing_.contains(path)) violation(told, "there is no such entry");
      return;
    default: return;
  }
}

void Model::create(const Told& told, const std::string& path) {
  check_parent(told, path);
  if (!listing_.emplace(path, told.type).second) violation(told, "it exists already");
}

void Model::remove(const Told& told, const std::string& path) {
  const auto found = listing_.find(path);
  // Where all is told anew, what may have been there is removed first.
  const bool is_told_anew = told.synthetic && told.type == EntryType::unknown;
  if (found == listing_.end()) {
    if (!is_told_anew) violation(told, "there is no such entry");
    return;
  }
  if (found->second != told.type && !is_told_anew) violation(told, "it has another type");
  forget(path);
}

void Model::rename(const Told& told, const std::string& path) {
  const std::string from = told.from.substr(std::min(root_.size() + 1, told.from.size()));
  const auto found = listing_.find(from);
  if (found == listing_.end()) {
    violation(told, "there is no such entry");
    return;
  }
  if (found->second != told.type) violation(told, "it has another type");
  if (path.starts_with(from + '/')) violation(told, "it goes below itself");
  check_parent(told, path);
  const auto target = listing_.find(path);
  if ((target != listing_.end()) != told.replaced) violation(told, "what it says of the name it takes is wrong");
  if (target != listing_.end()) {
    if (target->second != told.type) violation(told, "it replaces another type");
    forget(path);
  }
  Listing moved;
  for (auto each = listing_.lower_bound(from); each != listing_.end() && each->first.starts_with(from);) {
    if (each->first.size() != from.size() && each->first[from.size()] != '/') {
      ++each;
      continue;
    }
    moved.emplace(path + each->first.substr(from.size()), each->second);
    each = listing_.erase(each);
  }
  listing_.merge(moved);
}

void Model::check_parent(const Told& told, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return;
  const auto parent = listing_.find(path.substr(0, slash));
  if (parent == listing_.end() || parent->second != EntryType::directory) violation(told, "it has no parent");
}

void Model::forget(const std::string& path) {
  listing_.erase(path);
  const std::string below = path + '/';
  for (auto each = listing_.lower_bound(below); each != listing_.end() && each->first.starts_with(below);) {
    each = listing_.erase(each);
  }
}

void Model::violation(const Told& told, std::string_view what) {
  if (++violation_count_ > kViolationsMax) return;  // the first ones explain the others
  violations_.append(std::to_string(told.seq)).append(" ").append(to_string(told, root_)).append(": ");
  violations_.append(what).append("; after\n").append(history()).append("\n");
}

std::string Model::history() const {
  std::string text;
  for (const std::string& line : history_) text.append("  ").append(line).append("\n");
  return text;
}

}  // namespace vigil::testing
