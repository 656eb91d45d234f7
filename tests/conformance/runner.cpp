#include "conformance/runner.hpp"

#include "conformance/expectation.hpp"
#include "conformance/model.hpp"
#include "conformance/sysctl.hpp"
#include "conformance/watch_options.hpp"
#include "conformance/workspace.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace vigil::conformance {
namespace {

constexpr std::size_t kPathsShownMax = 12;
// So many are enough to see what is wrong; then the script ends.
constexpr std::size_t kFindingsMax = 6;
constexpr std::string_view kUserLimit = "user.";
// Between two looks for what a watcher tells in its own time.
constexpr std::chrono::milliseconds kLookAgain{10};
constexpr std::chrono::seconds kLate{8};

// Ours, or watchman's.
bool is_cookie(const std::string& path) {
  return path.find("/vigil-cookie-") != std::string::npos || path.find("/.watchman-cookie-") != std::string::npos;
}

std::string list(const std::vector<std::string>& paths, const Workspace& workspace) {
  std::string text;
  for (std::size_t i = 0; i < paths.size() && i < kPathsShownMax; ++i) text += " " + workspace.shown(paths[i]);
  if (paths.size() > kPathsShownMax) text += " and " + std::to_string(paths.size() - kPathsShownMax) + " more";
  return text;
}

// The value of each name a script has given, and the words that use them.
class Variables {
 public:
  void set(const std::string& name, std::string value) { values_[name] = std::move(value); }

  // "$name" becomes its value and "$$" a dollar.
  Result<std::string> replace(const std::string& word) const {
    std::string text;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] != '$') {
        text += word[i];
        continue;
      }
      if (i + 1 < word.size() && word[i + 1] == '$') {
        text += word[++i];
        continue;
      }
      std::size_t end = i + 1;
      while (end < word.size() && (std::isalnum(static_cast<unsigned char>(word[end])) != 0)) ++end;
      const auto value = values_.find(word.substr(i + 1, end - i - 1));
      if (value == values_.end()) return Error(ErrorCode::invalid_argument, "unknown variable in " + word);
      text += value->second;
      i = end - 1;
    }
    return text;
  }

  Result<std::vector<std::string>> replace(const std::vector<std::string>& words) const {
    std::vector<std::string> texts;
    for (const std::string& word : words) {
      auto text = replace(word);
      if (!text) return std::move(text).error();
      texts.push_back(*std::move(text));
    }
    return texts;
  }

 private:
  std::map<std::string, std::string> values_;
};

Result<int> count_in(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0) return value;
  return Error(ErrorCode::invalid_argument, text + " is no number");
}

