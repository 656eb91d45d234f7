#include "cli/run_command.hpp"

#include "base/thread.hpp"
#include "cli/diagnostics.hpp"
#include "cli/event_writer.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json_writer.hpp"
#include "cli/output.hpp"
#include "cli/paths.hpp"
#include "cli/process_tree.hpp"
#include "cli/run_teller.hpp"
#include "cli/run_words.hpp"
#include "cli/system.hpp"
#include "cli/watched_paths.hpp"

#include <vigil/watcher.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

// How long what was changed up to the end of a run is waited for, so that it is known to have been during the run.
constexpr std::chrono::milliseconds kSyncMax{2000};

constexpr std::chrono::seconds kStopMax{1};

constexpr std::string_view kClear = "\x1b[H\x1b[2J";

RunMoment moment() {
  return {steady_clock::now(),
          std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now())};
}

// The processes of the command, as the machine sees them.
class World final : public RunWorld {
 public:
  World(const RunCommand& command, ProcessTrees& trees, RunTeller& teller)
      : command_(command), trees_(trees), teller_(teller) {}

  std::optional<int> start(RunId run, const std::string& path, const Batch& changes) override {
    if (command_.clear && is_terminal(standard_output()) && obeys_escapes(standard_output())) {
      write_all(standard_output(), kClear);
    }
    teller_.starting(run, path, changes);
    StartPlan plan = plan_for(path, changes);
    std::optional<StartFailure> failure = trees_.start(run, plan);
    if (failure && failure->cause == StartFailure::Cause::too_large) {
      // The command may do without a list; without a run it can do nothing.
      replace_lists(plan, changes, 0);
      failure = trees_.start(run, plan);
    }
    if (!failure) return std::nullopt;
    teller_.not_started(failure->message);
    switch (failure->cause) {
      case StartFailure::Cause::not_found: return kExitNotFound;
      case StartFailure::Cause::system: return kExitFailed;
      default: return kExitNotExecutable;
    }
  }

  void push(RunId run, Force force) override { trees_.push(run, force, command_.signal); }
  bool has_leftovers() override { return trees_.has_leftovers(); }
  void push_leftovers(Force force) override { trees_.push_leftovers(force, command_.signal); }
  bool is_foreign(int pid) override { return pid != 0 && trees_.is_foreign(pid); }

  void tell_ended(RunId run, const RunEnding& ending, bool was_asked) override {
    trees_.restore_terminal();
    teller_.ended(run, ending, was_asked);
  }
  void tell_killing(bool leftovers) override { teller_.killing(leftovers); }
  void tell_given_up() override { teller_.given_up(); }
  void tell_ignored(std::size_t changes) override { teller_.ignored(changes); }
  void tell_loop(const std::string& path) override { teller_.loop(path); }

 private:
  StartPlan plan_for(const std::string& path, const Batch& changes) {
    StartPlan plan;
    plan.shell = command_.shell;
    plan.words = command_.words;
    if (command_.policy.each && command_.shell) plan.words.push_back(path);
    if (command_.policy.each && !command_.shell) plan.words = words_for_path(command_.words, path);
    plan.input = command_.input;
    plan.signal = command_.signal;
    replace_lists(plan, changes, environment_list_bytes_max());
    plan.variables.push_back("VIGIL_PATH=" + path);
    if (plan.input == CommandInput::json) plan.input_text = json_of(changes);
    return plan;
  }

  static void replace_lists(StartPlan& plan, const Batch& changes, std::size_t bytes_max) {
    std::vector<std::string> lists = variables_for(changes, bytes_max);
    for (std::string& list : lists) {
      const std::string_view name = std::string_view(list).substr(0, list.find('=') + 1);
      std::erase_if(plan.variables, [name](const std::string& variable) { return variable.starts_with(name); });
    }
    plan.variables.insert(plan.variables.end(), lists.begin(), lists.end());
  }

  std::string json_of(const Batch& changes) {
    Output output;
    for (const Event& event : changes) json_.write(event, output);
    return std::string(output.text());
  }

  const RunCommand& command_;
  ProcessTrees& trees_;
  RunTeller& teller_;
  JsonWriter json_;
};

// Adds the roots from a thread of its own, which in a large tree takes a while, so that signals are heard meanwhile.
class Adding {
 public:
  Adding(Watcher& watcher, const RunCommand& command, std::string directory, ProcessTrees& trees)
      : thread_(base::start_thread([&watcher, &command, directory = std::move(directory), &trees, this] {
          add(watcher, command, directory);
          done_ = true;
          trees.wake();
        })) {}
  ~Adding() { thread_.join(); }
  Adding(const Adding&) = delete;
  Adding& operator=(const Adding&) = delete;

  bool done() const { return done_; }
  const std::optional<Error>& error() const { return error_; }  // once done

