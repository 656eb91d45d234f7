#include "cli/terminal_state.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace vigil::cli {
namespace {

class ControllingTerminal final : public TerminalState {
 public:
  explicit ControllingTerminal(base::UniqueFd terminal) : terminal_(std::move(terminal)) {}

  void save() override {
    termios settings;
    if (is_ours() && ::tcgetattr(terminal_.get(), &settings) == 0) saved_ = settings;
  }

  void restore() override {
    take_back_from_the_dead();
    if (!saved_ || !is_ours()) return;
    termios settings;
    if (::tcgetattr(terminal_.get(), &settings) != 0 || are_equal(settings, *saved_)) return;
    // At once: what was written last may never be read, on a terminal that is held back with Ctrl-S.
    ::tcsetattr(terminal_.get(), TCSANOW, &*saved_);
  }

  bool is_ours() const override { return ::tcgetpgrp(terminal_.get()) == ::getpgrp(); }

 private:
  static bool are_equal(const termios& left, const termios& right) {
    return left.c_iflag == right.c_iflag && left.c_oflag == right.c_oflag && left.c_cflag == right.c_cflag &&
           left.c_lflag == right.c_lflag && std::memcmp(left.c_cc, right.c_cc, sizeof left.c_cc) == 0;
  }

  // A shell that is killed leaves the terminal to a group without processes.
  void take_back_from_the_dead() {
    const pid_t group = ::tcgetpgrp(terminal_.get());
    if (group <= 0 || group == ::getpgrp()) return;
    if (::kill(-group, 0) != 0 && errno == ESRCH) ::tcsetpgrp(terminal_.get(), ::getpgrp());
  }

  base::UniqueFd terminal_;
  std::optional<termios> saved_;
};

}  // namespace

std::unique_ptr<TerminalState> TerminalState::open() {
  base::UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal || ::tcgetpgrp(terminal.get()) < 0) return nullptr;
  // Both happen in the background too, where a process that does them is stopped unless it says so.
  ::signal(SIGTTOU, SIG_IGN);
  return std::make_unique<ControllingTerminal>(std::move(terminal));
}

}  // namespace vigil::cli
