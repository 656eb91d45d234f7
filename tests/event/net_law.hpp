// The law of the net effect, for the test and the fuzzer: applied to the tree there was before, the net events lead to
// the same tree as the raw ones, and each says no less and no more than what became of its path.
#pragma once

#include <vigil/event.hpp>

#include "event/net.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::event::tests {

inline std::string describe(const Event& event) {
  std::string text = std::to_string(event.seq) + " " + std::string(to_string(event.kind)) + " ";
  if (event.kind == Kind::renamed) text += std::string(event.from) + " -> ";
  text += std::string(event.path) + " " + std::string(to_string(event.type));
  return text + (event.replaced ? " replaced\n" : "\n");
}

inline std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// The entries below a directory of any map from paths.
template <typename Map>
auto range_below(Map& map, const std::string& directory) {
  return std::pair(map.lower_bound(directory + "/"), map.lower_bound(directory + "0"));  // "0" follows "/"
}

// What a consumer knows: paths and types. Refuses what a strict consumer would.
class Consumer {
 public:
  std::map<std::string, EntryType> entries;

  // What is wrong with the event, if anything is.
  std::string apply(const Event& event) {
    const std::string path(event.path);
    switch (event.kind) {
      case Kind::created: return create(path, event.type);
      case Kind::removed: return remove(path);
      case Kind::renamed: return rename(std::string(event.from), path, event);
      default: break;
    }
    const auto entry = entries.find(path);
    if (entry == entries.end()) return "a change of a path that does not exist";
    return entry->second == event.type ? "" : "a change of another type";
  }

 private:
  std::string create(const std::string& path, EntryType type) {
    const auto parent = entries.find(directory_of(path));
    if (parent == entries.end() || parent->second != EntryType::directory) return "created outside a directory";
    return entries.emplace(path, type).second ? "" : "created what exists";
  }

  std::string remove(const std::string& path) {
    if (entries.erase(path) == 0) return "removed what does not exist";
    const auto [begin, end] = range_below(entries, path);
    entries.erase(begin, end);
    return "";
  }

  std::string rename(const std::string& from, const std::string& to, const Event& event) {
    const auto entry = entries.find(from);
    if (entry == entries.end()) return "renamed what does not exist";
    if (entry->second != event.type) return "renamed as another type";
    if (event.replaced != (entries.count(to) != 0)) return "replaced is wrong";
    entries.erase(to);
    entries.erase(from);
    return create(to, event.type);
  }
};

// A tree on which random operations are done, telling each as a watcher would in raw delivery.
class Scenario {
 public:
  struct Node {
    EntryType type = EntryType::file;
    int identity = 0;
    bool written = false;
    bool attributes_changed = false;
    std::string start;  // where it was before the first event
  };
  using Files = std::map<std::string, Node>;

  // Gives a number below its argument, from a random generator or a fuzzer's input.
  using Choose = std::function<unsigned(unsigned)>;

  explicit Scenario(Choose choose) : choose_(std::move(choose)) {
    files_["r"] = {EntryType::directory, next_identity_++, false, false, "r"};
    for (unsigned entries = choose_(12); entries > 0; --entries) {
      if (const auto path = free_path()) put(*path, any_type());
    }
    for (auto& [path, node] : files_) node.start = path;
    start_ = files_;
    told_.clear();
    seq_ = 100;
  }

  void step() {
    switch (choose_(16)) {
      case 0:
      case 1: return create(any_type());
      case 2: return create(EntryType::directory);
      case 3: return populate();
      case 4:
      case 5: return remove_one();
      case 6: return remove_one_by_one();
      case 7:
      case 8:
      case 9: return rename_one();
      case 10: return write();
      case 11: return change(Kind::attributes);
      case 12: return change(choose_(2) == 0 ? Kind::closed : choose_(2) == 0 ? Kind::opened : Kind::accessed);
      case 13: return save_atomically();
      case 14: return save_with_backup();
      default: return replace_directory();
    }
  }

