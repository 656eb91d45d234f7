// The options of `vigil stat`.
#pragma once

#include "cli/command_options.hpp"
#include "cli/option_groups.hpp"
#include "cli/stat_command.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

class StatOptions : public CommandOptions {
 public:
  StatOptions();
  Result<StatCommand> understand() const;
  Result<Action> action() const override;

 private:
  PathsOption paths_;
  std::optional<std::string> time_;
  std::string top_ = "10";
  bool json_ = false;
  FilterOptions filter_;
  std::vector<std::string> events_;
  BackendOptions backend_;
};

}  // namespace vigil::cli
