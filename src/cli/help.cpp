#include "cli/help.hpp"

#include "cli/commands.hpp"
#include "cli/format.hpp"

#include <CLI/App.hpp>

#include <algorithm>
#include <string_view>

namespace vigil::cli {
namespace {

constexpr std::size_t kWidth = 80;        // every terminal has it
constexpr std::size_t kDescribedAt = 26;  // the column the descriptions begin in

// Appends words from `column` on, going on in the column `indentation` of the next line where one ends.
void append_wrapped(std::string& text, std::string_view words, std::size_t column, std::size_t indentation) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    const std::string_view word = words.substr(0, end);
    const bool first = column == indentation;
    if (!first && column + 1 + word.size() > kWidth) {
      text.append("\n").append(indentation, ' ');
      column = indentation;
    } else if (!first) {
      text.push_back(' ');
      ++column;
    }
    text.append(word);
    column += word.size();
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  text.push_back('\n');
}

void append_described(std::string& text, const std::string& name, std::string_view description) {
  text.append("  ").append(name);
  const std::size_t column = 2 + name.size();
  if (column + 2 > kDescribedAt) {
    text.append("\n").append(kDescribedAt, ' ');
  } else {
    text.append(kDescribedAt - column, ' ');
  }
  append_wrapped(text, description, kDescribedAt, kDescribedAt);
}

void append_section(std::string& text, const HelpSection& section) {
  text.append("\n").append(section.title).append(":\n");
  std::string_view rest = section.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) text.append("  ").append(rest.substr(0, end));
    text.push_back('\n');
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

std::vector<OptionGroup> option_groups(const CommandOptions& command) {
  std::vector<OptionGroup> groups;
  for (const CLI::Option* option : command.app().get_options()) {
    if (option->get_positional() || option->get_group().empty()) continue;
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const OptionGroup& known) { return known.title == option->get_group(); });
    (group == groups.end() ? groups.emplace_back(OptionGroup{option->get_group(), {}}) : *group)
        .options.push_back(option);
  }
  // The options of all commands were added first, and are looked for last.
  std::rotate(groups.begin(), groups.begin() + 1, groups.end());
  return groups;
}

std::string option_signature(const CLI::Option& option) {
  std::string signature;
  for (const std::string& name : option.get_snames()) signature += formatted("-{}, ", name);
  if (signature.empty()) signature = "    ";
  for (const std::string& name : option.get_lnames()) {
    if (&name != &option.get_lnames().front()) signature += ", ";
    signature += "--" + name;
  }
  if (!is_flag(option)) signature += " " + option.get_type_name();
  return signature;
}

std::string option_description(const CLI::Option& option) {
  const std::string unless_given = option.get_default_str();
  if (unless_given.empty()) return option.get_description();
  return formatted("{} (default: {})", option.get_description(), unless_given);
}

std::string help_of(const CommandOptions& command) {
  std::string text = formatted("Usage: vigil {} {}\n\n", command.name(), command.usage());
  append_wrapped(text, command.description(), 0, 0);
  for (const OptionGroup& group : option_groups(command)) {
    text.append("\n").append(group.title).append(":\n");
    for (const CLI::Option* option : group.options) {
      append_described(text, option_signature(*option), option_description(*option));
    }
  }
  for (const HelpSection& section : command.sections()) append_section(text, section);
  return text;
}

std::string help_of_commands() {
  std::string text =
      "vigil watches directories and tells exactly what changed in them.\n\n"
      "Usage: vigil COMMAND [OPTION]...\n"
      "       vigil --help | --version\n\n"
      "Commands:\n";
  for (const CommandEntry& command : commands()) {
    append_described(text, std::string(command.name), command.summary);
  }
  text.append("\nOptions:\n");
  append_described(text, "-h, --help", "show this help; \"vigil COMMAND --help\" shows a command's options");
  append_described(text, "    --version", "show the version");
  return text;
}

}  // namespace vigil::cli
