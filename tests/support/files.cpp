#include "support/files.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <thread>

namespace vigil::testing {

namespace {

void demand(bool done, const char* what, const std::string& path) {
  if (done) return;
  std::perror((std::string(what) + ' ' + path).c_str());
  std::abort();
}

void write_to(const std::string& path, std::string_view text, int flags) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
  demand(file != -1, "open", path);
  // Without text nothing is written: the file is only created or emptied.
  demand(text.empty() || ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "write", path);
  ::close(file);
}

std::timespec coarse_time() {
  std::timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now;
}

}  // namespace

void write_file(const std::string& path, std::string_view text) { write_to(path, text, O_TRUNC); }

void append_to(const std::string& path, std::string_view text) { write_to(path, text, O_APPEND); }

void make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  errno = error.value();
  demand(!error, "mkdir -p", path);
}

void make_fifo(const std::string& path) { demand(::mkfifo(path.c_str(), 0644) == 0, "mkfifo", path); }

void move(const std::string& from, const std::string& to) {
  demand(std::rename(from.c_str(), to.c_str()) == 0, "rename", from);
}

void exchange_entries(const std::string& one, const std::string& other) {
  demand(::syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0, "exchange",
         one);
}

void remove(const std::string& path) {
  std::error_code error;
  const auto count = std::filesystem::remove_all(path, error);
  errno = error.value();
  demand(!error && count > 0, "rm -r", path);
}

void change_mode(const std::string& path, unsigned mode) { demand(::chmod(path.c_str(), mode) == 0, "chmod", path); }

void save_atomically(const std::string& path, std::string_view text) {
  write_file(path + ".new", text);
  move(path + ".new", path);
}

void let_clock_of_files_tick() {
  // Some file systems stamp by the fine clock (multigrain timestamps, Linux 6.13), which runs ahead of the coarse one.
  std::timespec begin{};
  ::clock_gettime(CLOCK_REALTIME, &begin);
  const auto is_later = [&](const std::timespec& time) {
    return time.tv_sec != begin.tv_sec ? time.tv_sec > begin.tv_sec : time.tv_nsec > begin.tv_nsec;
  };
  while (!is_later(coarse_time())) std::this_thread::yield();
}

}  // namespace vigil::testing
