#include "cli/command_line.hpp"

#include "cli/commands.hpp"
#include "cli/config_file.hpp"
#include "cli/diagnostics.hpp"
#include "cli/format.hpp"
#include "cli/help.hpp"
#include "cli/nearest.hpp"

#include <vigil/version.h>

#include <CLI/App.hpp>

#include <optional>
#include <span>
#include <utility>

namespace vigil::cli {
namespace {

constexpr std::string_view kHelpCommand = "vigil --help";

UsageError refuse(std::string_view message, std::string_view help) {
  return {formatted("{} ({} tells more)", message, help)};
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string words_of(const CLI::Error& error, const CLI::App& app) {
  const std::vector<std::string> unknown = app.remaining();
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError) || unknown.empty()) return error.what();
  const std::string& first = unknown.front();
  const std::string word = first.substr(0, first.find('='));
  return formatted("unknown option {}{}", first, suggestion(word, option_names(app)));
}

// The message about options of which some come from a file: it may be the file that is to be mended.
std::string blame(std::string message, const CommandEntry& entry, std::span<const std::string> arguments,
                  const ConfigFile& config) {
  const std::unique_ptr<CommandOptions> alone = entry.options();
  try {
    alone->parse(arguments);
    if (alone->action()) return formatted("{}: {}", config.path(), message);
  } catch (const CLI::Error&) {
  }
  return message;
}

bool is_verbose(const CLI::App& app) {
  const CLI::Option* verbose = app.get_option_no_throw("--verbose");
  return verbose != nullptr && verbose->count() > 0;
}

CommandLine parse_command(const CommandEntry& entry, std::span<const std::string> arguments) {
  const std::unique_ptr<CommandOptions> options = entry.options();
  const std::string help = formatted("vigil {} --help", entry.name);
  std::optional<ConfigFile> config;
  const auto refused = [&](std::string message) -> CommandLine {
    if (config) message = blame(std::move(message), entry, arguments, *config);
    return refuse(message, help);
  };
  try {
    options->parse(arguments);
    Result<std::optional<ConfigFile>> file = config_for(options->app());
    if (!file) return UsageError{file.error().message()};
    config = std::move(*file);
    if (config) options->parse(arguments, &*config);
    if (config && is_verbose(options->app())) diagnose(formatted("options from '{}'", config->path()));
    Result<Action> action = options->action();
    return action ? CommandLine(std::move(*action)) : refused(action.error().message());
  } catch (const CLI::CallForHelp&) {
    return Answer{help_of(*options)};
  } catch (const CLI::Error& error) {
    return refused(words_of(error, options->app()));
  }
}

CommandLine unknown(const std::string& word) {
  if (word.starts_with('-')) return refuse(formatted("'{}' is no option of vigil", word), kHelpCommand);
  std::vector<std::string> names;
  for (const CommandEntry& entry : commands()) names.emplace_back(entry.name);
  return refuse(formatted("'{}' is no command of vigil{}", word, suggestion(word, names)), kHelpCommand);
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return refuse("a command is missing", kHelpCommand);
  // The words before a command's own options are few enough to be told apart without CLI11, which would take a PATH
  // called "watch" for the command once more.
  const std::string& first = arguments.front();
  if (const CommandEntry* entry = find_command(first)) return parse_command(*entry, std::span(arguments).subspan(1));
  if (first == "--help" || first == "-h") return Answer{help_of_commands()};
  if (first == "--version") return Answer{"vigil " VIGIL_VERSION "\n"};
  return unknown(first);
}

}  // namespace vigil::cli