// Where programs say what went wrong.
std::string last_line(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// What its system does not tell it finds by comparing, every 2 seconds. The library does so for sync(), a program by
// the clock.
bool may_be_late(const Subject& subject) {
  return subject.can(Ability::process) && subject.can(Ability::exact) && !subject.can(Ability::records);
}

class Run {
 public:
  Run(const Script& script, const SubjectKind& kind, const RunOptions& options, Workspace workspace)
      : script_(script),
        kind_(kind),
        options_(options),
        workspace_(std::move(workspace)),
        subject_(kind.make()),
        model_(subject_->can(Ability::exact) ? Model::Manner::exact : Model::Manner::kind) {
    setup_.working_directory = workspace_.subject_directory();
    setup_.cookie_directory = workspace_.cookie_directory();
  }

  Report execute() {
    Variables variables;
    if (const auto done = run(script_.commands, variables); done) look_back();
    subject_->stop();
    for (const Finding& finding : report_.findings) report_.verdict = std::max(report_.verdict, finding.verdict);
    return std::move(report_);
  }

 private:
  using Arguments = std::vector<std::string>;

  // False: the script is abandoned.
  bool run(const std::vector<Command>& commands, Variables& variables) {
    for (const Command& command : commands) {
      if (!run(command, variables)) return false;
    }
    return true;
  }

  bool run(const Command& command, Variables& variables) {
    auto arguments = variables.replace(command.arguments);
    if (!arguments) return abandon(command, arguments.error().message());
    if (command.name == "let") return let(command, *arguments, variables);
    if (command.name == "require" || command.name == "needs") return true;  // seen to before the run
    if (command.name == "options" || command.name == "limit" || command.name == "unprivileged") {
      return configure(command, *arguments);
    }
    if (command.name == "watch") return watch(command, *arguments);
    if (!started_ && !setup_.roots.empty() && !start(command)) return false;
    if (command.name == "repeat") return repeat(command, *arguments, variables);
    if (command.name == "threads") return run_threads(command, *arguments, variables);
    if (Workspace::knows(command.name)) {
      begin_changes();
      return change(command, *arguments);
    }
    if (!started_) return abandon(command, "nothing is watched yet");
    if (command.name == "unwatch") return unwatch(command, *arguments);
    if (command.name == "stop-watcher") return pause(true);
    if (command.name == "continue-watcher") return pause(false);
    return check(command, *arguments, variables);
  }

  bool let(const Command& command, const Arguments& arguments, Variables& variables) {
    std::string value = arguments[1];
    if (arguments.size() == 3) {
      const auto count = count_in(arguments[2]);
      if (!count) return abandon(command, count.error().message());
      for (int i = 1; i < *count; ++i) value += arguments[1];
    }
    variables.set(arguments[0], std::move(value));
    return true;
  }

  // Before the watcher starts.

  bool configure(const Command& command, const Arguments& arguments) {
    if (started_) return abandon(command, "the watcher runs already");
    if (command.name == "unprivileged") {
      setup_.unprivileged = true;
    } else if (command.name == "options") {
      for (const std::string& argument : arguments) {
        if (auto read = read_watcher_option(argument, setup_.options); !read) {
          return abandon(command, read.error().message());
        }
      }
    } else {
      return limit(command, arguments);
    }
    return true;
  }

  bool limit(const Command& command, const Arguments& arguments) {
    const auto value = count_in(arguments[1]);
    if (!value) return abandon(command, value.error().message());
    if (arguments[0].compare(0, kUserLimit.size(), kUserLimit) == 0) {
      setup_.user_limits[arguments[0].substr(kUserLimit.size())] = *value;
    } else {
      system_limits_[arguments[0]] = *value;
    }
    return true;
  }

  bool watch(const Command& command, const Arguments& arguments) {
    WatchedRoot root{workspace_.resolve(arguments[0]), {}};
    std::string refusal;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      if (arguments[i] == "fails" && i + 1 < arguments.size()) {
        refusal = arguments[++i];
      } else if (auto read = read_root_option(arguments[i], root.options); !read) {
        return abandon(command, read.error().message());
      }
    }
    if (!refusal.empty()) return watch_in_vain(command, root, refusal);
    if (!started_) {
      setup_.roots.push_back(std::move(root));
      return true;
    }
    begin_changes();
    if (auto added = subject_->add_root(root); !added) {
      return finding(command, Verdict::lost, "cannot be added: " + added.error().message());
    }
    take_listing(root);
    setup_.roots.push_back(std::move(root));
    return true;
  }

  bool watch_in_vain(const Command& command, const WatchedRoot& root, const std::string& refusal) {
    Status status = Done{};
    if (started_) {
      status = subject_->add_root(root);
    } else {
      Setup setup = setup_;
      setup.roots = {root};
      const auto subject = kind_.make();
      status = subject->start(setup);
      subject->stop();
    }
    if (status) return finding(command, Verdict::wrong, "is watched, but must be refused: " + root.path);
    if (!is_refusal(status.error(), refusal, subject_->can(Ability::process))) {
      return finding(command, Verdict::wrong, "refused for another reason: " + status.error().message());
    }
    const bool about_path = refusal != "invalid_pattern" && refusal != "limit_reached";
    if (about_path && status.error().message().find(root.path) == std::string::npos) {
      return finding(command, Verdict::wrong, "the refusal does not name the path: " + status.error().message());
    }
    return true;
  }

  bool start(const Command& command) {
    for (const WatchedRoot& root : setup_.roots) {
      if (files::type_of(root.path) == EntryType::file && !subject_->can(Ability::file_root)) {
        report_.verdict = Verdict::not_applicable;
        report_.reason = "watches directories only";
        return false;
      }
    }
    std::vector<SystemLimit> limits;
    for (const auto& [name, value] : system_limits_) {
      auto limit = SystemLimit::set(name, value);
      if (!limit) return abandon(command, limit.error().message());
      limits.push_back(*std::move(limit));
    }
    if (auto started = subject_->start(setup_); !started) {
      if (!subject_->can(Ability::exact)) return does_not_start(started.error().message());
      return abandon(command, "the watcher does not start: " + started.error().message());
    }
    started_ = true;
    gathered_ = false;
    for (const WatchedRoot& root : setup_.roots) take_listing(root);
    return true;
  }

  // Another watcher that says it cannot do a thing is not to blame for not doing it.
  bool does_not_start(const std::string& reason) {
    report_.verdict = Verdict::not_applicable;
    report_.reason = "refuses to start: " + last_line(reason);
    return false;
  }

  // The base of the replay. With `initial` it is empty: all is told.
  void take_listing(const WatchedRoot& root) {
    Listing listing = root.options.initial ? Listing{} : list_below(root);
    if (setup_.unprivileged) files::leave_out_what_others_cannot_list(listing);
    model_.add(root.path, listing);
  }

  // What there is of a root. A directory is not part of itself, a file is.
  static Listing list_below(const WatchedRoot& root) {
    Listing listing = files::list(root.path, root.options.recursive);
    std::erase_if(listing, [&](const auto& entry) {
      return is_cookie(entry.first) || (entry.first == root.path && entry.second == EntryType::directory);
    });
    return listing;
  }

  bool unwatch(const Command& command, const Arguments& arguments) {
    gather();
    const std::string path = workspace_.resolve(arguments[0]);
    if (auto removed = subject_->remove_root(path); !removed) {
      return finding(command, Verdict::wrong, "cannot be dropped: " + removed.error().message());
    }
    gathered_ = false;
    gather();
    model_.forget(path);
    std::erase_if(setup_.roots, [&](const WatchedRoot& root) { return root.path == path; });
    begin_changes();
    return true;
  }

  bool pause(bool paused) {
    paused_ = paused;
    gathered_ = false;
    paused ? subject_->pause() : subject_->resume();
    return true;
  }

  // What happens to the disk.

  bool change(const Command& command, const Arguments& arguments) {
    if (command.name.starts_with("mount-") || command.name == "umount") has_mounted_ = true;
    const auto changed = workspace_.change(command.name, arguments);
    if (changed || command.may_fail) return true;
    return abandon(command, changed.error().message());
  }

  bool repeat(const Command& command, const Arguments& arguments, Variables& variables) {
    const auto count = count_in(arguments[0]);
    if (!count) return abandon(command, count.error().message());
    for (int i = 1; i <= *count; ++i) {
      variables.set("i", std::to_string(i));
      if (!run(command.body, variables)) return false;
    }
    return true;
  }

  bool run_threads(const Command& command, const Arguments& arguments, const Variables& variables) {
    const auto count = count_in(arguments[0]);
    if (!count) return abandon(command, count.error().message());
    begin_changes();
    std::vector<std::thread> threads;
    for (int i = 1; i <= *count; ++i) {
      Variables own = variables;
      own.set("t", std::to_string(i));
      threads.emplace_back([this, &command, own]() mutable { run_in_thread(command.body, own); });
    }
    for (std::thread& thread : threads) thread.join();
    return report_.findings.empty() || report_.findings.back().verdict != Verdict::broken;
  }

  // Only commands that change the disk.
  bool run_in_thread(const std::vector<Command>& commands, Variables& variables) {
    for (const Command& command : commands) {
      auto arguments = variables.replace(command.arguments);
      if (!arguments) return abandon(command, arguments.error().message());
      if (command.name != "repeat") {
        if (!change(command, *arguments)) return false;
        continue;
      }
      const auto count = count_in((*arguments)[0]);
      if (!count) return abandon(command, count.error().message());
      for (int i = 1; i <= *count; ++i) {
        variables.set("i", std::to_string(i));
        if (!run_in_thread(command.body, variables)) return false;
      }
    }
    return true;
  }

  // What the watcher told.

  bool check(const Command& command, const Arguments& arguments, const Variables& variables) {
    if (paused_) return abandon(command, "a stopped watcher tells nothing");
    if (command.name == "probe") return ended_with_root_ || probe(command, arguments);
    if (command.name == "eventually") return eventually(command, arguments);
    const auto deadline = std::chrono::steady_clock::now() + kLate;
    const std::size_t before = report_.findings.size();
    for (;;) {
      const bool goes_on = check_now(command, arguments, variables);
      const bool is_late = (may_be_late(*subject_) || mounts_may_be_late()) && report_.findings.size() > before;
      if (!is_late || std::chrono::steady_clock::now() > deadline) return goes_on;
      report_.findings.resize(before);
      std::this_thread::sleep_for(kLookAgain);
      gathered_ = false;
    }
  }

  // Mounting is told by no record, and looked at a moment later where much is mounted. sync() asks at once; of a
  // program no cookie tells whether it has looked.
  bool mounts_may_be_late() const {
    return has_mounted_ && subject_->can(Ability::process) && subject_->can(Ability::exact);
  }

  bool check_now(const Command& command, const Arguments& arguments, const Variables& variables) {
    gather();
    if (command.name == "sync") return true;
    if (ended_with_root_) return true;
    if (command.name == "expect") return expect(command, variables);
    if (!ended_.empty()) return finding(command, Verdict::blind, ended_);
    if (command.name == "seen") return seen(command, arguments);
    return final_tree(command, arguments);
  }

  // Once is enough until something happens again: a watcher that has caught up has nothing more to say.
  void gather() {
    if (!ended_.empty() || std::exchange(gathered_, true)) return;
    in_batch_ = false;
    Told told = subject_->collect(options_.sync_timeout);
    for (Observation& event : told.events) {
      model_.apply(event);
      events_.push_back(std::move(event));
    }
    ended_ = std::move(told.failure);
  }

  // The events since the last expectation that something happened after.
  std::vector<Observation> window() const {
    std::vector<Observation> events(events_.begin() + static_cast<std::ptrdiff_t>(window_begin_), events_.end());
    std::erase_if(events, [this](const Observation& event) { return probes_.count(event.path) != 0; });
    return events;
  }

  void begin_window() {
    if (std::exchange(window_checked_, false)) window_begin_ = events_.size();
  }

  // All that is done from here to the next check is one batch of net delivery, however long the machine takes for it.
  void begin_changes() {
    begin_window();
    gathered_ = false;
    if (!started_ || setup_.options.settle != kUntilChecked) return;
    if (!std::exchange(in_batch_, true)) subject_->begin_batch();
  }

  Shown shown() const {
    return [this](const std::string& path) { return workspace_.shown(path); };
  }

  bool expect(const Command& command, const Variables& variables) {
    window_checked_ = true;
    const auto expectation = resolve(command, variables);
    if (!expectation) return abandon(command, expectation.error().message());
    if (expectation->way == Expectation::Way::root_lost) return expect_root_lost(command);
    if (!ended_.empty()) return finding(command, Verdict::blind, ended_);
    if (expectation->way == Expectation::Way::loss_reported) return expect_loss_reported(command);
    if (subject_->can(Ability::exact) && subject_->can(Ability::records)) {
      return findings(command, Verdict::wrong, compare_exactly(*expectation, window(), shown()));
    }
    const auto exists = [](const std::string& path) { return files::type_of(path) != EntryType::unknown; };
    const Coarse coarse = compare_coarsely(*expectation, window(), exists, shown());
    const bool few = findings(command, Verdict::lost, coarse.missing);
    return findings(command, Verdict::wrong, coarse.forbidden) && few;
  }

  Result<Expectation> resolve(const Command& command, const Variables& variables) const {
    Expectation expectation = command.expectation;
    std::erase_if(expectation.events, [this](const ExpectedEvent& event) { return !meant_for_subject(event); });
    for (ExpectedEvent& event : expectation.events) {
      for (std::string* path : {&event.path, &event.from}) {
        if (path->empty()) continue;
        auto replaced = variables.replace(*path);
        if (!replaced) return std::move(replaced).error();
        *path = workspace_.resolve(*replaced);
      }
    }
    return expectation;
  }

  bool meant_for_subject(const ExpectedEvent& event) const {
    if (event.ability.empty()) return true;
    const bool negated = event.ability.front() == '!';
    const bool has = event.ability.substr(negated ? 1 : 0) == "closed" && subject_->can(Ability::closed);
    return has != negated;
  }

  // A watcher that lost nothing has nothing to report; vigil says so whenever the kernel did.
  bool expect_loss_reported(const Command& command) {
    const auto events = window();
    const bool told =
        std::any_of(events.begin(), events.end(), [](const Observation& event) { return event.kind == Kind::rescan; });
    if (told) return true;
    const Differences found = differences({});
    const bool complete = found.missing.empty() && found.extra.empty();
    if (complete && !subject_->can(Ability::exact)) return true;
    return finding(command, Verdict::no_notice, "no word that events were lost");
  }

  bool expect_root_lost(const Command& command) {
    if (!ended_.empty() && !subject_->can(Ability::exact)) return ended_with_root_ = true;
    for (const Observation& event : window()) {
      const bool is_root = std::any_of(setup_.roots.begin(), setup_.roots.end(),
                                       [&](const WatchedRoot& root) { return root.path == event.path; });
      const bool told = event.kind == Kind::lost || (event.kind == Kind::removed && !subject_->can(Ability::exact));
      if (is_root && told) return true;
    }
    return finding(command, Verdict::no_notice, "no word that the root went away");
  }

  bool has_seen(const std::string& path) const {
    const auto events = window();
    return std::any_of(events.begin(), events.end(),
                       [&](const Observation& event) { return says_exists(event, path); });
  }

  bool seen(const Command& command, const Arguments& arguments) {
    if (has_seen(workspace_.resolve(arguments[0]))) return true;
    return finding(command, Verdict::lost, "no word of " + arguments[0]);
  }

  // As `seen`, of what a watcher need not tell at once.
  bool eventually(const Command& command, const Arguments& arguments) {
    const std::string path = workspace_.resolve(arguments[0]);
    const auto deadline = std::chrono::steady_clock::now() + options_.sync_timeout;
    do {
      gathered_ = false;
      gather();
      if (!ended_.empty()) return finding(command, Verdict::blind, ended_);
      if (has_seen(path)) return true;
      std::this_thread::sleep_for(kLookAgain);
    } while (std::chrono::steady_clock::now() < deadline);
    return finding(command, Verdict::lost, "no word of " + arguments[0]);
  }

  bool probe(const Command& command, const Arguments& arguments) {
    const std::string name = "vigil-probe-" + std::to_string(probes_.size());
    const std::string where = arguments[0] == "." ? name : arguments[0] + "/" + name;
    const std::string path = workspace_.resolve(where);
    probes_.insert(path);
    gathered_ = false;
    if (auto written = workspace_.change("write", {where}); !written) {
      return abandon(command, written.error().message());
    }
    const std::size_t begin = events_.size();
    const auto deadline = std::chrono::steady_clock::now() + kLate;
    std::string elsewhere;
    do {
      gathered_ = false;
      gather();
      if (!ended_.empty()) return finding(command, Verdict::blind, ended_);
      for (std::size_t i = begin; i < events_.size(); ++i) {
        if (says_exists(events_[i], path)) return true;
        if (events_[i].path.ends_with("/" + name)) elsewhere = events_[i].path;
      }
      // Each look makes a cookie and removes it: without a pause that is a load of its own.
      if (may_be_late(*subject_)) std::this_thread::sleep_for(kLookAgain);
    } while (may_be_late(*subject_) && std::chrono::steady_clock::now() < deadline);
    if (elsewhere.empty()) return finding(command, Verdict::blind, "no word of a new file in " + arguments[0]);
    return finding(command, Verdict::wrong, where + " is told as " + workspace_.shown(elsewhere));
  }

  Listing disk() const {
    Listing all;
    for (const WatchedRoot& root : setup_.roots) all.merge(list_below(root));
    return all;
  }

  // What was told and what there is, where the two can be compared.
  Differences differences(const Arguments& left_out) const {
    Listing told = model_.paths();
    Listing there = disk();
    std::vector<std::string> tops(model_.lost().begin(), model_.lost().end());
    for (const std::string& path : left_out) tops.push_back(workspace_.resolve(path));
    for (Listing* listing : {&told, &there}) {
      std::erase_if(*listing, [&](const auto& entry) {
        return std::any_of(tops.begin(), tops.end(), [&](auto& top) { return is_within(entry.first, top); });
      });
    }
    // Others speak of the roots themselves as well, and of the directories these are in.
    std::erase_if(told, [this](const auto& entry) { return !is_below_a_root(entry.first); });
    return compare(told, there);
  }

  bool is_below_a_root(const std::string& path) const {
    return std::any_of(setup_.roots.begin(), setup_.roots.end(), [&](const WatchedRoot& root) {
      if (path == root.path) return files::type_of(path) != EntryType::directory;
      return is_within(path, root.path);
    });
  }

  // final-tree [without PATH...]
  bool final_tree(const Command& command, const Arguments& arguments) {
    const auto left_out = arguments.begin() + (arguments.empty() ? 0 : 1);
    report_differences(command, differences({left_out, arguments.end()}));
    if (!model_.complaints().empty()) finding(command, Verdict::wrong, model_.complaints().front());
    return true;
  }

  void report_differences(const Command& command, const Differences& found) {
    std::vector<std::string> stale;
    std::vector<std::string> invented;
    for (const std::string& path : found.extra) (existed(path) ? stale : invented).push_back(path);
    const auto report = [&](Verdict verdict, const char* what, const std::vector<std::string>& paths) {
      if (!paths.empty()) finding(command, verdict, what + list(paths, workspace_));
    };
    report(Verdict::lost, "there, but not told:", found.missing);
    report(Verdict::lost, "gone, but not told:", stale);
    report(Verdict::wrong, "told, but never there:", invented);
    report(Verdict::wrong, "told as another type:", found.wrong_type);
  }

  bool existed(const std::string& path) const {
    return workspace_.existed(path) || files::type_of(path) != EntryType::unknown;
  }

  // Whatever the script asks: nothing may be told about paths that never were, and vigil's errors are to be expected.
  void look_back() {
    Command end;
    end.line = 0;
    for (const Observation& event : events_) {
      if (subject_->can(Ability::exact)) {
        const bool is_weak = event.kind == Kind::degraded && subject_->can(Ability::records);
        const bool trouble = event.kind == Kind::error || is_weak;
        if (trouble && !speaks_of(event.kind)) finding(end, Verdict::wrong, "unexpected: " + describe(event, shown()));
      } else if (says_exists(event, event.path) && !existed(event.path) && !is_cookie(event.path)) {
        finding(end, Verdict::wrong, "never there: " + describe(event, shown()));
        return;
      }
    }
  }

  bool speaks_of(Kind kind) const {
    for (const Command* command : script_.all("expect")) {
      for (const ExpectedEvent& event : command->expectation.events) {
        if (std::find(event.kinds.begin(), event.kinds.end(), kind) != event.kinds.end()) return true;
      }
    }
    return false;
  }

  // False when there are so many that the script had better end. Other watchers go on: the worst is their verdict.
  bool finding(const Command& command, Verdict verdict, std::string text) {
    const std::lock_guard lock(mutex_);
    report_.findings.push_back({verdict, command.line, std::move(text)});
    return report_.findings.size() < kFindingsMax || !subject_->can(Ability::exact);
  }

  // All that one check found count as one.
  bool findings(const Command& command, Verdict verdict, const std::vector<std::string>& texts) {
    if (texts.empty()) return true;
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : "\n") + text;
    return finding(command, verdict, std::move(all));
  }

  bool abandon(const Command& command, const std::string& text) {
    finding(command, Verdict::broken, command.name + ": " + text);
    return false;
  }

  const Script& script_;
  const SubjectKind& kind_;
  const RunOptions& options_;
  Workspace workspace_;
  std::unique_ptr<Subject> subject_;
  Setup setup_;
  std::map<std::string, long> system_limits_;
  bool started_ = false;
  bool paused_ = false;
  std::atomic<bool> has_mounted_ = false;  // by any thread of the script
  bool gathered_ = true;                   // nothing happened since the watcher was asked last
  bool in_batch_ = false;
  bool ended_with_root_ = false;  // as another watcher may
  std::string ended_;
  Model model_;
  std::vector<Observation> events_;
  std::size_t window_begin_ = 0;
  bool window_checked_ = false;
  std::set<std::string> probes_;
  std::mutex mutex_;
  Report report_;
};

