#include "base/unique_fd.hpp"
#include "sys/error_codes.hpp"
#include "sys/retry.hpp"
#include "sys/whole_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

namespace vigil::sys {

const int kBusy = EBUSY;

namespace {

using base::UniqueFd;
using Text = Outcome<std::string>;

constexpr int kAttemptsMax = 16;
constexpr std::size_t kPiece = std::size_t{128} << 10;

struct Free {
  void operator()(char* text) const { ::free(text); }
};

// Where the file is, or is to be: links at the path are followed.
std::string without_link(const std::string& path) {
  const std::unique_ptr<char, Free> resolved(::realpath(path.c_str(), nullptr));
  return resolved ? std::string(resolved.get()) : path;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// The unfinished file, empty, and ours alone. Whoever was quicker may have given it its name just before it was locked.
int open_unfinished(const std::string& path, UniqueFd& file) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    file.reset(uninterrupted([&] { return ::open(path.c_str(), flags, S_IRUSR | S_IWUSR); }));
    if (!file) return errno;
    struct stat opened {};
    struct stat named {};
    if (::fstat(file.get(), &opened) != 0) return errno;
    if (!S_ISREG(opened.st_mode) || opened.st_uid != ::geteuid()) return EEXIST;
    if (uninterrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
      return errno == EWOULDBLOCK ? EBUSY : errno;
    }
    if (::lstat(path.c_str(), &named) == 0 && is_same_file(opened, named)) {
      return uninterrupted([&] { return ::ftruncate(file.get(), 0); }) == 0 ? 0 : errno;
    }
  }
  return EBUSY;
}

int write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = uninterrupted([&] { return ::write(file, bytes.data(), bytes.size()); });
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// So that its new name is there after the power has failed. Some file systems know no such thing.
void write_through(const std::string& directory) {
  const UniqueFd open(uninterrupted([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (open) (void)uninterrupted([&] { return ::fsync(open.get()); });
}

int finish(int file, const std::string& unfinished, const std::string& target, std::string_view bytes) {
  if (const int error = write_all(file, bytes); error != 0) return error;
  if (struct stat before{}; ::stat(target.c_str(), &before) == 0) {
    if (!S_ISREG(before.st_mode)) return EEXIST;
    if (::fchmod(file, before.st_mode & 0777) != 0) return errno;
  }
  if (uninterrupted([&] { return ::fsync(file); }) != 0) return errno;
  return ::rename(unfinished.c_str(), target.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Text read_whole_file(const std::string& path, std::size_t size_max) {
  // A pipe without a writer would have this wait.
  const UniqueFd file(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!file) return Text::failure(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return Text::failure(errno);
  if (S_ISDIR(status.st_mode)) return Text::failure(EISDIR);
  if (!S_ISREG(status.st_mode)) return Text::failure(kNotWatchable);
  std::string bytes;
  // One more than it is said to have, so that the end shows.
  std::size_t room = static_cast<std::size_t>(status.st_size) + 1;
  for (std::size_t size = 0;; room = size + 65536) {
    if (size > size_max || room > size_max + 1) return Text::failure(kNoMemory);
    bytes.resize(room);
    while (size < bytes.size()) {
      const ssize_t got = uninterrupted([&] { return ::read(file.get(), bytes.data() + size, bytes.size() - size); });
      if (got < 0) return Text::failure(errno);
      if (got == 0) {
        bytes.resize(size);
        return {std::move(bytes)};
      }
      size += static_cast<std::size_t>(got);
    }
  }
}

int read_in_pieces(const std::string& path, const std::function<void(std::string_view)>& take) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY;
  const UniqueFd file(uninterrupted([&] { return ::open(path.c_str(), flags); }));
  if (!file) return errno;
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return kNotWatchable;
  std::string piece(kPiece, '\0');
  while (true) {
    const ssize_t got = uninterrupted([&] { return ::read(file.get(), piece.data(), piece.size()); });
    if (got < 0) return errno;
    if (got == 0) return 0;
    take(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
  }
}

int replace_whole_file(const std::string& path, std::string_view bytes) {
  const std::string target = without_link(path);
  const std::string unfinished = target + std::string(kUnfinished);
  UniqueFd file;
  if (const int error = open_unfinished(unfinished, file); error != 0) return error;
  if (const int error = finish(file.get(), unfinished, target, bytes); error != 0) {
    (void)::unlink(unfinished.c_str());
    return error;
  }
  write_through(directory_of(target));
  return 0;
}

}  // namespace vigil::sys
