#include "sim/consumer_model.hpp"

#include <vector>

namespace vigil::sim {

bool ConsumerModel::concerns(const Event& event) const {
  return is_root(event.path) || event.path.starts_with(prefix_);
}

std::string_view ConsumerModel::below(std::string_view path) const {
  return path.starts_with(prefix_) ? path.substr(prefix_.size()) : std::string_view();
}

bool ConsumerModel::parent_is_there(std::string_view name) const {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return true;
  const auto parent = entries_.find(name.substr(0, slash));
  return parent != entries_.end() && parent->second.type == EntryType::directory;
}

void ConsumerModel::erase(std::string_view name) {
  const std::string inside = std::string(name) + '/';
  auto from = entries_.lower_bound(inside);
  while (from != entries_.end() && (name.empty() || from->first.starts_with(inside))) from = entries_.erase(from);
  if (const auto found = entries_.find(name); found != entries_.end()) entries_.erase(found);
}

std::string ConsumerModel::apply(const Event& event, std::uint64_t now) {
  if (lost_ && event.kind != Kind::restored && event.kind != Kind::error) return "of a root that is lost";
  switch (event.kind) {
    case Kind::created: return created(event, now);
    case Kind::removed: return removed(event);
    case Kind::renamed: return renamed(event);
    case Kind::modified:
    case Kind::attributes:
    case Kind::closed:
    case Kind::opened:
    case Kind::accessed: return changed(event, now);
    default: return notice(event);
  }
}

std::string ConsumerModel::notice(const Event& event) {
  switch (event.kind) {
    case Kind::ready:
      if (ready_) return "ready twice";
      ready_ = true;
      return {};
    case Kind::rescan:
      if (event.reason.empty()) return "no reason";
      repairing_ = true;
      return {};
    case Kind::live: repairing_ = false; return {};
    case Kind::lost:
      if (lost_) return "lost twice";
      if (event.reason.empty()) return "no reason";
      lost_ = true;
      repairing_ = false;
      return {};
    case Kind::restored:
      if (!lost_) return "was not lost";
      lost_ = false;
      repairing_ = true;
      return {};
    case Kind::error: error_ = true; [[fallthrough]];
    default: return event.reason.empty() ? "no reason" : "";
  }
}

std::string ConsumerModel::created(const Event& event, std::uint64_t now) {
  if (!ready_) return "before ready";
  const std::string_view name = below(event.path);
  if (name.empty() && !root_is_entry_) return "of the root";
  if (entries_.contains(name)) return "it is there already";
  if (!parent_is_there(name)) return "its directory is not there";
  entries_.emplace(name, Entry{event.type, now});
  return {};
}

std::string ConsumerModel::removed(const Event& event) {
  if (!ready_) return "before ready";
  const auto found = entries_.find(below(event.path));
  if (found == entries_.end()) return "it is not there";
  if (found->second.type != event.type) return "it has another type";
  erase(below(event.path));
  return {};
}

std::string ConsumerModel::renamed(const Event& event) {
  if (!ready_) return "before ready";
  const std::string from(below(event.from));
  const std::string to(below(event.path));
  const auto moved = entries_.find(from);
  if (from.empty() || to.empty()) return "of the root";
  if (moved == entries_.end()) return "it is not there";
  if (moved->second.type != event.type) return "it has another type";
  if (to == from || to.starts_with(from + '/')) return "into itself";
  const auto displaced = entries_.find(to);
  if ((displaced != entries_.end()) != event.replaced) {
    return event.replaced ? "it replaced nothing" : "it replaced something";
  }
  if (event.replaced && displaced->second.type != event.type) return "it replaced something of another type";
  if (!parent_is_there(to)) return "the new directory is not there";
  erase(to);
  std::vector<std::pair<std::string, Entry>> subtree = {{to, moved->second}};
  const std::string inside = from + '/';
  for (auto each = entries_.lower_bound(inside); each != entries_.end() && each->first.starts_with(inside); ++each) {
    subtree.emplace_back(to + '/' + each->first.substr(inside.size()), each->second);
  }
  erase(from);
  entries_.insert(subtree.begin(), subtree.end());
  return {};
}

std::string ConsumerModel::changed(const Event& event, std::uint64_t now) {
  if (!ready_) return "before ready";
  const bool is_watched_directory = event.type == EntryType::directory || !root_is_entry_;
  if (is_root(event.path) && is_watched_directory) return event.kind == Kind::attributes ? "" : "of the root";
  const auto found = entries_.find(below(event.path));
  if (found == entries_.end()) return "it is not there";
  if (found->second.type != event.type) return "it has another type";
  if (event.kind == Kind::modified) found->second.told = now;
  return {};
}

}  // namespace vigil::sim
