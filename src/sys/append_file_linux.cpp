#include "base/unique_fd.hpp"
#include "sys/append_file.hpp"
#include "sys/retry.hpp"
#include "sys/whole_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueFd;

class LinuxAppendFile final : public AppendFile {
 public:
  explicit LinuxAppendFile(UniqueFd file) : file_(std::move(file)) {}

  int append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = uninterrupted([&] { return ::write(file_.get(), bytes.data(), bytes.size()); });
      if (written < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }

  int clear() override {
    return uninterrupted([&] { return ::ftruncate(file_.get(), 0); }) == 0 ? 0 : errno;
  }

 private:
  const UniqueFd file_;
};

}  // namespace

Outcome<std::unique_ptr<AppendFile>> open_append_file(const std::string& path) {
  using Failure = Outcome<std::unique_ptr<AppendFile>>;
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  UniqueFd file(uninterrupted([&] { return ::open(path.c_str(), flags, S_IRUSR | S_IWUSR); }));
  if (!file) return Failure::failure(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return Failure::failure(errno);
  if (!S_ISREG(status.st_mode)) return Failure::failure(EEXIST);
  if (uninterrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
    return Failure::failure(errno == EWOULDBLOCK ? kBusy : errno);
  }
  return {std::make_unique<LinuxAppendFile>(std::move(file))};
}

}  // namespace vigil::sys
