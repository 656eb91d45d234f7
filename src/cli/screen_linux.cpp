#include "cli/screen.hpp"

#include "base/unique_fd.hpp"
#include "cli/format.hpp"
#include "cli/terminfo_linux.hpp"
#include "cli/utf8.hpp"

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <iterator>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

// Signals that a crash ends with.
constexpr std::array kCrashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// What gives the terminal back, kept where a signal handler finds it.
struct Rescue {
  std::atomic<bool> armed = false;
  termios settings{};
  std::array<char, 256> text{};
  std::size_t size = 0;
  std::array<struct sigaction, kCrashes.size()> before{};
};
Rescue rescue;

void arm_rescue(const std::string& text) {
  rescue.size = std::min(text.size(), rescue.text.size());
  std::copy_n(text.begin(), rescue.size, rescue.text.begin());
  rescue.armed = ::tcgetattr(STDIN_FILENO, &rescue.settings) == 0;
}

// Whatever was to be done about the signal, a sanitizer's report say, is done then.
void on_crash(int signal) {
  Screen::restore_in_haste();
  for (std::size_t index = 0; index < kCrashes.size(); ++index) {
    if (kCrashes[index] == signal) ::sigaction(signal, &rescue.before[index], nullptr);
  }
  ::raise(signal);
}

void watch_for_crashes(bool watch) {
  for (std::size_t index = 0; index < kCrashes.size(); ++index) {
    if (!watch) {
      ::sigaction(kCrashes[index], &rescue.before[index], nullptr);
      continue;
    }
    struct sigaction action {};
    action.sa_handler = on_crash;
    ::sigaction(kCrashes[index], &action, &rescue.before[index]);
  }
}

std::wstring wide(std::string_view text) {
  std::wstring out;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    const auto value = static_cast<wchar_t>(character.value);
    // What the C library does not know would be shown as an escape of another width.
    out += ::wcwidth(value) < 0 ? static_cast<wchar_t>(kReplacementCharacter) : value;
    text.remove_prefix(character.size);
  }
  return out;
}

KeyPress key_of(int code) {
  using Key = KeyPress::Key;
  switch (code) {
    case KEY_UP: return {Key::up};
    case KEY_DOWN: return {Key::down};
    case KEY_LEFT: return {Key::left};
    case KEY_RIGHT: return {Key::right};
    case KEY_PPAGE: return {Key::page_up};
    case KEY_NPAGE: return {Key::page_down};
    case KEY_HOME: return {Key::home};
    case KEY_END: return {Key::end};
    case KEY_ENTER: return {Key::enter};
    case KEY_BACKSPACE: return {Key::backspace};
    default: return {Key::other};
  }
}

KeyPress key_of_character(char32_t character) {
  using Key = KeyPress::Key;
  switch (character) {
    case '\r':
    case '\n': return {Key::enter};
    case '\t': return {Key::tab};
    case 0x08:
    case 0x7F: return {Key::backspace};
    case 0x1B: return {Key::escape};
    default: return {Key::character, character};
  }
}

constexpr short kWarningColors = 1;

class Terminal final : public Screen {
 public:
  Terminal(base::UniqueFd signals, std::string restore) : signals_(std::move(signals)), restore_(std::move(restore)) {}

