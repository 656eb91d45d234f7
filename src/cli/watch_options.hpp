// The options of `vigil watch`.
#pragma once

#include "cli/command_options.hpp"
#include "cli/option_groups.hpp"

#include <vigil/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// `vigil watch`, understood and free of contradictions. The globs are not yet read: Watcher::add() does that.
struct WatchCommand {
  std::vector<std::string> paths;  // as written; at least one, none empty
  OutputStyle output;
  Verbosity verbosity = Verbosity::normal;
  Options watcher;
  RootOptions root;
  std::optional<std::string> since;    // the file of a snapshot: what changed since is told first
  bool has_path = true;                // or the one of the snapshot is meant
  bool probe = false;                  // write a file into each directory to see whether it is told, and nothing else
  std::optional<std::uint64_t> count;  // changes to stop after, at least 1
  std::optional<std::chrono::milliseconds> timeout;  // time without a change to stop after
};

class WatchOptions : public CommandOptions {
 public:
  WatchOptions();
  Result<WatchCommand> understand() const;
  Result<Action> action() const override;

 private:
  bool has_more_than_a_probe() const;
  Status apply_delivery(Options& options) const;

  PathsOption paths_;
  OutputOptions output_;
  VerbosityOptions verbosity_;
  FilterOptions filter_;
  BackendOptions backend_;
  bool who_ = false;
  std::vector<std::string> events_;
  bool initial_ = false;
  bool await_missing_ = false;
  bool raw_ = false;
  bool net_ = false;
  std::optional<std::string> settle_;
  std::optional<std::string> since_;
  bool probe_ = false;
  std::optional<std::string> count_;
  std::optional<std::string> timeout_;
};

}  // namespace vigil::cli
