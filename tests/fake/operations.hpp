// Random work for a file system, the same for the same seed.
#pragma once

#include "fake/file_system.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace vigil::fake {

struct Operation {
  enum class What : std::uint8_t {
    make_directory,
    remove_directory,
    make_fifo,
    make_link,
    make_hard_link,
    remove,
    rename,
    exchange,
    change_mode,
    set_times,
    set_content_time,
    truncate,
    write_file,  // created or emptied, written, closed
    append,      // created or opened, written, closed
    read_file,
    hold_open,  // these act on one of a few files that stay open
    write_held,
    truncate_held,
    change_mode_of_held,
    let_go,
    remove_tree,  // as "rm -r"
    make_tree,    // as "mkdir -p", with a file in the last
    write_rules,  // a file of ignore rules, with some of a few texts in it
  };

  What what = What::make_directory;
  std::string path;
  std::string other;    // the second path, or the target of a link
  unsigned number = 0;  // which held file, which mode, which time
};

std::string to_string(const Operation& operation);

// What work there is to be.
struct WorkOptions {
  std::vector<std::string> tops = {""};                   // paths begin with one of these, "" being the top
  std::vector<std::string> names = {"a", "b", "c", "d"};  // few, so that they are used again and again
  unsigned depth = 3;
  bool opens_truncating = true;
  bool links = true;      // symbolic ones
  bool exchanges = true;  // names are swapped in one step
  bool hard_links = true;
  bool ignore_files = false;        // come and go, and ".git" as well
  bool closes_directories = false;  // takes away and gives back the right to read directories
};

// One thread at a time.
class Work {
 public:
  Work(std::uint64_t seed, WorkOptions options) : random_(seed), options_(std::move(options)) {}

  Operation next();

 private:
  std::string path();
  Operation with_rules(Operation operation);

  std::mt19937_64 random_;
  WorkOptions options_;
};

// Does operations; holds the files that stay open. One thread at a time.
class Worker {
 public:
  explicit Worker(FileSystem& files) : files_(files) { held_.fill(-1); }
  ~Worker() { let_go_of_all(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // 0 or errno; of several steps, the first error that was not expected.
  int run(const Operation& operation);

  void let_go_of_all();

 private:
  static constexpr std::size_t kHeldMax = 4;

  int use_file(const std::string& path, Access access, bool truncate);
  int hold(unsigned which, const std::string& path);
  int let_go(unsigned which);
  int remove_tree(const std::string& path);
  int make_tree(const std::string& path);

  FileSystem& files_;
  std::array<int, kHeldMax> held_{};
};

}  // namespace vigil::fake
