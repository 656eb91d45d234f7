// `vigil watch` in a process of its own, which can be stopped.
#pragma once

#include "cli/command.hpp"
#include "support/files.hpp"
#include "support/model.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <optional>
#include <string>
#include <string_view>

namespace vigil::replay {

// What the command prints of one event.
testing::Told told_by(const nlohmann::json& line);

// `vigil watch` on a tree. One thread at a time.
class WatchingProcess {
 public:
  explicit WatchingProcess(const std::string& directory)
      : command_({"watch", "--format", "json", directory}), directory_(directory) {}

  // The next event; nothing at the end, or when none comes.
  std::optional<testing::Told> next();

  void stop() { command_.signal(SIGSTOP); }
  void go_on() { command_.signal(SIGCONT); }

  // Applies what comes until a file made for the purpose is told of, and all that may be told later than that is: the
  // doubts that only a look at the disk settles.
  void catch_up(testing::Model& model);

  // Applies what is left; true if the command ended as it should.
  bool end(testing::Model& model);

 private:
  cli::Command command_;
  std::string directory_;
  int cookies_ = 0;
};

}  // namespace vigil::replay
