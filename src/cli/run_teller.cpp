#include "cli/run_teller.hpp"

#include "cli/diagnostics.hpp"
#include "cli/format.hpp"
#include "cli/paths.hpp"
#include "cli/process_tree.hpp"

#include <utility>

namespace vigil::cli {
namespace {

// Of the changes that caused a run. Who wants all of them reads them in the command.
constexpr std::size_t kCausesMax = 5;

std::string words_of(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return formatted("{} s", time.count() / 1000);
  return formatted("{} ms", time.count());
}

}  // namespace

RunTeller::RunTeller(const RunCommand& command, std::string directory)
    : verbosity_(command.verbosity),
      why_(command.why),
      on_busy_(command.policy.on_busy),
      ignores_own_writes_(command.policy.ignore_own_writes),
      stop_timeout_(command.policy.stop_timeout),
      signal_(command.signal),
      name_(command.words.front()),
      directory_(std::move(directory)),
      writer_(directory_, false) {}

void RunTeller::starting(RunId run, const std::string& path, const Batch& changes) {
  if (why_) {
    diagnose(formatted("run {}: {}", run, cause_of(changes)));
  } else if (tells_much()) {
    diagnose(path.empty() ? formatted("run {} starts", run)
                          : formatted("run {} starts for {}", run, relative_path(path, directory_)));
  }
}

std::string RunTeller::cause_of(const Batch& changes) {
  if (changes.empty()) return "the first, before any change";
  std::string text;
  std::size_t told = 0;
  for (const Event& event : changes) {
    if (told == kCausesMax) return formatted("{}, and {} more", text, changes.size() - told);
    if (told++ > 0) text += ", ";
    text.append(to_string(event.kind)).append(" ");
    if (event.kind == Kind::renamed) text.append(relative_path(event.from, directory_)).append(" -> ");
    text += relative_path(event.path, directory_);
  }
  return text;
}

void RunTeller::not_started(const std::string& why) { diagnose(formatted("cannot run '{}': {}", name_, why)); }

void RunTeller::ended(RunId run, const RunEnding& ending, bool was_asked) {
  const bool is_news = ending.code != 0 || ending.signal != 0 || on_busy_ == OnBusy::restart;
  if (!tells_much() && (!tells() || was_asked || !is_news)) return;
  const std::string what =
      ending.signal != 0 ? "was ended by " + name_of_signal(ending.signal) : formatted("exited with {}", ending.code);
  diagnose(tells_much() ? formatted("run {} {}", run, what) : "the command " + what);
}

void RunTeller::killing(bool leftovers) {
  if (!tells()) return;
  diagnose(formatted("{} not ended {} after {}: killing {}",
                     leftovers ? "what the command left running has" : "the command has", words_of(stop_timeout_),
                     name_of_signal(signal_), leftovers ? "it" : "it and all it started"));
}

void RunTeller::given_up() {
  diagnose("a process of the command is still there after it was killed: going on without it");
}

void RunTeller::ignored(std::size_t changes) {
  if (!tells_much()) return;
  diagnose(formatted("{} while the command was running: ignored",
                     changes == 1 ? std::string("a change") : formatted("{} changes", changes)));
}

void RunTeller::loop(const std::string& path) {
  if (!tells()) return;
  diagnose(
      formatted("the last {} runs were caused by '{}', which changed each time while the command was running. If the "
                "command writes it, that never ends: leave it out with --exclude{}",
                LoopGuard::kRunsMax, relative_path(path, directory_),
                ignores_own_writes_ || on_busy_ != OnBusy::queue ? "" : ", or use --ignore-own-writes"));
}

void RunTeller::stopping() {
  if (tells_much()) diagnose("waiting for the command to end; once more ends it at once");
}

void RunTeller::notice(const Event& event) {
  const bool is_good_news = event.kind == Kind::ready || event.kind == Kind::live;
  if (is_good_news ? tells_much() : tells()) diagnose(writer_.line(event));
}

}  // namespace vigil::cli
