#include "cli/config_file.hpp"

#include "cli/command_options.hpp"
#include "cli/commands.hpp"
#include "cli/diagnostics.hpp"
#include "cli/format.hpp"
#include "cli/nearest.hpp"
#include "cli/paths.hpp"
#include "cli/text_file.hpp"

#include <CLI/App.hpp>

// Errors come as values; and what is thrown nowhere needs no tables.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <utility>

namespace vigil::cli {
namespace {

// Far more than anybody writes.
constexpr std::size_t kBytesMax = 256 * 1024;

struct KnownOption {
  bool is_flag = false;
  bool is_list = false;
};
using KnownOptions = std::map<std::string, KnownOption, std::less<>>;

KnownOptions options_of(const CommandEntry& entry) {
  KnownOptions known;
  const std::unique_ptr<CommandOptions> options = entry.options();
  for (const CLI::Option* option : options->app().get_options()) {
    const std::string key = config_key_of(*option);
    const bool is_list = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    if (!key.empty()) known.emplace(key, KnownOption{is_flag(*option), is_list});
  }
  return known;
}

template <typename Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

// What is written as one value; nothing for tables, times and arrays.
std::optional<std::string> word_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return formatted("{}", number->get());
  return {};
}

int line_of(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

// Reads the keys of one file.
class Reader {
 public:
  using Values = std::map<std::string, ConfigValue, std::less<>>;

  explicit Reader(const std::string& path) : path_(path) {
    for (const CommandEntry& entry : commands()) {
      KnownOptions options = options_of(entry);
      all_.insert(options.begin(), options.end());
      by_command_.emplace(entry.name, std::move(options));
    }
  }

  Result<std::map<std::string, Values, std::less<>>> read(const toml::table& document) {
    std::map<std::string, Values, std::less<>> commands;
    for (const auto& [key, node] : document) {
      if (const toml::table* table = node.as_table()) {
        const auto known = by_command_.find(key.str());
        if (known == by_command_.end()) {
          return error(node.source(), formatted("'[{}]' is no command of vigil{}", key.str(),
                                                suggestion(key.str(), keys_of(by_command_))));
        }
        const Status read = read_table(*table, known->second, commands[std::string(key.str())]);
        if (!read) return read.error();
      } else if (const Status read = read_value(key, node, all_, commands[""]); !read) {
        return read.error();
      }
    }
    return commands;
  }

 private:
  Error error(const toml::source_region& source, std::string_view what) const {
    return {ErrorCode::invalid_argument, formatted("{}:{}: {}", path_, line_of(source), what)};
  }

  Status read_table(const toml::table& table, const KnownOptions& known, Values& values) const {
    for (const auto& [key, node] : table) {
      if (const Status read = read_value(key, node, known, values); !read) return read.error();
    }
    return Done{};
  }

  Status read_value(const toml::key& key, const toml::node& node, const KnownOptions& known, Values& values) const {
    const std::string name(key.str());
    const auto option = known.find(name);
    if (option == known.end()) {
      return error(key.source(), formatted("unknown key '{}'{}", name, suggestion(name, keys_of(known))));
    }
    Result<ConfigValue> value = value_of(name, node, option->second);
    if (!value) return value.error();
    value->line = line_of(key.source());
    values.insert_or_assign(name, std::move(*value));
    return Done{};
  }

  Result<ConfigValue> value_of(const std::string& name, const toml::node& node, KnownOption option) const {
    ConfigValue value;
    if (option.is_flag) {
      const auto* flag = node.as_boolean();
      if (flag == nullptr) return error(node.source(), formatted("'{}' is either true or false", name));
      if (flag->get()) value.words.emplace_back();
      return value;
    }
    if (const toml::array* array = node.as_array(); array != nullptr && option.is_list) {
      for (const toml::node& element : *array) {
        std::optional<std::string> word = word_of(element);
        if (!word) return error(element.source(), formatted("'{}' is a list of texts", name));
        value.words.push_back(std::move(*word));
      }
      return value;
    }
    std::optional<std::string> word = word_of(node);
    if (!word) {
      return error(node.source(),
                   formatted("'{}' is {}", name, option.is_list ? "a list of texts" : "one text or number"));
    }
    value.words.push_back(std::move(*word));
    return value;
  }

  const std::string& path_;
  KnownOptions all_;
  std::map<std::string, KnownOptions, std::less<>> by_command_;
};

// The directory above; empty above the topmost.
std::string parent_of(std::string_view directory) {
  const std::size_t separator = directory.rfind(kSeparator);
  if (separator == std::string_view::npos || separator + 1 == directory.size()) return {};
  // "/" and "C:\" keep their separator.
  const std::string_view parent = directory.substr(0, separator);
  const bool is_top = parent.empty() || parent.back() == ':';
  return std::string(is_top ? directory.substr(0, separator + 1) : parent);
}

Result<std::optional<ConfigFile>> find_config() {
  const Result<std::string> here = working_directory();
  // A directory that has been removed has nothing above it either.
  if (!here) return std::optional<ConfigFile>{};
  for (std::string directory = *here; !directory.empty(); directory = parent_of(directory)) {
    std::string path = directory;
    if (path.back() != kSeparator) path += kSeparator;
    path += kConfigName;
    const Result<TextFile> file = read_text_file(path, kBytesMax);
    if (!file && file.error().code() == ErrorCode::not_found) continue;
    if (!file) return file.error();
    if (!file->is_trusted) {
      diagnose(formatted("'{}' belongs to another user and is not read (--config '{}' reads it)", path, path));
      return std::optional<ConfigFile>{};
    }
    Result<ConfigFile> config = ConfigFile::parse(path, file->text);
    if (!config) return config.error();
    return std::optional<ConfigFile>(std::move(*config));
  }
  return std::optional<ConfigFile>{};
}

}  // namespace

Result<ConfigFile> ConfigFile::parse(std::string path, std::string_view text) {
  const toml::parse_result result = toml::parse(text, path);
  if (!result) {
    const toml::parse_error& error = result.error();
    return Error(ErrorCode::invalid_argument,
                 formatted("{}:{}: {}", path, line_of(error.source()), error.description()));
  }
  ConfigFile file(std::move(path));
  auto commands = Reader(file.path_).read(result.table());
  if (!commands) return commands.error();
  file.commands_ = std::move(*commands);
  return file;
}

Result<ConfigFile> ConfigFile::read(const std::string& path) {
  const Result<TextFile> file = read_text_file(path, kBytesMax);
  if (!file) return file.error();
  return parse(path, file->text);
}

const ConfigValue* ConfigFile::find(std::string_view command, std::string_view key) const {
  for (const std::string_view table : {command, std::string_view{}}) {
    const auto values = commands_.find(table);
    if (values == commands_.end()) continue;
    if (const auto value = values->second.find(key); value != values->second.end()) return &value->second;
  }
  return nullptr;
}

Result<std::optional<ConfigFile>> config_for(const CLI::App& app) {
  if (app.get_option("--no-config")->count() > 0) return std::optional<ConfigFile>{};
  const CLI::Option* named = app.get_option("--config");
  if (named->count() == 0) return find_config();
  Result<ConfigFile> file = ConfigFile::read(named->as<std::string>());
  if (!file) return file.error();
  return std::optional<ConfigFile>(std::move(*file));
}

}  // namespace vigil::cli
