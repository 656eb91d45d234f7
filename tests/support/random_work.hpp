// Random changes to a real tree, in few names, so that everything collides with everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace vigil::testing {

// What one writer does: the same for the same seed, but for what other writers do in between. That a system call fails,
// because the name is taken or gone, is part of the work. One thread at a time.
class RandomWork {
 public:
  // Changes what is below `inside`, and moves trees to and from `outside`, a directory on the same file system. No
  // other writer may have that name.
  RandomWork(std::uint64_t seed, std::string inside, std::string outside);

  void run(std::size_t operations);

 private:
  using Work = void (RandomWork::*)();

  struct Share {
    unsigned weight;
    Work work;
  };

  void write();
  void append();
  void truncate();
  void save_atomically();
  void write_and_remove();
  void make_directory();
  void make_tree();
  void rename();
  void exchange();
  void move_in();
  void move_out();
  void move_out_and_back();
  void unlink();
  void remove_directory();
  void remove_tree();
  void make_symlink();
  void make_hard_link();
  void make_fifo();
  void change_mode();
  void change_times();

  static const std::vector<Share>& shares();
  unsigned below(unsigned end);
  std::string name();
  std::string path();
  std::string new_outside_name();

  std::mt19937_64 random_;
  std::string inside_;
  std::string outside_;
  std::uint64_t made_outside_ = 0;
};

// Several writers at the same time, `operations` by all of them together, on the same tree. Returns when all are done.
void work_together(std::uint64_t seed, unsigned writers, std::size_t operations, const std::string& inside,
                   const std::string& outside);

// Makes more changes than the kernel's queue of one inotify instance holds; leaves files named "overflow-..." behind. A
// watcher with little room for what waits (128 KiB and less) reads few of them.
void overflow_queue(const std::string& directory);

}  // namespace vigil::testing
