#include "cli/config_options.hpp"

#include "cli/commands.hpp"
#include "cli/config_command.hpp"
#include "cli/format.hpp"
#include "cli/nearest.hpp"
#include "cli/option_values.hpp"

#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kDescription =
    "Shows the options of the COMMANDs (of all unless given) with the values they have here: what vigil.toml says, and "
    "where, or else the default. What is written on a command line is stronger than both.";

constexpr const char* kFile =
    "vigil.toml is looked for in the current directory and in those above it; the\n"
    "first one counts. Its keys are the long names of the options. Those at its top\n"
    "are for every command that has the option, those of a table for one command:\n"
    "\n"
    "  exclude = [\"build/**\", \"*.o\"]\n"
    "  color = \"never\"\n"
    "\n"
    "  [watch]\n"
    "  net = true\n"
    "  settle = \"100ms\"\n"
    "\n"
    "A file of another user is not read, unless --config names it.";

std::vector<std::string> names_of_commands() {
  std::vector<std::string> names;
  for (const CommandEntry& entry : commands()) names.emplace_back(entry.name);
  return names;
}

}  // namespace

ConfigOptions::ConfigOptions() : CommandOptions("config", "[OPTION]... [COMMAND]...", kDescription) {
  add_words("COMMAND", commands_, "the commands whose options are shown");
  set_group("Output");
  add_flag("--json", json_, "one JSON object");
  add_section("The file", kFile);
}

Result<Action> ConfigOptions::action() const {
  std::vector<std::string> names = commands_.empty() ? names_of_commands() : commands_;
  for (const std::string& name : names) {
    if (find_command(name) != nullptr) continue;
    return usage_error(formatted("'{}' is no command of vigil{}", name, suggestion(name, names_of_commands())));
  }
  Result<std::optional<ConfigFile>> file = config_for(app());
  if (!file) return file.error();
  return Action(
      [names = std::move(names), file = std::move(*file), json = json_] { return show_config(names, file, json); });
}

}  // namespace vigil::cli
