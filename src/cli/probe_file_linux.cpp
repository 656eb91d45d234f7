#include "base/unique_fd.hpp"
#include "cli/probe_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace vigil::cli {

int make_probe_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return errno;
  constexpr char kText[] = "vigil\n";
  if (::write(file.get(), kText, sizeof kText - 1) >= 0) return 0;
  const int error = errno;
  (void)remove_probe_file(path);
  return error;
}

int remove_probe_file(const std::string& path) { return ::unlink(path.c_str()) == 0 ? 0 : errno; }

unsigned long process_number() { return static_cast<unsigned long>(::getpid()); }

}  // namespace vigil::cli
