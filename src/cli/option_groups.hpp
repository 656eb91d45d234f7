// Options that several commands share. Each class adds its own to a command and says afterwards what they mean.
#pragma once

#include "cli/command_options.hpp"
#include "cli/filter_options.hpp"
#include "cli/output_style.hpp"
#include "cli/verbosity.hpp"

#include <vigil/options.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// PATHs and --paths-from; the current directory where there are neither.
class PathsOption {
 public:
  PathsOption(CommandOptions& command, const std::string& description);
  bool given() const { return from_ || !written_.empty(); }
  Result<std::vector<std::string>> paths() const;  // at least one, none empty; reads what --paths-from names

 private:
  std::optional<std::string> from_;
  std::vector<std::string> written_;
};

// --format, --print0, --template and --color.
class OutputOptions {
 public:
  explicit OutputOptions(CommandOptions& command);
  Result<OutputStyle> style() const;
  bool given() const { return print0_ || template_ || format_ != "human"; }

 private:
  std::string format_ = "human";
  bool print0_ = false;
  std::optional<std::string> template_;
  std::string color_ = "auto";
};

// --quiet and --verbose: how much is said besides the changes.
class VerbosityOptions {
 public:
  explicit VerbosityOptions(CommandOptions& command);
  Verbosity verbosity() const;

 private:
  bool quiet_ = false;
  bool verbose_ = false;
};

// How it is watched: --backend, --max-watches, --isolate and --hang-timeout.
class BackendOptions {
 public:
  explicit BackendOptions(CommandOptions& command);
  Status apply(Options& options) const;

 private:
  std::string backend_ = "auto";
  std::optional<std::string> max_watches_;
  bool isolate_ = false;
  std::optional<std::string> hang_timeout_;
};

// When no --settle is given.
inline constexpr std::chrono::milliseconds kDefaultSettle{50};

// Batches with net effects, each after a pause of `settle`; none where that is zero.
void set_settle(Options& options, std::chrono::milliseconds settle);

// The explanation of TIME that commands with such options end with.
HelpSection time_section();

}  // namespace vigil::cli