  const Files& start() const { return start_; }
  const Files& end() const { return files_; }
  const std::vector<Event>& told() const { return told_; }

  // Directories that existed before and were removed.
  bool lost_a_directory_above(const std::string& path) const {
    for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
      if (lost_directories_.count(path.substr(0, end)) != 0) return true;
    }
    return false;
  }
  bool lost_directory(const std::string& path) const { return lost_directories_.count(path) != 0; }

 private:
  EntryType any_type() {
    constexpr EntryType kTypes[] = {EntryType::file, EntryType::file, EntryType::directory, EntryType::symlink,
                                    EntryType::other};
    return kTypes[choose_(5)];
  }

  // Few names, so that they meet often; one is the beginning of another.
  std::optional<std::string> free_path() {
    constexpr const char* kNames[] = {"a", "ab", "b", "c"};
    const auto directory = any_path([](const Node& node) { return node.type == EntryType::directory; });
    if (!directory || std::count(directory->begin(), directory->end(), '/') > 3) return std::nullopt;
    const std::string path = *directory + "/" + kNames[choose_(4)];
    return files_.count(path) == 0 ? std::optional(path) : std::nullopt;
  }

  template <typename Predicate>
  std::optional<std::string> any_path(Predicate&& is_wanted) {
    std::vector<const std::string*> candidates;
    for (const auto& [path, node] : files_) {
      if (is_wanted(node)) candidates.push_back(&path);
    }
    if (candidates.empty()) return std::nullopt;
    return *candidates[choose_(static_cast<unsigned>(candidates.size()))];
  }

  std::optional<std::string> any_leaf() {
    return any_path([](const Node& node) { return node.type != EntryType::directory; });
  }

  void tell(Kind kind, const std::string& path, EntryType type, const std::string& from = "", bool replaced = false) {
    Event event;
    event.kind = kind;
    event.type = type;
    event.replaced = replaced;
    event.seq = seq_ += kind == Kind::renamed ? 3 : 1 + choose_(2);
    event.path = *texts_.insert(path).first;
    event.from = *texts_.insert(from).first;
    told_.push_back(event);
  }

  void put(const std::string& path, EntryType type) {
    files_[path] = {type, next_identity_++, false, false, ""};
    tell(Kind::created, path, type);
  }

  void take_away(const std::string& path) {
    tell(Kind::removed, path, files_.at(path).type);
    forget(path);
  }

  void forget(const std::string& path) {
    const auto [begin, end] = range_below(files_, path);
    for (auto entry = begin; entry != end; ++entry) note_loss(entry->first, entry->second);
    files_.erase(begin, end);
    note_loss(path, files_.at(path));
    files_.erase(path);
  }

  void note_loss(const std::string& path, const Node& node) {
    if (node.type == EntryType::directory && !node.start.empty()) lost_directories_.insert(path);
  }

  void move(const std::string& from, const std::string& to) {
    if (from == to) return;
    const auto target = files_.find(to);
    bool replaced = false;
    if (target != files_.end()) {
      replaced = target->second.type == files_.at(from).type;
      if (replaced) {
        forget(to);
      } else {
        take_away(to);
      }
    }
    tell(Kind::renamed, to, files_.at(from).type, from, replaced);
    auto node = files_.extract(from);
    node.key() = to;
    files_.insert(std::move(node));
  }

  void create(EntryType type) {
    const auto path = free_path();
    if (!path) return;
    if (type == EntryType::file && choose_(8) == 0) {
      // It vanished before it could be asked.
      tell(Kind::created, *path, EntryType::unknown);
      tell(Kind::removed, *path, EntryType::unknown);
      return;
    }
    put(*path, type);
  }

  // A directory full of entries is moved in.
  void populate() {
    const auto path = free_path();
    if (!path) return;
    put(*path, EntryType::directory);
    put(*path + "/a", EntryType::file);
    put(*path + "/b", EntryType::directory);
    if (choose_(2) == 0) put(*path + "/b/a", any_type());
  }

  std::optional<std::string> any_but_root() {
    return any_path([](const Node& node) { return node.identity != 0; });
  }

  void remove_one() {
    if (const auto path = any_but_root()) take_away(*path);
  }

  void remove_one_by_one() {
    if (const auto path = any_but_root()) remove_one_by_one(*path);
  }

  void remove_one_by_one(const std::string& path) {
    while (true) {
      const auto [begin, end] = range_below(files_, path);
      if (begin == end) break;
      // The last in order has nothing below it.
      take_away(std::string(std::prev(end)->first));
    }
    take_away(path);
  }

  void rename_one() {
    const auto from = any_leaf();
    if (!from) return;
    const auto to = choose_(3) == 0 ? any_leaf() : free_path();
    if (to) move(*from, *to);
  }

  void write() {
    const auto path = any_path([](const Node& node) { return node.type == EntryType::file; });
    if (path) write_to(*path);
  }

  void write_to(const std::string& path) {
    files_.at(path).written = true;
    tell(Kind::modified, path, EntryType::file);
    if (choose_(2) == 0) tell(Kind::closed, path, EntryType::file);
  }

  void change(Kind kind) {
    const auto path = kind == Kind::attributes ? any_path([](const Node&) { return true; }) : any_leaf();
    if (!path) return;
    Node& node = files_.at(*path);
    if (kind == Kind::attributes) node.attributes_changed = true;
    tell(kind, *path, node.type);
  }

  void save_atomically() {
    const auto temporary = free_path();
    const auto target = any_leaf();
    if (!temporary || !target) return;
    put(*temporary, EntryType::file);
    write_to(*temporary);
    move(*temporary, *target);
  }

  void save_with_backup() {
    const auto target = any_leaf();
    if (!target) return;
    const std::string backup = *target + "~";
    move(*target, backup);
    put(*target, EntryType::file);
    write_to(*target);
    if (choose_(2) == 0) take_away(backup);
  }

  void replace_directory() {
    const auto path =
        any_path([](const Node& node) { return node.type == EntryType::directory && node.identity != 0; });
    if (!path) return;
    // What is in it may go elsewhere, and come back.
    std::vector<std::string> rescued;
    for (auto [entry, end] = range_below(files_, *path); entry != end; ++entry) {
      if (entry->second.type != EntryType::directory && choose_(2) == 0) rescued.push_back(entry->first);
    }
    for (const std::string& from : rescued) move(from, "r/rescued");
    if (choose_(2) == 0) {
      take_away(*path);
    } else {
      remove_one_by_one(*path);
    }
    put(*path, choose_(4) == 0 ? EntryType::file : EntryType::directory);
    if (!rescued.empty() && files_.at(*path).type == EntryType::directory && choose_(2) == 0) {
      move("r/rescued", *path + "/a");
    }
  }

  Choose choose_;
  Files files_;
  Files start_;
  std::set<std::string> lost_directories_;
  std::set<std::string, std::less<>> texts_;
  std::vector<Event> told_;
  std::uint64_t seq_ = 0;
  int next_identity_ = 0;
};

