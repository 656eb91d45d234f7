#include "cli/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vigil::cli {
namespace {

// As much as a pipe holds by default: more would only wait.
constexpr std::size_t kBufferSize = std::size_t{64} << 10;

void wait_until_writable(int descriptor) {
  pollfd poll_descriptor{.fd = descriptor, .events = POLLOUT, .revents = 0};
  ::poll(&poll_descriptor, 1, -1);
}

}  // namespace

int write_all(int descriptor, std::string_view text) {
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

Output::Output(int descriptor)
    : descriptor_(descriptor), capacity_(kBufferSize), buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {}

char* Output::reserve(std::size_t size) {
  if (size > capacity_ - used_) {
    flush();
    if (size > capacity_) {
      buffer_ = std::make_unique_for_overwrite<char[]>(size);
      capacity_ = size;
    }
  }
  return buffer_.get() + used_;
}

void Output::commit(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.get()); }

void Output::append(std::string_view text) {
  char* room = reserve(text.size());
  if (!text.empty()) std::memcpy(room, text.data(), text.size());
  commit(room + text.size());
}

bool Output::flush() {
  if (error_ == 0) error_ = write_all(descriptor_, {buffer_.get(), used_});
  used_ = 0;
  return error_ == 0;
}

}  // namespace vigil::cli