// What a watcher with other terms can be asked about.
bool says_something_coarse(const Expectation& expectation) {
  switch (expectation.way) {
    case Expectation::Way::ordered:
    case Expectation::Way::unordered:
    case Expectation::Way::contains: break;
    default: return true;
  }
  return std::any_of(expectation.events.begin(), expectation.events.end(), [](const ExpectedEvent& event) {
    return !event.kinds.empty() && event.kinds.front() <= Kind::closed;
  });
}

bool has_common_check(const Script& script) {
  for (const char* name : {"final-tree", "probe", "seen", "eventually"}) {
    if (!script.all(name).empty()) return true;
  }
  const auto expectations = script.all("expect");
  return std::any_of(expectations.begin(), expectations.end(),
                     [](const Command* command) { return says_something_coarse(command->expectation); });
}

// What is wrong with a subject that has not what the script needs by name; empty if it has it all.
std::string missing_need(const Script& script, const Subject& subject) {
  for (const Command* command : script.all("needs")) {
    const std::string& need = command->arguments[0];
    if (need == "returning-root") {
      if (!subject.can(Ability::returning)) return "its watch ends with what it watches";
    } else if (need == "root-itself") {
      if (!subject.can(Ability::root_itself)) return "says nothing of the root itself";
    } else {
      return "needs " + need;
    }
  }
  return {};
}

