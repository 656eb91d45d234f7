// The options of `vigil explain`.
#pragma once

#include "cli/command_options.hpp"
#include "cli/option_groups.hpp"

#include <vigil/options.hpp>

#include <string>
#include <vector>

namespace vigil::cli {

// `vigil explain`, understood.
struct ExplainCommand {
  std::vector<std::string> paths;  // as written; at least one
  std::string root;                // as written: the PATH that would be watched
  RootOptions options;
  bool json = false;
};

class ExplainOptions : public CommandOptions {
 public:
  ExplainOptions();
  Result<ExplainCommand> understand() const;
  Result<Action> action() const override;

 private:
  std::vector<std::string> paths_;
  FilterOptions filter_;
  std::string root_ = ".";
  bool json_ = false;
};

}  // namespace vigil::cli