// The net events of a scenario, and whether they keep the law.
class NetLaw {
 public:
  explicit NetLaw(const Scenario& scenario) : scenario_(scenario) {
    NetEffect effect;
    for (const Event& event : scenario.told()) effect.add(event);
    effect.take(net_);
  }

  const Batch& net() const { return net_; }

  // Empty when it is kept.
  std::string broken() const {
    std::string problem = leads_to_the_same();
    if (problem.empty()) problem = numbers_rise();
    if (problem.empty()) problem = paths_come_once();
    for (const auto& [path, node] : scenario_.end()) {
      if (problem.empty()) problem = says_what_became_of(path, node);
    }
    if (problem.empty()) return problem;
    problem += "\nbefore:\n";
    for (const auto& [path, node] : scenario_.start()) problem += path + " " + std::string(to_string(node.type)) + "\n";
    problem += "raw:\n";
    for (const Event& event : scenario_.told()) problem += describe(event);
    problem += "net:\n";
    for (const Event& event : net_) problem += describe(event);
    return problem;
  }

 private:
  static std::map<std::string, EntryType> listing(const Scenario::Files& files) {
    std::map<std::string, EntryType> entries;
    for (const auto& [path, node] : files) entries.emplace(path, node.type);
    return entries;
  }

  std::string leads_to_the_same() const {
    Consumer raw{listing(scenario_.start())};
    for (const Event& event : scenario_.told()) {
      if (const std::string problem = raw.apply(event); !problem.empty())
        return "raw: " + problem + ": " + describe(event);
    }
    Consumer net{listing(scenario_.start())};
    for (const Event& event : net_) {
      if (const std::string problem = net.apply(event); !problem.empty()) return problem + ": " + describe(event);
    }
    if (raw.entries != listing(scenario_.end())) return "the raw events do not lead to the tree";
    return net.entries == raw.entries ? "" : "the net events lead to another tree";
  }

