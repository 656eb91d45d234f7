#include "cli/snapshot_options.hpp"

#include "cli/option_values.hpp"
#include "cli/since_command.hpp"
#include "cli/snapshot_command.hpp"

#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kSnapshotDescription =
    "Saves what is below the directory PATH (or what the file PATH is like), by default of the current directory, to "
    "FILE, for `vigil since` and `vigil watch --since` to tell later what has changed. FILE holds names, sizes, times, "
    "rights and identities, no content. It takes the place of what was there before once it is complete.";

constexpr const char* kSnapshotExitCodes =
    "0  saved\n"
    "1  PATH cannot be read, or FILE not be written\n"
    "2  the command line makes no sense";

constexpr const char* kSnapshotExamples =
    "vigil snapshot src -o src.snapshot      remember what src is like\n"
    "vigil snapshot --hash -o /var/lib/etc.snapshot /etc\n"
    "                                        and what is in its files";

constexpr const char* kSinceDescription =
    "Reports what is different from the snapshot in FILE, one line each: what appeared, vanished, moved and changed "
    "since it was taken, in an order in which it could have happened. What may have changed is reported as modified, "
    "such as a file that was given back its old times. FILE says which directory that is, and what belongs to it.";

constexpr const char* kSinceExitCodes =
    "0  compared; with --exit-code: and nothing has changed\n"
    "1  FILE or the directory cannot be read, or the output or FILE not be written\n"
    "2  the command line makes no sense\n"
    "4  with --exit-code: something has changed";

constexpr const char* kSinceExamples =
    "vigil since src.snapshot                what happened to src\n"
    "vigil since --update --print0 src.snapshot | xargs -0 rsync ...\n"
    "                                        each change once";

}  // namespace

SnapshotOptions::SnapshotOptions()
    : CommandOptions("snapshot", "[OPTION]... -o FILE [PATH]", kSnapshotDescription),
      verbosity_(under("Output")),
      filter_(under("What belongs to it")) {
  add_words("PATH", paths_, "the directory or file; the current directory unless given");
  set_group("Output");
  add_value("-o,--output", "FILE", file_, "where it is saved");
  add_flag("--hash", hash_,
           "read each file and keep a hash of its content, so that what only looks changed can be told from what is");
  add_section("Exit codes", kSnapshotExitCodes);
  add_section("Examples", kSnapshotExamples);
}

Result<SnapshotCommand> SnapshotOptions::understand() const {
  SnapshotCommand command;
  if (paths_.size() > 1) return usage_error("a snapshot is of one PATH");
  command.path = paths_.empty() ? "." : paths_.front();
  if (command.path.empty()) return usage_error("the PATH is empty");
  if (file_.empty()) return usage_error("--output: the FILE to save to has to be named");
  command.file = file_;
  command.hash = hash_;
  command.verbosity = verbosity_.verbosity();
  if (const Status applied = filter_.apply(command.root); !applied) return applied.error();
  return command;
}

Result<Action> SnapshotOptions::action() const {
  Result<SnapshotCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return snapshot(command); });
}

SinceOptions::SinceOptions()
    : CommandOptions("since", "[OPTION]... FILE", kSinceDescription),
      output_(under("Output")),
      verbosity_(*this),
      filter_(under("What belongs to it")) {
  add_words("FILE", files_, "the snapshot");
  set_group("Output");
  add_flag("--update", update_, "then save what there is now to FILE, so that the next time tells what comes after");
  add_flag("--hash", hash_,
           "read every file, and also report what looks the same but has another content; for snapshots taken with "
           "--hash");
  add_flag("--exit-code", says_by_exit_code_, "exit with 4 where something has changed");
  add_section("Exit codes", kSinceExitCodes);
  add_section("Examples", kSinceExamples);
}

Result<SinceCommand> SinceOptions::understand() const {
  SinceCommand command;
  if (files_.size() != 1 || files_.front().empty()) return usage_error("the FILE of one snapshot has to be named");
  command.file = files_.front();
  command.update = update_;
  command.reads_all = hash_;
  command.says_by_exit_code = says_by_exit_code_;
  Result<OutputStyle> style = output_.style();
  if (!style) return style.error();
  command.output = std::move(*style);
  command.verbosity = verbosity_.verbosity();
  command.has_filters = filter_.given();
  if (const Status applied = filter_.apply(command.root); !applied) return applied.error();
  return command;
}

Result<Action> SinceOptions::action() const {
  Result<SinceCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return since(command); });
}

}  // namespace vigil::cli
