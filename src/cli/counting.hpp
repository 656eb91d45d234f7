// What stat and top have in common: the events of a watcher, counted.
#pragma once

#include <vigil/watcher.hpp>

#include "cli/activity.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vigil::cli {

// Also keeps how each root is watched. One thread at a time.
class Counting {
 public:
  struct Root {
    std::string path;
    std::string backend;
  };

  // What a process is called; "?" where nobody knows.
  using NameOfProcess = std::function<std::string(int pid)>;

  Counting(Activity::Moment now, NameOfProcess name_of_process)
      : name_of_process_(std::move(name_of_process)), activity_(now) {}

  void add_root(const std::string& path);
  void add(const Batch& batch, Activity::Moment now);

  const std::vector<Root>& roots() const { return roots_; }
  Activity& activity() { return activity_; }
  const Activity& activity() const { return activity_; }

 private:
  std::string_view name_of(int pid);

  NameOfProcess name_of_process_;
  Activity activity_;
  std::vector<Root> roots_;
  std::unordered_map<int, std::string> names_;  // of the processes of one batch: a number may be used again
};

}  // namespace vigil::cli