bool limits_user(const Script& script) {
  const auto limits = script.all("limit");
  return std::any_of(limits.begin(), limits.end(), [](const Command* command) {
    return command->arguments[0].compare(0, kUserLimit.size(), kUserLimit) == 0;
  });
}

// Roots come and go, or are refused, after the first ones were watched together.
bool changes_roots(const Script& script) {
  if (!script.all("unwatch").empty()) return true;
  bool started = false;
  bool watching = false;
  for (const Command& command : script.commands) {
    const bool watch = command.name == "watch";
    if (watch && started) return true;
    started = started || (watching && !watch);
    watching = watching || (watch && !is_refused(command));
  }
  return false;
}

bool roots_differ(const Script& script) {
  std::set<std::vector<std::string>> options;
  for (const Command* command : script.all("watch")) {
    if (!is_refused(*command)) options.emplace(command->arguments.begin() + 1, command->arguments.end());
  }
  return options.size() > 1;
}

// A check that a watcher may answer late is made more often than anybody would wait for.
bool checks_again_and_again(const Script& script) {
  const auto repeats = script.all("repeat");
  return std::any_of(repeats.begin(), repeats.end(), [](const Command* repeat) {
    return std::any_of(repeat->body.begin(), repeat->body.end(), [](const Command& command) {
      return !Workspace::knows(command.name) && command.name != "repeat" && command.name != "let";
    });
  });
}

