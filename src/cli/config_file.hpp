// vigil.toml: options written down for a directory and everything below it.
#pragma once

#include <vigil/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace vigil::cli {

inline constexpr std::string_view kConfigName = "vigil.toml";

// What an option is set to.
struct ConfigValue {
  std::vector<std::string>
      words;     // as after the option; one empty word for a flag that is set, none for one that is not
  int line = 0;  // counted from 1
};

// The file's keys are the options' long names. Those before the first table are for every command that has the option;
// those of the table [COMMAND] are for that command, and stronger.
class ConfigFile {
 public:
  // Fails with a message that names the file, the line and what is wrong: no TOML, an unknown key or table (with the
  // one that may be meant), a value of the wrong type.
  static Result<ConfigFile> parse(std::string path, std::string_view text);

  // Reads and parses; also fails where the file cannot be read or is too large.
  static Result<ConfigFile> read(const std::string& path);

  const std::string& path() const { return path_; }

  // Nothing where the file does not say.
  const ConfigValue* find(std::string_view command, std::string_view key) const;

 private:
  using Values = std::map<std::string, ConfigValue, std::less<>>;

  explicit ConfigFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::map<std::string, Values, std::less<>> commands_;  // "" for every command
};

// The file that the options of a command ask for, or that is found from the current directory upwards; nothing where
// there is none or --no-config says so. A file found in this way that belongs to another user is diagnosed and left
// alone: whoever can write to a directory above must not decide what is run.
Result<std::optional<ConfigFile>> config_for(const CLI::App& app);

}  // namespace vigil::cli
