// The other watchers, each called as its manual advises for watching a tree.
#include "conformance/base64.hpp"
#include "conformance/files.hpp"
#include "conformance/subject.hpp"
#include "conformance/subject_process.hpp"
#include "conformance/subject_watchman.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <sstream>
#include <utility>

namespace vigil::conformance {
namespace {

using namespace std::chrono_literals;

using Json = nlohmann::json;

bool recursive(const Setup& setup) { return setup.roots.front().options.recursive; }

void add_paths(const Setup& setup, std::vector<std::string>& arguments) {
  for (const WatchedRoot& root : setup.roots) arguments.push_back(root.path);
  arguments.push_back(setup.cookie_directory);
}

// A directory watched by its own path is reported with a slash behind it.
std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool has_word(const std::string& text, char separator, std::string_view wanted) {
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, separator);) {
    if (word == wanted) return true;
  }
  return false;
}

class PeerSubject : public ProcessSubject {
 public:
  bool can(Ability ability) const override {
    switch (ability) {
      case Ability::file_root:
      case Ability::no_recursion:
      case Ability::root_itself:
      case Ability::process: return true;
      default: return false;
    }
  }
};

// Records are fields ended by NUL: events, cookie of a move, directory, name. The two halves of a move follow each
// other where both are seen.
class InotifywaitSubject final : public PeerSubject {
  static constexpr std::size_t kFields = 4;

  ChildOptions command_line(const Setup& setup) override {
    ChildOptions options;
    options.separator = '\0';
    options.arguments = {"inotifywait", "--monitor", "--no-newline", "--format", "%e%0%c%0%w%0%f%0"};
    if (recursive(setup)) options.arguments.push_back("--recursive");
    for (const char* event :
         {"create", "delete", "move", "modify", "attrib", "close_write", "delete_self", "move_self", "unmount"}) {
      options.arguments.insert(options.arguments.end(), {"--event", event});
    }
    add_paths(setup, options.arguments);
    return options;
  }

  Status wait_until_ready(Deadline deadline) override {
    if (child().wait_for_error_text("Watches established.", deadline)) return Done{};
    return Error(ErrorCode::system, "inotifywait: " + child().error_text());
  }

  void read(const std::string& record, std::vector<Observation>& events) override {
    fields_[field_++] = record;
    if (field_ < kFields) return;
    field_ = 0;
    const auto& [names, cookie, directory, name] = fields_;
    Observation event;
    event.path = without_slash(directory + name);
    if (has_word(names, ',', "ISDIR")) event.type = EntryType::directory;
    if (has_word(names, ',', "MOVED_TO")) return moved_to(std::move(event), cookie, events);
    flush(events);
    if (has_word(names, ',', "MOVED_FROM")) {
      moved_from_ = std::move(event);
      moved_from_->kind = Kind::removed;
      move_cookie_ = cookie;
      return;
    }
    if (!set_kind(names, event)) return;
    events.push_back(std::move(event));
  }

  static bool set_kind(const std::string& names, Observation& event) {
    static constexpr std::array<std::pair<const char*, Kind>, 9> kKinds{{
        {"CREATE", Kind::created},
        {"DELETE", Kind::removed},
        {"DELETE_SELF", Kind::removed},
        {"MOVE_SELF", Kind::lost},
        {"UNMOUNT", Kind::lost},
        {"CLOSE_WRITE", Kind::closed},
        {"MODIFY", Kind::modified},
        {"ATTRIB", Kind::attributes},
        {"Q_OVERFLOW", Kind::rescan},
    }};
    for (const auto& [name, kind] : kKinds) {
      if (!has_word(names, ',', name)) continue;
      event.kind = kind;
      return true;
    }
    return false;
  }

  void moved_to(Observation event, const std::string& cookie, std::vector<Observation>& events) {
    event.kind = Kind::created;
    if (moved_from_ && cookie == move_cookie_) {
      event.kind = Kind::renamed;
      event.from = moved_from_->path;
      moved_from_.reset();
    }
    flush(events);
    events.push_back(std::move(event));
  }

  void flush(std::vector<Observation>& events) {
    if (!moved_from_) return;
    events.push_back(*std::move(moved_from_));
    moved_from_.reset();
  }

  std::array<std::string, kFields> fields_;
  std::size_t field_ = 0;
  std::optional<Observation> moved_from_;
  std::string move_cookie_;
};

// Records are ended by NUL: flags, a bar, the path.
class FswatchSubject final : public PeerSubject {
 public:
  // It looks for missing roots all the time.
  bool can(Ability ability) const override { return ability == Ability::returning || PeerSubject::can(ability); }

