#include "cli/completion_data.hpp"

#include "cli/commands.hpp"
#include "cli/event_writer.hpp"
#include "cli/help.hpp"

#include <vigil/event.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <cctype>

namespace vigil::cli {
namespace {

using What = Completable::What;

bool is_choice(const std::string& placeholder) {
  return !placeholder.empty() && std::none_of(placeholder.begin(), placeholder.end(),
                                              [](unsigned char character) { return std::isupper(character) != 0; });
}

std::vector<std::string> split(std::string_view text, char between) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(between);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> kinds() {
  std::vector<std::string> names;
  for (int kind = 0; is_change(static_cast<Kind>(kind)); ++kind) names.emplace_back(to_string(static_cast<Kind>(kind)));
  return names;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const CommandEntry& entry : commands()) names.emplace_back(entry.name);
  return names;
}

// The placeholders say what is meant: the choices themselves, or a word for something.
Completable completable(const std::string& placeholder) {
  if (is_choice(placeholder)) return {What::words, split(placeholder, '|')};
  if (placeholder == "KIND,...") return {What::list, kinds()};
  if (placeholder == "FILE" || placeholder == "PATH") return {What::files};
  if (placeholder == "DIRECTORY") return {What::directories};
  if (placeholder == "COMMAND") return {What::words, command_names()};
  if (placeholder == "SIGNAL") return {What::words, {"HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM"}};
  if (placeholder == "SHELL") return {What::words, {"bash", "zsh", "fish"}};
  return {};
}

// Up to the first full stop, semicolon or bracket: there is one line for it.
std::string first_part(const std::string& description) {
  std::size_t end = description.size();
  for (const char* mark : {"; ", ". ", " (", ": "}) end = std::min(end, description.find(mark));
  return description.substr(0, end);
}

CompletableOption completable(const CLI::Option& option) {
  CompletableOption completable_option;
  for (const std::string& name : option.get_snames()) completable_option.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) completable_option.names.push_back("--" + name);
  completable_option.description = first_part(option.get_description());
  completable_option.has_value = !is_flag(option);
  completable_option.repeats = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  if (!completable_option.has_value) return completable_option;
  completable_option.placeholder = option.get_type_name();
  completable_option.value = completable(option.get_type_name());
  return completable_option;
}

CompletableCommand completable(const CommandEntry& entry) {
  const std::unique_ptr<CommandOptions> options = entry.options();
  CompletableCommand command;
  command.name = entry.name;
  command.summary = entry.summary;
  command.takes_command = options->takes_command();
  for (const OptionGroup& group : option_groups(*options)) {
    for (const CLI::Option* option : group.options) command.options.push_back(completable(*option));
  }
  for (const CLI::Option* option : options->app().get_options()) {
    if (!option->get_positional()) continue;
    command.placeholder = option->get_name();
    command.words = completable(command.placeholder);
  }
  return command;
}

}  // namespace

std::vector<CompletableCommand> completable_commands() {
  std::vector<CompletableCommand> all;
  for (const CommandEntry& entry : commands()) all.push_back(completable(entry));
  return all;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

}  // namespace vigil::cli
