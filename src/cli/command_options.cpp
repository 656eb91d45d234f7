#include "cli/command_options.hpp"

#include "cli/config_file.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kGroupOfAll = "Other";

bool is_excluded(const CLI::Option& option) {
  const auto excluded = option.get_excludes();
  return std::any_of(excluded.begin(), excluded.end(), [](const CLI::Option* other) { return other->count() > 0; });
}

template <typename Value>
CLI::Option* add_option(CLI::App& app, const std::string& group, const std::string& names,
                        const std::string& placeholder, Value& value, const std::string& description) {
  return app.add_option(names, value, description)->type_name(placeholder)->group(group);
}

}  // namespace

AddedOption AddedOption::default_text(const std::string& text) const {
  option_->default_str(text);
  return *this;
}

AddedOption AddedOption::excludes(AddedOption other) const {
  option_->excludes(other.option_);
  return *this;
}

CommandOptions::CommandOptions(std::string name, std::string usage, std::string description)
    : name_(std::move(name)),
      usage_(std::move(usage)),
      description_(std::move(description)),
      app_(std::make_unique<CLI::App>(description_, "vigil " + name_)) {
  app_->set_help_flag("-h,--help", "show this help")->group(kGroupOfAll);
  // Read before everything else (command_line.cpp); here for the help, and to be skipped.
  app_->add_option("--config",
                   "take options from FILE instead of the vigil.toml found upwards from the current directory")
      ->type_name("FILE")
      ->group(kGroupOfAll);
  app_->add_flag("--no-config", no_config_, "take no options from any vigil.toml")
      ->disable_flag_override()
      ->group(kGroupOfAll);
}

CommandOptions::~CommandOptions() = default;

AddedOption CommandOptions::add_flag(const std::string& names, bool& value, const std::string& description) {
  return AddedOption(*app_->add_flag(names, value, description)->disable_flag_override()->group(group_));
}

AddedOption CommandOptions::add_value(const std::string& names, const std::string& placeholder, std::string& value,
                                      const std::string& description) {
  return AddedOption(*add_option(*app_, group_, names, placeholder, value, description));
}

AddedOption CommandOptions::add_value(const std::string& names, const std::string& placeholder,
                                      std::optional<std::string>& value, const std::string& description) {
  return AddedOption(*add_option(*app_, group_, names, placeholder, value, description));
}

AddedOption CommandOptions::add_list(const std::string& names, const std::string& placeholder,
                                     std::vector<std::string>& values, const std::string& description) {
  return AddedOption(*add_option(*app_, group_, names, placeholder, values, description)
                          ->take_all()
                          ->allow_extra_args(false)
                          ->expected(1));
}

// CLI11 takes a value "[a,b]" apart wherever it allows extra values, and a path may well look like that. Expecting
// more paths than there can be has the same effect as allowing extra ones.
AddedOption CommandOptions::add_words(const std::string& placeholder, std::vector<std::string>& values,
                                      const std::string& description) {
  return AddedOption(*app_->add_option(placeholder, values, description)
                          ->take_all()
                          ->allow_extra_args(false)
                          ->expected(std::numeric_limits<int>::max()));
}

void CommandOptions::parse_words(std::span<const std::string> words) {
  app_->parse(std::vector<std::string>(words.rbegin(), words.rend()));
}

void CommandOptions::parse(std::span<const std::string> arguments, const ConfigFile* config) {
  std::vector<std::string> words(arguments.begin(), arguments.end());
  if (takes_command()) {
    const auto dashes = std::find(words.begin(), words.end(), "--");
    if (dashes != words.end()) command_.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  parse_words(words);
  if (config == nullptr) return;

  // What was not given comes from the file, unless it contradicts what was.
  std::vector<std::string> more;
  for (const CLI::Option* option : std::as_const(*app_).get_options()) {
    const std::string key = config_key_of(*option);
    const ConfigValue* value = key.empty() ? nullptr : config->find(name_, key);
    if (value == nullptr || option->count() > 0 || is_excluded(*option)) continue;
    for (const std::string& word : value->words) more.push_back("--" + key + (is_flag(*option) ? "" : "=" + word));
  }
  if (more.empty()) return;
  more.insert(more.end(), words.begin(), words.end());
  parse_words(more);
}

std::string config_key_of(const CLI::Option& option) {
  if (option.get_lnames().empty()) return {};
  const std::string& name = option.get_lnames().front();
  return name == "help" || name == "config" || name == "no-config" ? std::string{} : name;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

}  // namespace vigil::cli
