// What stat and top have in common: the events of a watcher, counted.
#pragma once

#include <vigil/watcher.hpp>

#include "cli/activity.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace vigil::cli {

// Of each root, how it is watched. One thread at a time.
class Counting {
 public:
  struct Root {
    std::string path;
    std::string backend;
  };

  explicit Counting(Activity::Moment now) : activity_(now) {}

  void add_root(const std::string& path);
  void add(const Batch& batch, Activity::Moment now);

  const std::vector<Root>& roots() const { return roots_; }
  Activity& activity() { return activity_; }
  const Activity& activity() const { return activity_; }

 private:
  std::string_view name_of(int pid);

  Activity activity_;
  std::vector<Root> roots_;
  std::unordered_map<int, std::string> names_;  // of the processes of one batch: a number may be used again
};

}  // namespace vigil::cli
