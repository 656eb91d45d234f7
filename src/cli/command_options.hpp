// The options of one command. A CLI11 App is their one definition: parsing, help, manual page, completions and the keys
// of vigil.toml are made from it. Who only adds options need not see CLI11, which takes ten seconds to compile.
#pragma once

#include <vigil/result.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace vigil::cli {

class ConfigFile;

// What an understood command line does; gives the exit code.
using Action = std::function<int()>;

// A part of the help and of the manual page that is not about one option.
struct HelpSection {
  std::string title;
  std::string
      text;  // lines as they are to be shown, up to 76 columns, without indentation; empty lines part paragraphs
};

// An option that was added, to say more of it. A handle: it lives as long as the command's options.
class AddedOption {
 public:
  explicit AddedOption(CLI::Option& option) : option_(&option) {}

  // What the help shows as the value that is taken where none is given.
  AddedOption default_text(const std::string& text) const;

  // The two are not given together.
  AddedOption excludes(AddedOption other) const;

 private:
  CLI::Option* option_;
};

// Derived classes add their options when they are constructed. Each option has a description (one paragraph, not
// wrapped), a group (the heading it stands under) and, unless it is a flag, a type name: what stands for its value,
// "TIME", or the choices, "human|json".
class CommandOptions {
 public:
  virtual ~CommandOptions();
  CommandOptions(const CommandOptions&) = delete;
  CommandOptions& operator=(const CommandOptions&) = delete;

  const std::string& name() const { return name_; }                // "watch"
  const std::string& usage() const { return usage_; }              // "[OPTION]... [PATH]..."
  const std::string& description() const { return description_; }  // paragraphs, each one line
  const std::vector<HelpSection>& sections() const { return sections_; }
  const CLI::App& app() const { return *app_; }

  // Reads the words, `config` filling in the options they do not give. Throws CLI::Error.
  void parse(std::span<const std::string> arguments, const ConfigFile* config = nullptr);

  // What was read, understood; refused where it makes no sense.
  virtual Result<Action> action() const = 0;

  // Whether what follows "--" is a command to run, and not more PATHs.
  virtual bool takes_command() const { return false; }

  // Options are added under this heading from now on.
  void set_group(std::string group) { group_ = std::move(group); }

  // The same, for options that are added by what is made of the command.
  CommandOptions& under(std::string group) {
    set_group(std::move(group));
    return *this;
  }

  // `names` as CLI11 has them, "-e,--extension"; the value has to outlive the App.
  AddedOption add_flag(const std::string& names, bool& value, const std::string& description);
  AddedOption add_value(const std::string& names, const std::string& placeholder, std::string& value,
                        const std::string& description);
  AddedOption add_value(const std::string& names, const std::string& placeholder, std::optional<std::string>& value,
                        const std::string& description);

  // One value each time the option is given, so that the PATHs behind it stay PATHs.
  AddedOption add_list(const std::string& names, const std::string& placeholder, std::vector<std::string>& values,
                       const std::string& description);

  // The words that belong to no option. `placeholder` is what the help calls them.
  AddedOption add_words(const std::string& placeholder, std::vector<std::string>& values,
                        const std::string& description);

  void add_section(std::string title, std::string text) { sections_.push_back({std::move(title), std::move(text)}); }

 protected:
  CommandOptions(std::string name, std::string usage, std::string description);

  // What followed "--", of a command that takes a command.
  const std::vector<std::string>& command() const { return command_; }

 private:
  void parse_words(std::span<const std::string> words);

  std::string name_;
  std::string usage_;
  std::string description_;
  std::string group_;
  std::vector<HelpSection> sections_;
  std::vector<std::string> command_;
  bool no_config_ = false;
  std::unique_ptr<CLI::App> app_;
};

// The name a configuration file uses for an option: its first long one; empty where it has none, or is none of the
// command's own (--help, --config, --no-config).
std::string config_key_of(const CLI::Option& option);

// Whether the option is given without a value.
bool is_flag(const CLI::Option& option);

}  // namespace vigil::cli
