// The directories a script works in, and the commands that change them.
#pragma once

#include <vigil/result.hpp>

#include "conformance/files.hpp"
#include "conformance/observation.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::conformance {

// A fresh root for the script's paths, one beside it that is not watched ("@out/"), and two for the watcher's own use.
// Remembers every path there ever was, so that a watcher's inventions can be told from what it missed.
//
// change() may be called from any thread; all else from one.
class Workspace {
 public:
  static Result<Workspace> make(const std::string& parent);

  // The path a script means, absolute.
  std::string resolve(const std::string& path) const;

  // The way back, for messages.
  std::string shown(const std::string& path) const;

  const std::string& root() const { return root_; }
  std::string cookie_directory() const { return scratch_.path() + "/cookies"; }
  std::string subject_directory() const { return scratch_.path() + "/subject"; }

  // Whether `name` is one of the commands below.
  static bool knows(std::string_view name);

  // Runs a command that changes the disk.
  Status change(const std::string& name, const std::vector<std::string>& arguments);

  // Whether there was something of this path at some time. Says yes to all after commands that make more names than
  // can be followed.
  bool existed(const std::string& path) const;

 private:
  using Arguments = std::vector<std::string>;
  using Change = Status (Workspace::*)(const Arguments&);

  explicit Workspace(files::Scratch scratch) : scratch_(std::move(scratch)), root_(scratch_.path() + "/root") {}

  static const std::map<std::string, Change, std::less<>>& changes();

  Status make_directory(const Arguments& arguments);
  Status touch(const Arguments& arguments);
  Status write(const Arguments& arguments);
  Status append(const Arguments& arguments);
  Status read(const Arguments& arguments);
  Status truncate(const Arguments& arguments);
  Status remove(const Arguments& arguments);
  Status move(const Arguments& arguments);
  Status exchange(const Arguments& arguments);
  Status link(const Arguments& arguments);
  Status make_fifo(const Arguments& arguments);
  Status make_socket(const Arguments& arguments);
  Status set_mode(const Arguments& arguments);
  Status set_times(const Arguments& arguments);
  Status tick(const Arguments& arguments);
  Status set_attribute(const Arguments& arguments);
  Status copy(const Arguments& arguments);
  Status save(const Arguments& arguments);
  Status burst(const Arguments& arguments);
  Status make_tree(const Arguments& arguments);
  Status make_deep(const Arguments& arguments);
  Status churn(const Arguments& arguments);
  Status mount_memory(const Arguments& arguments);
  Status mount_same(const Arguments& arguments);
  Status unmount(const Arguments& arguments);
  Status git(const Arguments& arguments);
  Status open(const Arguments& arguments);
  Status put(const Arguments& arguments);
  Status close(const Arguments& arguments);

  Status fill(const std::string& directory, std::int64_t begin, std::int64_t end);
  Status grow(const std::string& path, int breadth, int depth);
  Status churn_once(const std::string& top, unsigned random);

  // Remembers a path, or all of a tree, that exists now.
  void remember(const std::string& path);
  void remember_tree(const std::string& path);
  void remember_everything_below(const std::string& path);
  Status made(Status status, const std::string& path);

  files::Scratch scratch_;
  std::string root_;
  std::map<std::string, files::OpenFile> open_;

  struct Past {
    std::mutex mutex;
    std::set<std::string> paths;
    std::vector<std::string> unknown_below;
  };
  std::unique_ptr<Past> past_ = std::make_unique<Past>();
};

}  // namespace vigil::conformance
