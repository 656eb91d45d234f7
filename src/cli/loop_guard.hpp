// Notices a command that runs because of what it wrote itself, again and again.
#pragma once

#include <vigil/event.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// Told of each run of one command, and of what caused it. Nothing says for sure who changed a file; but when run after
// run is caused by changes made while the one before was under way, and by nothing else, and the same path is among
// them each time, then it is the command. Pure; times are those of the events. One thread at a time.
class LoopGuard {
 public:
  static constexpr int kRunsMax = 5;

  // Of a server, which is under way all the time, only what it writes soon after its start counts.
  static constexpr std::chrono::seconds kSoon{2};

  // An event bears the time when vigil began to look for changes: that may be a moment before the change, and so before
  // the run that made it.
  static constexpr std::chrono::milliseconds kEarly{20};

  explicit LoopGuard(bool restarts) : restarts_(restarts) {}

  // A run starts because of these changes. A path, when it is the fifth in a row of which the above is true.
  std::optional<std::string> started(const Batch& changes, Timestamp time);

  void ended(Timestamp time) { ended_ = time; }

 private:
  bool was_caused_by_last_run(const Batch& changes) const;
  void keep_suspects_among(const Batch& changes);

  const bool restarts_;
  std::optional<Timestamp> started_;  // the last run
  std::optional<Timestamp> ended_;
  int runs_ = 0;
  std::vector<std::string> suspects_;  // changed during each of the last runs_ runs
};

}  // namespace vigil::cli
