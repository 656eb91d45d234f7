#include "support/random_work.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

namespace vigil::testing {

namespace {

void write_to(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags, 0644);
  if (file == -1) return;
  [[maybe_unused]] const ssize_t written = ::write(file, "text", 4);
  ::close(file);
}

// A pipe that one writer has open is written to by another, who may be left alone with it.
void survive_broken_pipes() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void make_path(const std::string& path) {
  std::error_code ignored;
  std::filesystem::create_directories(path, ignored);
}

void remove_all(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

// Three levels, a file and a link in each.
void make_populated_tree(const std::string& path) {
  std::string directory = path;
  for (const char* const name : {"a", "b", "c"}) {
    make_path(directory);
    write_to(directory + "/d", 0);
    [[maybe_unused]] const int linked = ::symlink("d", (directory + "/e").c_str());
    directory.append("/").append(name);
  }
}

}  // namespace

RandomWork::RandomWork(std::uint64_t seed, std::string inside, std::string outside)
    : random_(seed), inside_(std::move(inside)), outside_(std::move(outside)) {}

void RandomWork::run(std::size_t operations) {
  unsigned sum = 0;
  for (const Share& share : shares()) sum += share.weight;
  for (std::size_t done = 0; done < operations; ++done) {
    unsigned drawn = below(sum);
    for (const Share& share : shares()) {
      if (drawn < share.weight) {
        (this->*share.work)();
        break;
      }
      drawn -= share.weight;
    }
  }
}

const std::vector<RandomWork::Share>& RandomWork::shares() {
  static const std::vector<Share> shares = {
      {12, &RandomWork::write},          {5, &RandomWork::append},           {2, &RandomWork::truncate},
      {6, &RandomWork::save_atomically}, {5, &RandomWork::write_and_remove}, {8, &RandomWork::make_directory},
      {6, &RandomWork::make_tree},       {16, &RandomWork::rename},          {3, &RandomWork::exchange},
      {4, &RandomWork::move_in},         {3, &RandomWork::move_out},         {3, &RandomWork::move_out_and_back},
      {6, &RandomWork::unlink},          {4, &RandomWork::remove_directory}, {5, &RandomWork::remove_tree},
      {3, &RandomWork::make_symlink},    {3, &RandomWork::make_hard_link},   {2, &RandomWork::make_fifo},
      {3, &RandomWork::change_mode},     {3, &RandomWork::change_times},
  };
  return shares;
}

unsigned RandomWork::below(unsigned end) { return static_cast<unsigned>(random_() % end); }

std::string RandomWork::name() {
  // One that is not UTF-8 and one that breaks lines are names like any other.
  static const std::vector<std::string> names = {"a", "b", "c", "d", "ab", "\xff\xfe", "new\nline"};
  return names[below(static_cast<unsigned>(names.size()))];
}

std::string RandomWork::path() {
  std::string path = inside_;
  for (unsigned depth = 1 + below(3); depth > 0; --depth) path.append("/").append(name());
  return path;
}

std::string RandomWork::new_outside_name() { return outside_ + '/' + std::to_string(made_outside_++); }

void RandomWork::write() { write_to(path(), O_TRUNC); }

void RandomWork::append() { write_to(path(), O_APPEND); }

void RandomWork::truncate() { [[maybe_unused]] const int done = ::truncate(path().c_str(), 0); }

void RandomWork::save_atomically() {
  const std::string path = this->path();
  write_to(path + "~", 0);
  [[maybe_unused]] const int done = std::rename((path + "~").c_str(), path.c_str());
}

void RandomWork::write_and_remove() {
  const std::string path = this->path();
  write_to(path, 0);
  ::unlink(path.c_str());
}

void RandomWork::make_directory() { ::mkdir(path().c_str(), 0755); }

void RandomWork::make_tree() {
  const std::string path = this->path() + '/' + name();
  make_path(path);
  write_to(path + '/' + name(), 0);
}

void RandomWork::rename() {
  const std::string from = path();
  [[maybe_unused]] const int done = std::rename(from.c_str(), path().c_str());
}

void RandomWork::exchange() {
  const std::string one = path();
  ::syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, path().c_str(), RENAME_EXCHANGE);
}

void RandomWork::move_in() {
  const std::string tree = new_outside_name();
  make_populated_tree(tree);
  [[maybe_unused]] const int done = std::rename(tree.c_str(), path().c_str());
  remove_all(tree);
}

void RandomWork::move_out() {
  const std::string tree = new_outside_name();
  [[maybe_unused]] const int done = std::rename(path().c_str(), tree.c_str());
  remove_all(tree);
}

void RandomWork::move_out_and_back() {
  const std::string tree = new_outside_name();
  [[maybe_unused]] const int left = std::rename(path().c_str(), tree.c_str());
  write_to(tree + '/' + name(), 0);
  [[maybe_unused]] const int returned = std::rename(tree.c_str(), path().c_str());
  remove_all(tree);
}

void RandomWork::unlink() { ::unlink(path().c_str()); }

void RandomWork::remove_directory() { ::rmdir(path().c_str()); }

void RandomWork::remove_tree() { remove_all(path()); }

void RandomWork::make_symlink() { [[maybe_unused]] const int done = ::symlink(name().c_str(), path().c_str()); }

void RandomWork::make_hard_link() {
  const std::string target = path();
  [[maybe_unused]] const int done = ::link(target.c_str(), path().c_str());
}

void RandomWork::make_fifo() {
  const std::string path = this->path();
  if (::mkfifo(path.c_str(), 0644) != 0) return;
  // Sometimes it is used at once.
  if (below(2) != 0) return;
  const int fifo = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fifo != -1) ::close(fifo);
}

void RandomWork::change_mode() { ::chmod(path().c_str(), below(2) == 0 ? 0700 : 0755); }

void RandomWork::change_times() {
  const timespec times[] = {{static_cast<std::time_t>(below(1'000'000)), 0},
                            {static_cast<std::time_t>(below(1'000'000)), 0}};
  ::utimensat(AT_FDCWD, path().c_str(), times, AT_SYMLINK_NOFOLLOW);
}

void work_together(std::uint64_t seed, unsigned writers, std::size_t operations, const std::string& inside,
                   const std::string& outside) {
  std::vector<std::thread> threads;
  for (unsigned writer = 0; writer < writers; ++writer) {
    const std::string outside_of_writer = outside + '/' + std::to_string(writer);
    make_path(outside_of_writer);
    threads.emplace_back([=] {
      survive_broken_pipes();
      RandomWork(seed * 1000 + writer, inside, outside_of_writer).run(operations / writers);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void overflow_queue(const std::string& directory) {
  std::size_t records_max = 16384;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> records_max;
  const auto name = [&](std::size_t number) { return directory + "/overflow-" + std::to_string(number); };
  // First what does not collapse, then records to be had at little cost: two names in turn, for the kernel drops a
  // record that is like the one before it.
  constexpr std::size_t kDistinct = 1500;
  for (std::size_t number = 2; number < kDistinct; ++number) write_to(name(number), 0);
  for (const std::size_t number : {0, 1}) write_to(name(number), 0);
  // And more, for a reader may take some before it is full.
  for (std::size_t records = 0; records < records_max + 8192; ++records) {
    ::chmod(name(records % 2).c_str(), 0600 + records / 2 % 2);
  }
  for (const std::size_t number : {0, 1}) ::unlink(name(number).c_str());
}

}  // namespace vigil::testing
