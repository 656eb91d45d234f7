// The options of `vigil run`.
#pragma once

#include "cli/command_options.hpp"
#include "cli/option_groups.hpp"
#include "cli/run_command.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

class RunOptions : public CommandOptions {
 public:
  RunOptions();
  Result<RunCommand> understand() const;
  Result<Action> action() const override;
  bool takes_command() const override { return true; }

 private:
  Status apply_command(RunCommand& command) const;
  Status apply_policy(RunCommand& command) const;
  Status apply_stopping(RunCommand& command) const;
  Status apply_each(RunCommand& command) const;
  Status apply_delivery(RunCommand& command) const;
  Status find_contradiction(const RunCommand& command) const;

  PathsOption paths_;
  FilterOptions filter_;
  BackendOptions backend_;
  VerbosityOptions verbosity_;
  std::vector<std::string> events_;
  bool await_missing_ = false;
  std::optional<std::string> settle_;
  bool initial_ = false;
  bool no_initial_ = false;
  bool once_ = false;
  bool restart_ = false;
  std::optional<std::string> on_busy_;
  std::optional<std::string> signal_;
  std::optional<std::string> stop_timeout_;
  bool ignore_own_writes_ = false;
  bool each_ = false;
  std::optional<std::string> jobs_;
  bool shell_ = false;
  std::optional<std::string> stdin_;
  bool clear_ = false;
  bool why_ = false;
};

}  // namespace vigil::cli