 private:
  ChildOptions command_line(const Setup& setup) override {
    ChildOptions options;
    options.separator = '\0';
    options.arguments = {"fswatch",       "--print0",        "--format=%f|%p", "--event-flag-separator=,",
                         "--latency=0.1", "--allow-overflow"};
    if (recursive(setup)) options.arguments.push_back("--recursive");
    for (const char* event : {"Created", "Updated", "Removed", "Renamed", "OwnerModified", "AttributeModified",
                              "MovedFrom", "MovedTo", "Overflow"}) {
      options.arguments.push_back(std::string("--event=") + event);
    }
    add_paths(setup, options.arguments);
    return options;
  }

  // It says nothing when it is ready, but sets its watches in the order of its arguments, the cookies' last.
  Status wait_until_ready(Deadline deadline) override {
    if (wait_for_cookie(deadline)) return Done{};
    return Error(ErrorCode::system, "fswatch: " + child().error_text());
  }

  void read(const std::string& record, std::vector<Observation>& events) override {
    const std::size_t bar = std::min(record.find('|'), record.size());
    const std::string flags = record.substr(0, bar);
    Observation event;
    event.path = without_slash(record.substr(std::min(bar + 1, record.size())));
    event.type = type_in(flags);
    const auto add = [&](std::string_view flag, Kind kind) {
      if (!has_word(flags, ',', flag)) return;
      event.kind = kind;
      events.push_back(event);
    };
    add("Overflow", Kind::rescan);
    add("Removed", Kind::removed);
    add("MovedFrom", Kind::removed);
    add("Created", Kind::created);
    add("MovedTo", Kind::created);
    add("Updated", Kind::modified);
    add("OwnerModified", Kind::attributes);
    add("AttributeModified", Kind::attributes);
  }

  static EntryType type_in(const std::string& flags) {
    if (has_word(flags, ',', "IsDir")) return EntryType::directory;
    if (has_word(flags, ',', "IsSymLink")) return EntryType::symlink;
    return EntryType::unknown;
  }
};

// Through a small program in Python, as it is a library. It has threads for each directory it is given, so cookies have
// to be made in each root.
class WatchdogSubject final : public PeerSubject {
 public:
  explicit WatchdogSubject(std::string script) : script_(std::move(script)) {}

  // Its manual speaks of directories only.
  bool can(Ability ability) const override { return ability != Ability::file_root && PeerSubject::can(ability); }

 private:
  ChildOptions command_line(const Setup& setup) override {
    ChildOptions options;
    options.arguments = {"/usr/bin/python3", script_};
    if (!recursive(setup)) options.arguments.push_back("--no-recursive");
    for (const WatchedRoot& root : setup.roots) options.arguments.push_back(root.path);
    return options;
  }

  std::vector<std::string> cookie_directories() const override {
    std::vector<std::string> directories;
    for (const WatchedRoot& root : setup().roots) directories.push_back(root.path);
    return directories;
  }

  Status wait_until_ready(Deadline deadline) override {
    while (!ready_) {
      if (!read_record(deadline)) return Error(ErrorCode::system, "watchdog: " + child().error_text());
    }
    return Done{};
  }

  void read(const std::string& record, std::vector<Observation>& events) override {
    const Json line = Json::parse(record, nullptr, false);
    if (!line.is_object()) return;
    const std::string name = line.value("event", "");
    ready_ = ready_ || name == "ready";
    Observation event;
    if (!set_kind(name, event)) return;
    event.path = decode_base64(line.value("path", ""));
    // What is no directory is not told apart further.
    if (line.value("directory", false)) event.type = EntryType::directory;
    if (event.kind == Kind::renamed) event.from = std::exchange(event.path, decode_base64(line.value("to", "")));
    events.push_back(std::move(event));
  }

  static bool set_kind(const std::string& name, Observation& event) {
    static constexpr std::array<std::pair<const char*, Kind>, 5> kKinds{{{"created", Kind::created},
                                                                         {"deleted", Kind::removed},
                                                                         {"moved", Kind::renamed},
                                                                         {"modified", Kind::modified},
                                                                         {"closed", Kind::closed}}};
    for (const auto& [known, kind] : kKinds) {
      if (name != known) continue;
      event.kind = kind;
      return true;
    }
    return false;
  }

  std::string script_;
  bool ready_ = false;
};

}  // namespace

std::vector<SubjectKind> peer_subjects(const std::string& folder_of_scripts) {
  const std::string watchdog = folder_of_scripts + "/watchdog_subject.py";
  return {
      {"inotifywait",
       [] {
         return program_version({"inotifywait", "--help"});
       },
       [] { return std::make_unique<InotifywaitSubject>(); }},
      {"fswatch",
       [] {
         return program_version({"fswatch", "--version"});
       },
       [] { return std::make_unique<FswatchSubject>(); }},
      watchman_subject(),
      {"watchdog",
       [] {
         return program_version({"/usr/bin/python3", "-c", "from watchdog.version import *; print(VERSION_STRING)"});
       },
       [watchdog] { return std::make_unique<WatchdogSubject>(watchdog); }},
  };
}

}  // namespace vigil::conformance
