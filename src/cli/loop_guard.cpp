#include "cli/loop_guard.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace vigil::cli {
namespace {

// Or after the process that made the change has ended.
constexpr std::chrono::milliseconds kDelay{50};

constexpr std::size_t kSuspectsMax = 64;

}  // namespace

std::optional<std::string> LoopGuard::started(const Batch& changes, Timestamp time) {
  if (was_caused_by_last_run(changes)) {
    keep_suspects_among(changes);
  } else {
    runs_ = 0;
    suspects_.clear();
  }
  started_ = time;
  ended_.reset();
  if (runs_ == kRunsMax) return suspects_.front();
  return std::nullopt;
}

bool LoopGuard::was_caused_by_last_run(const Batch& changes) const {
  if (!started_ || changes.empty()) return false;
  return std::all_of(changes.begin(), changes.end(), [this](const Event& event) {
    if (event.time < *started_ - kEarly) return false;
    if (ended_ && event.time > *ended_ + kDelay) return false;
    return !restarts_ || event.time <= *started_ + kSoon;
  });
}

void LoopGuard::keep_suspects_among(const Batch& changes) {
  std::set<std::string_view> changed;
  for (const Event& event : changes) changed.insert(event.path);
  std::erase_if(suspects_, [&](const std::string& path) { return changed.count(path) == 0; });
  ++runs_;
  if (!suspects_.empty()) return;
  // Other files than before: that may be a person at work.
  runs_ = 1;
  for (const std::string_view path : changed) {
    if (suspects_.size() < kSuspectsMax) suspects_.emplace_back(path);
  }
}

}  // namespace vigil::cli