  ~Terminal() override {
    if (terminal_ == nullptr) return;
    ::endwin();
    rescue.armed = false;
    watch_for_crashes(false);
    ::delscreen(terminal_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  ScreenSize size() override {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
  }

  void draw(const std::vector<ScreenLine>& lines) override {
    if (terminal_ == nullptr) begin();
    const int height = ::getmaxy(stdscr);
    for (int line = 0; line < height; ++line) {
      ::wmove(stdscr, line, 0);
      const auto index = static_cast<std::size_t>(line);
      draw_line(index < lines.size() ? lines[index] : ScreenLine{});
    }
    ::wrefresh(stdscr);
  }

  void wait(Descriptor other, std::optional<steady_clock::time_point> until) override {
    pollfd causes[] = {{.fd = is_gone_ ? -1 : STDIN_FILENO, .events = POLLIN, .revents = 0},
                       {.fd = signals_.get(), .events = POLLIN, .revents = 0},
                       {.fd = other, .events = POLLIN, .revents = 0}};
    int milliseconds = -1;
    if (until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - steady_clock::now());
      milliseconds = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }
    if (::poll(causes, std::size(causes), milliseconds) <= 0) return;
    if ((causes[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) is_gone_ = true;
    if (causes[1].revents != 0) take_signals();
  }

  std::optional<KeyPress> next_key() override {
    if (terminal_ == nullptr || is_gone_) return std::nullopt;
    wint_t character = 0;
    const int result = ::wget_wch(stdscr, &character);
    if (result == ERR) return std::nullopt;
    return result == KEY_CODE_YES ? key_of(static_cast<int>(character)) : key_of_character(character);
  }

  bool take_change() override { return std::exchange(changed_, false); }
  bool is_gone() const override { return is_gone_; }

 private:
  void begin() {
    arm_rescue(restore_);
    terminal_ = ::newterm(nullptr, stdout, stdin);
    watch_for_crashes(true);
    ::set_escdelay(25);
    ::cbreak();
    ::noecho();
    ::nonl();
    ::curs_set(0);
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::typeahead(-1);  // a picture is written in one piece
    const char* const no_color = std::getenv("NO_COLOR");
    has_colors_ = (no_color == nullptr || *no_color == '\0') && ::has_colors() && ::start_color() == OK &&
                  ::use_default_colors() == OK;
    if (has_colors_) ::init_pair(kWarningColors, COLOR_MAGENTA, -1);
    adopt_size();
  }

  attr_t attributes(Style style) const {
    switch (style) {
      case Style::plain: return A_NORMAL;
      case Style::strong: return A_BOLD;
      case Style::faint: return A_DIM;
      case Style::title:
      case Style::selected: return A_REVERSE;
      case Style::warning: break;
    }
    return has_colors_ ? A_BOLD | static_cast<attr_t>(COLOR_PAIR(kWarningColors)) : A_BOLD;
  }

  void draw_line(const ScreenLine& line) {
    for (const Span& span : line.spans) {
      ::wattrset(stdscr, static_cast<int>(attributes(span.style)));
      const std::wstring text = wide(span.text);
      ::waddnwstr(stdscr, text.c_str(), static_cast<int>(text.size()));
    }
    ::wattrset(stdscr, static_cast<int>(attributes(line.rest)));
    if (line.rest == Style::plain) {
      ::wclrtoeol(stdscr);
      return;
    }
    for (int column = ::getcurx(stdscr); column < ::getmaxx(stdscr); ++column) ::waddnwstr(stdscr, L" ", 1);
    ::wattrset(stdscr, A_NORMAL);
  }

  void adopt_size() {
    const ScreenSize now = size();
    ::resizeterm(static_cast<int>(now.lines), static_cast<int>(now.columns));
  }

  void take_signals() {
    signalfd_siginfo information{};
    while (::read(signals_.get(), &information, sizeof information) == sizeof information) {
      if (information.ssi_signo == SIGTSTP) stop_until_continued();
      changed_ = true;
    }
    if (changed_ && terminal_ != nullptr) adopt_size();
  }

  // As the shell expects of who gets Ctrl-Z. Where no shell is there to continue it, the system passes over it.
  void stop_until_continued() {
    if (terminal_ != nullptr) ::endwin();
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(SIGTSTP, &action, nullptr);
    sigset_t stop;
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGTSTP);
    ::raise(SIGTSTP);
    ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
    ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
    if (terminal_ == nullptr) return;
    ::clearok(stdscr, TRUE);
    ::curs_set(0);
  }

  base::UniqueFd signals_;
  std::string restore_;
  SCREEN* terminal_ = nullptr;
  bool has_colors_ = false;
  bool changed_ = false;
  bool is_gone_ = false;
};

Error refuse(std::string reason) {
  return {ErrorCode::invalid_argument, std::move(reason) + "; vigil stat counts without one"};
}

Result<Terminfo> examine_terminal() {
  if (::isatty(STDOUT_FILENO) != 1) return refuse("top draws on a terminal, and the standard output is none");
  if (::isatty(STDIN_FILENO) != 1) return refuse("top reads keys from a terminal, and the standard input is none");
  const char* const type = std::getenv("TERM");
  if (type == nullptr || *type == '\0') return refuse("top needs a terminal whose type TERM tells, and it is not set");
  std::optional<Terminfo> found = look_up_terminal(type);
  if (!found) return refuse(formatted("this system knows no terminal of the type '{}', which TERM tells", type));
  if (found->places_text) return std::move(*found);
  return refuse(
      formatted("on a terminal of the type '{}' text cannot be placed, and top needs one where it can", type));
}

// Names are UTF-8 whatever the locale says, as in the output of the other commands.
void use_utf8() {
  const char* const locale = std::setlocale(LC_CTYPE, "");
  const std::string_view name = locale == nullptr ? "" : locale;
  if (name.find("UTF-8") == std::string_view::npos && name.find("utf8") == std::string_view::npos) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
}

}  // namespace

Result<std::unique_ptr<Screen>> Screen::open() {
  use_utf8();
  Result<Terminfo> terminal = examine_terminal();
  if (!terminal) return terminal.error();
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGWINCH, SIGTSTP}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  base::UniqueFd descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor) {
    const int code = errno;
    return Error(ErrorCode::system, formatted("cannot wait for signals: {}", std::strerror(code)), code);
  }
  return std::unique_ptr<Screen>(new Terminal(std::move(descriptor), std::move(terminal->restore)));
}

void Screen::restore_in_haste() {
  if (!rescue.armed.exchange(false)) return;
  // One that is held up (Ctrl-S) would hold up the end of the process.
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&output, 1, 0) == 1) {
    [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, rescue.text.data(), rescue.size);
  }
  ::tcsetattr(STDIN_FILENO, TCSANOW, &rescue.settings);
}

}  // namespace vigil::cli
