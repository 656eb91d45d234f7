// The options of `vigil snapshot` and of `vigil since`.
#pragma once

#include "cli/command_options.hpp"
#include "cli/option_groups.hpp"

#include <vigil/options.hpp>

#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// `vigil snapshot`, understood.
struct SnapshotCommand {
  std::string path;  // as written
  std::string file;
  RootOptions root;
  bool hash = false;
  Verbosity verbosity = Verbosity::normal;
};

// `vigil since`, understood.
struct SinceCommand {
  std::string file;
  bool update = false;
  bool reads_all = false;  // every file of which there is a hash
  bool says_by_exit_code = false;
  bool has_filters = false;  // or those of the snapshot count
  RootOptions root;
  OutputStyle output;
  Verbosity verbosity = Verbosity::normal;
};

class SnapshotOptions : public CommandOptions {
 public:
  SnapshotOptions();
  Result<SnapshotCommand> understand() const;
  Result<Action> action() const override;

 private:
  std::vector<std::string> paths_;
  std::string file_;
  bool hash_ = false;
  VerbosityOptions verbosity_;
  FilterOptions filter_;
};

class SinceOptions : public CommandOptions {
 public:
  SinceOptions();
  Result<SinceCommand> understand() const;
  Result<Action> action() const override;

 private:
  std::vector<std::string> files_;
  bool update_ = false;
  bool hash_ = false;
  bool says_by_exit_code_ = false;
  OutputOptions output_;
  VerbosityOptions verbosity_;
  FilterOptions filter_;
};

}  // namespace vigil::cli