 private:
  void add(Watcher& watcher, const RunCommand& command, const std::string& directory) {
    const Isolation isolation = command.watcher.isolation;
    for (const std::string& path : absolute_paths(command.paths, directory, isolation)) {
      RootOptions options = command.root;
      // What vigil and the command write where their output is sent to must not be a reason to run.
      for (const Descriptor descriptor : {standard_output(), standard_error()}) {
        if (std::optional<std::string> glob = glob_of_file(descriptor, path, isolation == Isolation::none)) {
          options.exclude.push_back(std::move(*glob));
        }
      }
      if (Status status = watcher.add(path, std::move(options)); !status) {
        error_ = status.error();
        return;
      }
    }
  }

  std::atomic<bool> done_ = false;
  std::optional<Error> error_;
  std::thread thread_;
};

class Session {
 public:
  Session(const RunCommand& command, Watcher& watcher, ProcessTrees& trees, RunTeller& teller)
      : command_(command),
        watcher_(watcher),
        trees_(trees),
        teller_(teller),
        world_(command, trees, teller),
        machine_(command.policy, world_) {}

  int run(Adding& adding) {
    while (!adding.done()) {
      trees_.sleep(std::nullopt, std::nullopt);
      if (const std::optional<int> code = interrupted()) return stop_adding(adding, *code);
    }
    if (adding.error()) return fail(*adding.error());
    // The first run will see what happened before it; but where a run is wanted for all that is there, that is told
    // now.
    if (!command_.root.initial) pull([](const Batch&) {});
    machine_.begin(moment());
    while (!machine_.exit_code()) {
      trees_.sleep(wants_changes() ? std::optional(watcher_.descriptor()) : std::nullopt, machine_.deadline());
      while (const std::optional<Occurrence> occurrence = trees_.next()) {
        std::visit([this](const auto& happened) { handle(happened); }, *occurrence);
      }
      if (wants_changes()) pull_changes();
      machine_.passed(moment());
    }
    trees_.restore_terminal();
    return *machine_.exit_code();
  }

 private:
  bool wants_changes() const { return machine_.has_room() && !machine_.is_stopping(); }

  template <typename Take>
  void pull(Take&& take) {
    while (machine_.has_room()) {
      const std::optional<Batch> batch = watcher_.wait(std::chrono::nanoseconds{0});
      if (!batch) return watcher_ended();
      if (batch->empty()) return;
      for (const Event& event : *batch) {
        if (!is_change(event.kind)) teller_.notice(event);
      }
      take(*batch);
    }
  }

  void pull_changes() {
    pull([this](const Batch& batch) { machine_.changed(batch, moment()); });
  }

  void watcher_ended() {
    diagnose("the watcher ended by itself");
    machine_.stop(kExitFailed, false, moment());
  }

  void handle(const RunEnded& happened) {
    // So that all that was written by then counts as written during the run.
    if (command_.policy.ignore_own_writes && wants_changes()) {
      (void)watcher_.sync(kSyncMax);
      pull_changes();
    }
    machine_.ended(happened.run, happened.ending, moment());
  }

  void handle(const LeftoverEnded&) {
    trees_.restore_terminal();
    machine_.leftover_ended(moment());
  }
  void handle(const Woken&) {}

  void handle(const Interrupted& happened) {
    const int code = command_.policy.once ? kExitSignal + happened.signal : kExitDone;
    if (happened.at_once) return machine_.kill(code, moment());
    if (machine_.is_stopping() && !happened.is_insistent) return;
    machine_.stop(code, happened.reached_command, moment());
    if (!machine_.exit_code()) teller_.stopping();
  }

  std::optional<int> interrupted() {
    while (const std::optional<Occurrence> occurrence = trees_.next()) {
      if (const auto* happened = std::get_if<Interrupted>(&*occurrence)) {
        return command_.policy.once ? kExitSignal + happened->signal : kExitDone;
      }
    }
    return std::nullopt;
  }

  // A file system that hangs must not keep vigil from ending.
  int stop_adding(const Adding& adding, int code) {
    watcher_.stop();
    const steady_clock::time_point until = steady_clock::now() + kStopMax;
    while (!adding.done()) {
      trees_.sleep(std::nullopt, until);
      (void)interrupted();
      if (steady_clock::now() >= until) end_process(code);
    }
    return code;
  }

  const RunCommand& command_;
  Watcher& watcher_;
  ProcessTrees& trees_;
  RunTeller& teller_;
  World world_;
  RunMachine machine_;
};

}  // namespace

int run(const RunCommand& command) {
  Result<std::unique_ptr<ProcessTrees>> trees = ProcessTrees::open();
  if (!trees) return fail(trees.error());

  const Result<std::string> directory = directory_of(command.paths);
  if (!directory) return fail(directory.error());

  Result<Watcher> watcher = open_watcher(command.watcher);
  if (!watcher) return fail(watcher.error());

  RunTeller teller(command, *directory);
  Adding adding(*watcher, command, *directory, **trees);
  return Session(command, *watcher, **trees, teller).run(adding);
}

}  // namespace vigil::cli
