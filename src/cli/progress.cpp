#include "cli/progress.hpp"

#include "cli/output.hpp"
#include "cli/visible.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>

#include <utility>

namespace vigil::cli {
namespace {

constexpr std::chrono::milliseconds kInterval{100};

// To the first column, and nothing to the right of it.
constexpr std::string_view kClearLine = "\r\x1b[K";

std::size_t columns_of(int terminal) {
  winsize size{};
  if (::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

Progress::Progress(int terminal, std::string_view path, std::function<std::size_t()> count,
                   std::chrono::milliseconds patience)
    : terminal_(terminal),
      path_(visible(path)),
      count_(std::move(count)),
      thread_([this, patience] { run(patience); }) {}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Progress::run(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto finished_within = [&](std::chrono::milliseconds time) {
    return changed_.wait_for(lock, time, [this] { return finished_; });
  };
  if (finished_within(patience)) return;
  do {
    lock.unlock();
    show();
    lock.lock();
  } while (!finished_within(kInterval));
  write_all(terminal_, kClearLine);
}

void Progress::show() const {
  const std::string entries = with_thousands_separated(count_());
  // A line that wraps could not be rewritten, and one that fills the last column wraps on some terminals.
  const std::size_t taken = std::string_view("listing :  entries").size() + entries.size() + 1;
  const std::size_t columns = columns_of(terminal_);
  const std::size_t left = columns > taken + 3 ? columns - taken : 3;
  write_all(terminal_, fmt::format("\rlisting {}: {} entries\x1b[K", shortened(path_, left), entries));
}

std::string with_thousands_separated(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

std::string shortened(std::string_view text, std::size_t characters_max) {
  constexpr std::string_view kDots = "...";
  std::size_t characters = 0;
  std::size_t dotted_begin = text.size();
  for (std::size_t at = text.size(); at > 0; --at) {
    if (continues_character(text[at - 1])) continue;
    ++characters;
    if (characters + kDots.size() <= characters_max) dotted_begin = at - 1;
  }
  if (characters <= characters_max) return std::string(text);
  return std::string(kDots).append(text.substr(dotted_begin));
}

}  // namespace vigil::cli
