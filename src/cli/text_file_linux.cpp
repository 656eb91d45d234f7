#include "base/unique_fd.hpp"
#include "cli/format.hpp"
#include "cli/text_file.hpp"
#include "sys/error_codes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vigil::cli {
namespace {

Error error_of(const std::string& path, int code) {
  const ErrorCode meaning = code == ENOENT || code == ENOTDIR ? ErrorCode::not_found : ErrorCode::system;
  return {meaning, formatted("cannot read '{}': {}", path, sys::words_of(code)), code};
}

Result<TextFile> read_to_end(int descriptor, const std::string& name, std::size_t bytes_max) {
  TextFile result;
  char buffer[16 * 1024];
  while (result.text.size() <= bytes_max) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count == 0) return result;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_of(name, errno);
    result.text.append(buffer, static_cast<std::size_t>(count));
  }
  return Error(ErrorCode::limit_reached, formatted("'{}' is larger than {} bytes", name, bytes_max));
}

}  // namespace

Result<TextFile> read_standard_input(std::size_t bytes_max) {
  return read_to_end(STDIN_FILENO, "standard input", bytes_max);
}

Result<TextFile> read_text_file(const std::string& path, std::size_t bytes_max) {
  // A pipe without a writer is not waited for.
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return error_of(path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return error_of(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(ErrorCode::not_watchable, formatted("'{}' is no file", path));
  Result<TextFile> result = read_to_end(file.get(), path, bytes_max);
  if (result) result->is_trusted = status.st_uid == ::geteuid() || status.st_uid == 0;
  return result;
}

}  // namespace vigil::cli
