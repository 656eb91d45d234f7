#include "conformance/model.hpp"

#include <utility>

namespace vigil::conformance {
namespace {

// The paths below `path` are those from this one up to, not including, the same with '0', which follows '/'.
std::pair<std::string, std::string> range_below(const std::string& path) { return {path + "/", path + "0"}; }

}  // namespace

void Model::apply(const Observation& event) {
  if (manner_ == Manner::exact && event.seq != 0) {
    if (event.seq <= last_seq_) complain("seq does not rise at " + event.path);
    last_seq_ = event.seq;
  }
  switch (event.kind) {
    case Kind::created: create(event); break;
    case Kind::removed: remove(event); break;
    case Kind::renamed: rename(event); break;
    case Kind::modified:
    case Kind::attributes:
    case Kind::closed:
    case Kind::opened:
    case Kind::accessed: mention(event); break;
    case Kind::lost: lost_.insert(event.path); break;
    case Kind::restored: lost_.erase(event.path); break;
    default: break;
  }
}

void Model::create(const Observation& event) {
  if (manner_ == Manner::exact) {
    if (holds(event.path)) complain("created, but known already: " + event.path);
    expect_parent(event.path);
  }
  removed_.erase(event.path);
  paths_[event.path] = event.type;
}

void Model::remove(const Observation& event) {
  if (!holds(event.path) && manner_ == Manner::exact) complain("removed, but not known: " + event.path);
  erase(event.path);
  if (manner_ == Manner::kind) removed_.insert(event.path);
}

void Model::rename(const Observation& event) {
  if (is_within(event.path, event.from)) return complain("renamed to itself or below: " + event.path);
  if (manner_ == Manner::exact) {
    if (!holds(event.from)) complain("renamed, but not known: " + event.from);
    if (holds(event.path) != event.replaced) {
      complain((event.replaced ? "replaced, but not known: " : "overwritten without a word: ") + event.path);
    }
    expect_parent(event.path);
  }
  EntryType type = event.type;
  if (const auto known = paths_.find(event.from); known != paths_.end() && type == EntryType::unknown) {
    type = known->second;
  }
  erase(event.path);
  Listing moved{{event.path, type}};
  const auto [begin, end] = range_below(event.from);
  for (auto entry = paths_.lower_bound(begin); entry != paths_.end() && entry->first < end; ++entry) {
    moved.emplace(event.path + entry->first.substr(event.from.size()), entry->second);
  }
  erase(event.from);
  for (const auto& [path, ignored] : moved) removed_.erase(path);
  if (manner_ == Manner::kind) removed_.insert(event.from);
  paths_.merge(moved);
}

void Model::mention(const Observation& event) {
  if (roots_.count(event.path) != 0) return;
  if (manner_ == Manner::exact) {
    if (!holds(event.path)) complain("changed, but not known: " + event.path);
    return;
  }
  if (removed_.count(event.path) != 0) return;
  EntryType& type = paths_[event.path];
  if (event.type != EntryType::unknown) type = event.type;
}

void Model::expect_parent(const std::string& path) {
  if (roots_.count(path) != 0) return;
  const std::string directory = path.substr(0, path.rfind('/'));
  const auto parent = paths_.find(directory);
  if (parent == paths_.end()) {
    if (roots_.count(directory) == 0) complain("its directory is not known: " + path);
  } else if (parent->second != EntryType::directory) {
    complain("its parent is no directory: " + path);
  }
}

void Model::complain(std::string text) {
  if (manner_ == Manner::exact) complaints_.push_back(std::move(text));
}

void Model::erase(const std::string& path) {
  paths_.erase(path);
  const auto [begin, end] = range_below(path);
  paths_.erase(paths_.lower_bound(begin), paths_.lower_bound(end));
}

Differences compare(const Listing& told, const Listing& disk) {
  Differences differences;
  for (const auto& [path, type] : disk) {
    const auto entry = told.find(path);
    if (entry == told.end()) {
      differences.missing.push_back(path);
    } else if (entry->second != EntryType::unknown && entry->second != type) {
      differences.wrong_type.push_back(path);
    }
  }
  for (const auto& [path, type] : told) {
    if (disk.count(path) == 0) differences.extra.push_back(path);
  }
  return differences;
}

}  // namespace vigil::conformance
