// `vigil config`: which options are in force, and where each comes from.
#pragma once

#include "cli/command_options.hpp"

#include <string>
#include <vector>

namespace vigil::cli {

class ConfigOptions : public CommandOptions {
 public:
  ConfigOptions();
  Result<Action> action() const override;

 private:
  std::vector<std::string> commands_;
  bool json_ = false;
};

}  // namespace vigil::cli
