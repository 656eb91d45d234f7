#include "fake/real_file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>

namespace vigil::fake {
namespace {

int error_of(long result) { return result == -1 ? errno : 0; }

}  // namespace

int RealFileSystem::make_directory(const std::string& path) { return error_of(::mkdir((top_ + path).c_str(), 0755)); }

int RealFileSystem::remove_directory(const std::string& path) { return error_of(::rmdir((top_ + path).c_str())); }

int RealFileSystem::make_fifo(const std::string& path) { return error_of(::mkfifo((top_ + path).c_str(), 0755)); }

int RealFileSystem::make_link(const std::string& target, const std::string& path) {
  // An absolute target means the top, wherever that is.
  const std::string real_target = target.starts_with('/') ? top_ + target : target;
  return error_of(::symlink(real_target.c_str(), (top_ + path).c_str()));
}

int RealFileSystem::make_hard_link(const std::string& old_path, const std::string& path) {
  return error_of(::link((top_ + old_path).c_str(), (top_ + path).c_str()));
}

int RealFileSystem::remove(const std::string& path) { return error_of(::unlink((top_ + path).c_str())); }

int RealFileSystem::rename(const std::string& from, const std::string& to) {
  return error_of(::rename((top_ + from).c_str(), (top_ + to).c_str()));
}

int RealFileSystem::exchange(const std::string& one, const std::string& other) {
  return error_of(::renameat2(AT_FDCWD, (top_ + one).c_str(), AT_FDCWD, (top_ + other).c_str(), RENAME_EXCHANGE));
}

int RealFileSystem::change_mode(const std::string& path, unsigned mode) {
  return error_of(::chmod((top_ + path).c_str(), mode));
}

int RealFileSystem::set_times(const std::string& path, std::chrono::seconds time, bool both) {
  const timespec times[] = {{time.count(), both ? 0 : UTIME_OMIT}, {time.count(), 0}};
  return error_of(::utimensat(AT_FDCWD, (top_ + path).c_str(), times, 0));
}

int RealFileSystem::truncate(const std::string& path) { return error_of(::truncate((top_ + path).c_str(), 0)); }

int RealFileSystem::write_text(const std::string& path, const std::string& text) {
  const sys::Outcome<int> file = open(path, Access::write, true);
  if (!file) return file.error;
  const int error = error_of(::write(file.value, text.data(), text.size()));
  close(file.value);
  return error;
}

sys::Outcome<int> RealFileSystem::open(const std::string& path, Access access, bool truncate) {
  struct stat status {};
  if (::stat((top_ + path).c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return sys::Outcome<int>::failure(ENXIO);
  const int access_flags = access == Access::read ? O_RDONLY : O_WRONLY | O_CREAT | (truncate ? O_TRUNC : 0);
  const int file = ::open((top_ + path).c_str(), access_flags | O_CLOEXEC, 0755);
  if (file == -1) return sys::Outcome<int>::failure(errno);
  return {file};
}

int RealFileSystem::close(int file) { return error_of(::close(file)); }

int RealFileSystem::read(int file) {
  char byte = 0;
  return error_of(::read(file, &byte, 1));
}

int RealFileSystem::write(int file) { return error_of(::write(file, "x", 1)); }

int RealFileSystem::truncate(int file) { return error_of(::ftruncate(file, 0)); }

int RealFileSystem::change_mode(int file, unsigned mode) { return error_of(::fchmod(file, mode)); }

}  // namespace vigil::fake