  std::string numbers_rise() const {
    std::uint64_t last = 100;
    for (const Event& event : net_) {
      if (event.seq <= last) return "the numbers do not rise: " + describe(event);
      last = event.seq;
    }
    if (net_.empty()) return "";
    return last <= scenario_.told().back().seq ? "" : "a number beyond the last raw one";
  }

  std::string paths_come_once() const {
    std::map<std::string, std::vector<Kind>> kinds;
    for (const Event& event : net_) {
      kinds[std::string(event.path)].push_back(event.kind);
      if (event.kind == Kind::renamed) kinds[std::string(event.from)].push_back(Kind::removed);
    }
    for (const auto& [path, told] : kinds) {
      if (told.size() == 1) continue;
      if (told.size() > 2 || told[0] != Kind::removed || (told[1] != Kind::created && told[1] != Kind::renamed)) {
        return "told twice: " + path;
      }
      const auto before = scenario_.start().find(path);
      const auto after = scenario_.end().find(path);
      if (before == scenario_.start().end() || after == scenario_.end().end()) return "no change of type: " + path;
      if (before->second.type == after->second.type && after->second.type != EntryType::directory) {
        return "the type is the same: " + path;
      }
    }
    return "";
  }

  // The last event for the path: the one that says what is there now.
  const Event* last_of(const std::string& path) const {
    const Event* last = nullptr;
    for (const Event& event : net_) {
      if (event.path == path) last = &event;
    }
    return last;
  }

  std::string says_what_became_of(const std::string& path, const Scenario::Node& node) const {
    const Event* const event = last_of(path);
    const auto before = scenario_.start().find(path);
    const bool had = before != scenario_.start().end() && !scenario_.lost_a_directory_above(path);
    const bool same_node = had && before->second.identity == node.identity;
    const bool changed = node.written || node.attributes_changed;
    if (event == nullptr) return had && same_node && !changed ? "" : "nothing told of " + path;
    switch (event->kind) {
      case Kind::created: {
        if (had && (same_node || (before->second.type == node.type && node.type != EntryType::directory))) {
          return "created: " + path;
        }
        const bool could_be_renamed = !node.start.empty() && node.start != path && !changed &&
                                      scenario_.end().count(node.start) == 0 &&
                                      !scenario_.lost_a_directory_above(node.start);
        return could_be_renamed ? "not told as renamed: " + path : "";
      }
      case Kind::renamed: return node.start == event->from && !changed ? "" : "wrongly renamed: " + path;
      case Kind::modified:
        if (!had) return "modified, not created: " + path;
        return node.written || !same_node ? "" : "not modified: " + path;
      case Kind::attributes: return same_node && node.attributes_changed && !node.written ? "" : "not so: " + path;
      default: return same_node && !changed ? "" : "too weak: " + path;
    }
  }

  const Scenario& scenario_;
  Batch net_;
};

}  // namespace vigil::event::tests
