// The options of `vigil top`.
#pragma once

#include "cli/command_options.hpp"
#include "cli/option_groups.hpp"
#include "cli/top_command.hpp"

#include <string>
#include <vector>

namespace vigil::cli {

class TopOptions : public CommandOptions {
 public:
  TopOptions();
  Result<TopCommand> understand() const;
  Result<Action> action() const override;

 private:
  PathsOption paths_;
  FilterOptions filter_;
  std::vector<std::string> events_;
  BackendOptions backend_;
};

}  // namespace vigil::cli
