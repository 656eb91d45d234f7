#include "cli/config_command.hpp"

#include "cli/command_options.hpp"
#include "cli/commands.hpp"
#include "cli/diagnostics.hpp"
#include "cli/format.hpp"
#include "cli/system.hpp"
#include "cli/visible.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <string_view>

namespace vigil::cli {
namespace {

constexpr const char* kDefault = "default";

// One option and where its value comes from.
struct Setting {
  std::string key;
  bool is_flag = false;
  bool is_list = false;
  std::vector<std::string> words;
  std::string origin;
};

Setting setting_of(std::string_view command, const CLI::Option& option, const std::string& key,
                   const std::optional<ConfigFile>& file) {
  Setting setting{.key = key,
                  .is_flag = is_flag(option),
                  .is_list = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll,
                  .words = {},
                  .origin = kDefault};
  if (const ConfigValue* value = file ? file->find(command, key) : nullptr) {
    setting.words = value->words;
    setting.origin = formatted("{}:{}", file->path(), value->line);
  } else if (const char* backend = std::getenv("VIGIL_BACKEND"); key == "backend" && backend != nullptr && *backend) {
    setting.words = {backend};
    setting.origin = "environment variable VIGIL_BACKEND";
  } else if (!setting.is_flag && !option.get_default_str().empty()) {
    setting.words = {option.get_default_str()};
  }
  return setting;
}

std::vector<Setting> settings_of(const std::string& command, const std::optional<ConfigFile>& file) {
  std::vector<Setting> settings;
  const std::unique_ptr<CommandOptions> options = find_command(command)->options();
  for (const CLI::Option* option : options->app().get_options()) {
    const std::string key = config_key_of(*option);
    if (!key.empty()) settings.push_back(setting_of(command, *option, key, file));
  }
  return settings;
}

// As it would stand in the file.
std::string toml_of(const Setting& setting) {
  if (setting.is_flag) return setting.words.empty() ? "false" : "true";
  const auto quoted = [](const std::string& word) {
    return nlohmann::json(word).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  if (!setting.is_list) return setting.words.empty() ? "" : quoted(setting.words.front());
  std::string list;
  for (const std::string& word : setting.words) list.append(list.empty() ? "" : ", ").append(quoted(word));
  return "[" + list + "]";
}

// What is not set stands behind a "#", so that the whole can be kept as a file.
std::string line_of(const Setting& setting) {
  if (setting.origin != kDefault) {
    return formatted("{:<40} # {}\n", visible(formatted("{} = {}", setting.key, toml_of(setting))),
                     visible(setting.origin));
  }
  const std::string value = toml_of(setting);
  return formatted("# {}{}\n", setting.key, value.empty() ? " is not set" : " = " + value);
}

std::string text_of(const std::vector<std::string>& commands, const std::optional<ConfigFile>& file) {
  std::string text = file ? formatted("# from {}\n", visible(file->path())) : "# no vigil.toml here or above\n";
  for (const std::string& command : commands) {
    text += formatted("\n[{}]\n", command);
    for (const Setting& setting : settings_of(command, file)) {
      text += line_of(setting);
    }
  }
  return text;
}

std::string json_of(const std::vector<std::string>& commands, const std::optional<ConfigFile>& file) {
  nlohmann::ordered_json document;
  document["file"] = file ? nlohmann::ordered_json(file->path()) : nlohmann::ordered_json(nullptr);
  for (const std::string& command : commands) {
    nlohmann::ordered_json& table = document["commands"][command];
    for (const Setting& setting : settings_of(command, file)) {
      nlohmann::ordered_json value = nullptr;
      if (setting.is_flag) {
        value = !setting.words.empty();
      } else if (setting.is_list) {
        value = setting.words;
      } else if (!setting.words.empty()) {
        value = setting.words.front();
      }
      table[setting.key] = {{"value", value}, {"origin", setting.origin}};
    }
  }
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

int show_config(const std::vector<std::string>& commands, const std::optional<ConfigFile>& file, bool json) {
  return print(json ? json_of(commands, file) : text_of(commands, file));
}

}  // namespace vigil::cli
