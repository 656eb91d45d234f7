#include "cli/system.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

namespace vigil::cli {
namespace {

// A file opened later must not get the number of a standard file that was closed, and its writes. open() takes the
// lowest number that is free. Writing to a standard output that was closed goes on failing.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1) continue;
    ::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void wait_until_writable(int descriptor) {
  pollfd poll_descriptor{.fd = descriptor, .events = POLLOUT, .revents = 0};
  ::poll(&poll_descriptor, 1, -1);
}

}  // namespace

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  occupy_standard_descriptors();
}

std::vector<std::string> arguments_of_process(int count, char** arguments) {
  return {arguments + std::min(count, 1), arguments + count};
}

Descriptor standard_output() { return STDOUT_FILENO; }
Descriptor standard_error() { return STDERR_FILENO; }

int write_all(Descriptor descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Whoever shares the descriptor (a shell, another program of the pipeline) has made it non-blocking.
      wait_until_writable(descriptor);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

bool reader_left(int error) { return error == EPIPE; }

bool is_terminal(Descriptor descriptor) { return ::isatty(descriptor) == 1; }

bool obeys_escapes(Descriptor) {
  const char* terminal = std::getenv("TERM");
  return terminal == nullptr || std::string_view(terminal) != "dumb";
}

std::size_t columns_of(Descriptor terminal) {
  winsize size{};
  if (::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string name_of_process(int pid) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
  return name.empty() ? "?" : name;
}

void end_process(int exit_code) { ::_exit(exit_code); }

}  // namespace vigil::cli
