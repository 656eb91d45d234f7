// The options of `vigil doctor`.
#pragma once

#include "cli/command_options.hpp"
#include "cli/doctor_command.hpp"
#include "cli/option_groups.hpp"

#include <optional>
#include <string>

namespace vigil::cli {

class DoctorOptions : public CommandOptions {
 public:
  DoctorOptions();
  Result<DoctorCommand> understand() const;
  Result<Action> action() const override;

 private:
  PathsOption paths_;
  bool json_ = false;
  bool no_probe_ = false;
  std::optional<std::string> timeout_;
  BackendOptions backend_;
};

}  // namespace vigil::cli