// The first thing the script requires and cannot have in this directory; empty if there is none.
std::string unsupported(const Script& script, const std::string& directory) {
  for (const Command* command : script.all("require")) {
    for (const std::string& feature : command->arguments) {
      if (!files::supports(feature, directory)) return "needs " + feature;
    }
  }
  return {};
}

Report broken(std::string text) {
  Report report;
  report.verdict = Verdict::broken;
  report.findings.push_back({Verdict::broken, 0, std::move(text)});
  return report;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "PASS";
    case Verdict::not_applicable: return "n/a";
    case Verdict::skipped: return "skipped";
    case Verdict::lost: return "LOST";
    case Verdict::no_notice: return "NO NOTICE";
    case Verdict::wrong: return "WRONG";
    case Verdict::blind: return "BLIND";
    case Verdict::broken: return "BROKEN";
  }
  return "?";
}

std::string Report::text() const {
  std::string text = reason;
  for (const Finding& finding : findings) {
    if (!text.empty()) text += '\n';
    text += std::string(to_string(finding.verdict)) + " at line " + std::to_string(finding.line) + ": " + finding.text;
  }
  return text;
}

std::string why_not_applicable(const Script& script, const Subject& subject) {
  if (const std::string impossible = files::why_not_on_this_system(script); !impossible.empty()) return impossible;
  if (const std::string missing = missing_ability_for_options(script, subject); !missing.empty()) return missing;
  if (const std::string missing = missing_need(script, subject); !missing.empty()) return missing;
  const bool needs_process =
      !script.all("stop-watcher").empty() || !script.all("unprivileged").empty() || limits_user(script);
  if (needs_process && !subject.can(Ability::process)) return "is no process of its own";
  if (may_be_late(subject) && checks_again_and_again(script)) return "would be waited for again and again";
  if (changes_roots(script) && !subject.can(Ability::add_remove)) return "takes no roots while it runs";
  if (roots_differ(script) && !subject.can(Ability::add_remove)) return "has the same options for all roots";
  if (!subject.can(Ability::exact) && !has_common_check(script)) return "about vigil's own terms";
  return {};
}

Report run_script(const Script& script, const SubjectKind& kind, const RunOptions& options) {
  Report report;
  report.reason = why_not_applicable(script, *kind.make());
  if (!report.reason.empty()) {
    report.verdict = Verdict::not_applicable;
    return report;
  }
  for (const std::string& parent : options.scratch_parents) {
    auto workspace = Workspace::make(parent);
    if (!workspace) return broken(workspace.error().message());
    report.reason = unsupported(script, workspace->subject_directory());
    if (report.reason.empty()) return Run(script, kind, options, *std::move(workspace)).execute();
  }
  report.verdict = Verdict::skipped;
  return report;
}

}  // namespace vigil::conformance
