#include "cli/explain_options.hpp"

#include "cli/explain_command.hpp"
#include "cli/option_values.hpp"

#include <algorithm>
#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kDescription =
    "Says for each PATH whether it would be left out of a watch, and by what: the line of the file of ignore rules, or "
    "the option. A PATH that does not exist is taken to be a file, or, with a / at its end, a directory.";

constexpr const char* kOutput =
    "A line for each PATH: what decides, a tab, and the PATH. What decides is\n"
    "FILE:LINE:RULE, as git check-ignore -v has it, or an option, or \"-\" where\n"
    "nothing does. A rule that begins with \"!\" keeps the PATH. What git tracks is\n"
    "not known: a tracked file that a rule matches is left out here.";

constexpr const char* kExitCodes =
    "0  some PATH is left out\n"
    "1  none is, or something cannot be read\n"
    "2  the command line makes no sense";

constexpr const char* kExamples =
    "vigil explain build/main.o\n"
    "vigil explain --json --no-ignore --exclude '*.o' src/*\n"
    "vigil explain --root ~/src/project ~/src/project/cache/";

}  // namespace

ExplainOptions::ExplainOptions()
    : CommandOptions("explain", "[OPTION]... PATH...", kDescription),
      filter_(under("What is left out"), FilterOptions::IgnoreFiles::always) {
  add_words("PATH", paths_, "what is asked about");
  set_group("What is watched");
  add_value("--root", "DIRECTORY", root_, "the directory that would be watched").default_text(".");
  set_group("Output");
  add_flag("--json", json_, "a JSON object for each PATH instead: path, left_out, by, file, line, rule, matched");
  add_section("What is printed", kOutput);
  add_section("Exit codes", kExitCodes);
  add_section("Examples", kExamples);
}

Result<ExplainCommand> ExplainOptions::understand() const {
  ExplainCommand command;
  command.paths = paths_;
  command.root = root_;
  command.json = json_;
  if (paths_.empty()) return usage_error("a PATH is missing");
  const bool some_empty = std::find(paths_.begin(), paths_.end(), "") != paths_.end();
  if (some_empty || root_.empty()) return usage_error("a PATH is empty");
  if (const Status applied = filter_.apply(command.options); !applied) return applied.error();
  return command;
}

Result<Action> ExplainOptions::action() const {
  Result<ExplainCommand> command = understand();
  if (!command) return command.error();
  return Action([command = std::move(*command)] { return explain(command); });
}

}  // namespace vigil::cli
