#include "cli/counting.hpp"

namespace vigil::cli {

void Counting::add_root(const std::string& path) {
  roots_.push_back({path, {}});
  activity_.add_root(path);
}

void Counting::add(const Batch& batch, Activity::Moment now) {
  names_.clear();
  for (const Event& event : batch) {
    if (event.kind == Kind::ready) {
      for (Root& root : roots_) {
        if (root.path == event.path) root.backend = event.backend;
      }
    }
    activity_.add(event, now, event.pid == 0 ? std::string_view() : name_of(event.pid));
  }
}

std::string_view Counting::name_of(int pid) {
  const auto [found, is_new] = names_.try_emplace(pid);
  if (is_new) found->second = name_of_process_(pid);
  return found->second;
}

}  // namespace vigil::cli
