#include "support/raw_files.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <thread>

namespace vigil::testing::raw {

bool write(const std::string& path, std::string_view text, Write how) {
  const int flags = how == Write::anew ? O_TRUNC : how == Write::behind ? O_APPEND : 0;
  // A pipe without a reader is not waited for.
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags, 0644);
  if (file == -1) return false;
  // Without text nothing is written: the file is only created or emptied.
  const bool done = text.empty() || ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return done;
}

bool truncate(const std::string& path) { return ::truncate(path.c_str(), 0) == 0; }

bool make_directory(const std::string& path) { return ::mkdir(path.c_str(), 0755) == 0; }

bool make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  errno = error.value();
  return !error;
}

bool remove_file(const std::string& path) { return ::unlink(path.c_str()) == 0; }

bool remove_directory(const std::string& path) { return ::rmdir(path.c_str()) == 0; }

bool remove_all(const std::string& path) {
  std::error_code error;
  const auto count = std::filesystem::remove_all(path, error);
  errno = error ? error.value() : ENOENT;
  return !error && count > 0;
}

bool rename(const std::string& from, const std::string& to) { return std::rename(from.c_str(), to.c_str()) == 0; }

bool exchange(const std::string& one, const std::string& other) {
  return ::syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

bool symbolic_link(const std::string& target, const std::string& path) {
  return ::symlink(target.c_str(), path.c_str()) == 0;
}

bool hard_link(const std::string& target, const std::string& path) { return ::link(target.c_str(), path.c_str()) == 0; }

bool make_fifo(const std::string& path) { return ::mkfifo(path.c_str(), 0644) == 0; }

bool open_fifo(const std::string& path) {
  const int fifo = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fifo != -1) ::close(fifo);
  return fifo != -1;
}

bool change_mode(const std::string& path, unsigned mode) { return ::chmod(path.c_str(), mode) == 0; }

bool change_times(const std::string& path, std::int64_t accessed, std::int64_t written) {
  const timespec times[] = {{static_cast<std::time_t>(accessed), 0}, {static_cast<std::time_t>(written), 0}};
  return ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0;
}

void survive_broken_pipes() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

std::string last_error() { return std::strerror(errno); }

const std::vector<std::string>& names() {
  // One that is not UTF-8 and one that breaks lines are names like any other.
  static const std::vector<std::string> names = {"a", "b", "c", "d", "ab", "\xff\xfe", "new\nline"};
  return names;
}

std::string place_for_temporary_directories() { return std::filesystem::temp_directory_path().string(); }

std::string make_temporary_directory(const std::string& where) {
  std::string pattern = (std::filesystem::canonical(where) / "vigil-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  return pattern;
}

void let_clock_of_files_tick() {
  // Some file systems stamp by the fine clock (multigrain timestamps, Linux 6.13), which runs ahead of the coarse one.
  std::timespec begin{};
  ::clock_gettime(CLOCK_REALTIME, &begin);
  const auto is_later = [&](const std::timespec& time) {
    return time.tv_sec != begin.tv_sec ? time.tv_sec > begin.tv_sec : time.tv_nsec > begin.tv_nsec;
  };
  const auto coarse_time = [] {
    std::timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now;
  };
  while (!is_later(coarse_time())) std::this_thread::yield();
}

}  // namespace vigil::testing::raw
