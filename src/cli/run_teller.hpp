// What `vigil run` says on the standard error, and how much of it.
#pragma once

#include "cli/human_writer.hpp"
#include "cli/run_command.hpp"

#include <string>

namespace vigil::cli {

// One thread at a time.
class RunTeller {
 public:
  // Paths below `directory` are shown relative to it.
  RunTeller(const RunCommand& command, std::string directory);

  void starting(RunId run, const std::string& path, const Batch& changes);
  void not_started(const std::string& why);
  void ended(RunId run, const RunEnding& ending, bool was_asked);
  void killing(bool leftovers);
  void given_up();
  void ignored(std::size_t changes);
  void loop(const std::string& path);
  void stopping();

  // An event that is no change.
  void notice(const Event& event);

 private:
  std::string cause_of(const Batch& changes);
  bool tells_much() const { return verbosity_ == Verbosity::verbose; }
  bool tells() const { return verbosity_ != Verbosity::quiet; }

  Verbosity verbosity_;
  bool why_;
  OnBusy on_busy_;
  bool ignores_own_writes_;
  std::chrono::milliseconds stop_timeout_;
  int signal_;
  std::string name_;
  std::string directory_;
  HumanWriter writer_;
};

}  // namespace vigil::cli
