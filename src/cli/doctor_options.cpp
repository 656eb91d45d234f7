#include "cli/doctor_options.hpp"

#include "cli/option_values.hpp"

#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kDescription =
    "Says what this system and the file systems at and below each PATH can tell of changes, by what vigil would watch "
    "them and why, how far the limits reach and who uses them, and what to do where something is in the way. It tries "
    "each directory: a file is written there, waited for, and removed. Without PATH the current directory is examined.";

constexpr const char* kExitCodes =
    "0  nothing needs attention\n"
    "1  something does, or the output cannot be written\n"
    "2  the command line makes no sense";

constexpr const char* kExamples =
    "vigil doctor                        this directory\n"
    "vigil doctor --no-probe /srv        without writing anything\n"
    "vigil doctor --json . | jq .advice";

}  // namespace

DoctorOptions::DoctorOptions()
    : CommandOptions("doctor", "[OPTION]... [PATH]...", kDescription),
      paths_(*this, "the directories to examine; the current directory unless given"),
      backend_(under("How it is watched")) {
  set_group("What is done");
  add_flag("--no-probe", no_probe_, "write nothing");
  add_value("--timeout", "TIME", timeout_, "how long a change may take to be told when it is tried")
      .default_text("10s");
  add_flag("--json", json_, "one JSON object instead of text");
  add_section(time_section().title, time_section().text);
  add_section("Exit codes", kExitCodes);
  add_section("Examples", kExamples);
}

Result<DoctorCommand> DoctorOptions::understand() const {
  DoctorCommand command;
  Result<std::vector<std::string>> paths = paths_.paths();
  if (!paths) return paths.error();
  command.paths = std::move(*paths);
  command.json = json_;
  command.probe = !no_probe_;
  if (timeout_) {
    const Result<std::chrono::milliseconds> time = parse_time("--timeout", *timeout_, std::chrono::seconds{1});
    if (!time) return time.error();
    command.timeout = *time;
  }
  if (const Status applied = backend_.apply(command.watcher); !applied) return applied.error();
  return command;
}

Result<Action> DoctorOptions::action() const {
  Result<DoctorCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return run(command); });
}

}  // namespace vigil::cli
