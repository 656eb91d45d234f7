#include "conformance/subject_command.hpp"

#include "conformance/base64.hpp"
#include "conformance/files.hpp"
#include "conformance/subject_process.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <utility>

namespace vigil::conformance {
namespace {

using Json = nlohmann::json;

template <typename Value>
std::optional<Value> value_named(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (to_string(static_cast<Value>(i)) == name) return static_cast<Value>(i);
  }
  return std::nullopt;
}

std::string path_in(const Json& line, const char* key) {
  const std::string encoded = std::string(key) + "_base64";
  if (line.contains(encoded)) return decode_base64(line[encoded].get<std::string>());
  return line.value(key, "");
}

std::optional<Observation> observation_in(const Json& line) {
  const auto kind = value_named<Kind>(line.value("kind", ""), kKindCount);
  if (!kind) return std::nullopt;
  Observation event;
  event.kind = *kind;
  event.type = value_named<EntryType>(line.value("type", "unknown"), 5).value_or(EntryType::unknown);
  event.synthetic = line.value("synthetic", false);
  event.replaced = line.value("replaced", false);
  event.code = line.value("code", 0);
  event.seq = line.value("seq", std::uint64_t{0});
  event.path = files::in_scripts(path_in(line, "path"));
  event.from = files::in_scripts(path_in(line, "from"));
  event.reason = line.value("reason", "");
  return event;
}

// It cannot be asked to end a batch of net delivery: it ends once it has been quiet this long.
constexpr std::chrono::milliseconds kSettle{20};

// Its options hold for all roots, so roots with different ones do not apply.
class CommandSubject final : public ProcessSubject {
 public:
  explicit CommandSubject(std::string command) : command_(std::move(command)) {}

  bool can(Ability ability) const override {
    if (ability == Ability::records) return files::records_tell_everything();
    if (ability == Ability::closed) return files::records_tell_closing();
    return ability != Ability::add_remove && ability != Ability::option_queue;
  }

 private:
  ChildOptions command_line(const Setup& setup) override {
    ChildOptions options;
    std::vector<std::string>& arguments = options.arguments;
    arguments = {command_, "watch", "--format", "json"};
    add_watcher_options(setup.options, arguments);
    add_root_options(setup.roots.front().options, arguments);
    // The cookies' directory comes first: where watches are short it is to have one.
    arguments.push_back(setup.cookie_directory);
    for (const WatchedRoot& root : setup.roots) arguments.push_back(root.path);
    waited_for_.insert(arguments.end() - static_cast<std::ptrdiff_t>(setup.roots.size()) - 1, arguments.end());
    return options;
  }

  static void add_watcher_options(const Options& options, std::vector<std::string>& arguments) {
    if (options.settle) {
      const auto settle = *options.settle == kUntilChecked ? kSettle : *options.settle;
      arguments.insert(arguments.end(), {"--net", "--settle", std::to_string(settle.count()) + "ms"});
    }
    std::string kinds = "created";
    for (int i = 1; i < kKindCount; ++i) {
      const Kind kind = static_cast<Kind>(i);
      if (options.kinds.contains(kind)) kinds += "," + std::string(to_string(kind));
    }
    if (!(options.kinds == kDefaultKinds)) arguments.insert(arguments.end(), {"--events", kinds});
  }

  static void add_root_options(const RootOptions& options, std::vector<std::string>& arguments) {
    if (!options.recursive) arguments.push_back("--no-recursive");
    if (options.initial) arguments.push_back("--initial");
    if (options.await_missing) arguments.push_back("--await");
    for (const std::string& glob : options.exclude) arguments.insert(arguments.end(), {"--exclude", glob});
    for (const std::string& glob : options.include) arguments.insert(arguments.end(), {"--include", glob});
    if (!options.include.empty()) arguments.insert(arguments.end(), {"--include", "vigil-cookie-*"});
  }

  Status wait_until_ready(Deadline deadline) override {
    while (!waited_for_.empty()) {
      if (read_record(deadline)) continue;
      const bool ended = child().ended();
      const int status = child().stop();
      if (!ended) return Error(ErrorCode::timed_out, "vigil was not ready in time");
      return Error(ErrorCode::system, "vigil ended with status " + std::to_string(status) + ": " + child().error_text(),
                   status);
    }
    return Done{};
  }

  void read(const std::string& record, std::vector<Observation>& events) override {
    const Json line = Json::parse(record, nullptr, false);
    auto event = line.is_object() ? observation_in(line) : std::nullopt;
    if (!event) {
      Observation broken;
      broken.reason = "not a line of vigil's: " + record;
      events.push_back(std::move(broken));
      return;
    }
    // A root that is awaited is lost before it is ready.
    if (event->kind == Kind::ready || event->kind == Kind::lost) waited_for_.erase(event->path);
    if (event->kind == Kind::rescan) repaired_.insert(event->path);
    if (event->kind == Kind::live) std::erase_if(repaired_, [&](auto& path) { return is_within(path, event->path); });
    if (event->kind == Kind::created && !wanted(*event)) return;
    events.push_back(*std::move(event));
  }

  // `created` is asked for in any case, for the cookies.
  bool wanted(const Observation& event) const {
    return setup().options.kinds.contains(Kind::created) || is_within(event.path, setup().cookie_directory);
  }

  // Just more than it waits for the other half of a move.
  std::chrono::milliseconds move_wait() const override { return std::chrono::milliseconds(11); }

  bool complete(const std::vector<Observation>&) override { return repaired_.empty(); }

  std::string command_;
  std::set<std::string> waited_for_;
  std::set<std::string> repaired_;
};

}  // namespace

SubjectKind command_subject(const std::string& command) {
  return {"vigil-command",
          [command] {
            return files::type_of(command) == EntryType::file ? program_version({command, "--version"}) : "";
          },
          [command] { return std::make_unique<CommandSubject>(command); }};
}

}  // namespace vigil::conformance
