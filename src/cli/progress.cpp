#include "cli/progress.hpp"

#include "cli/format.hpp"
#include "cli/system.hpp"
#include "cli/visible.hpp"

#include <algorithm>
#include <utility>

namespace vigil::cli {
namespace {

constexpr std::chrono::milliseconds kInterval{100};

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

std::size_t characters_of(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_character));
}

}  // namespace

Progress::Progress(Descriptor terminal, std::string_view path, std::function<std::size_t()> count,
                   std::chrono::milliseconds patience)
    : terminal_(terminal),
      obeys_escapes_(obeys_escapes(terminal)),
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
  show_line({});
  if (!obeys_escapes_) write_all(terminal_, "\r");
}

// From the first column on, with nothing to the right of it.
void Progress::show_line(std::string_view text) const {
  std::string line = "\r";
  line += text;
  if (obeys_escapes_) {
    line += "\x1b[K";
  } else {
    const std::size_t taken = characters_of(text) + 1;
    const std::size_t columns = columns_of(terminal_);
    if (columns > taken) line.append(columns - taken, ' ');
  }
  write_all(terminal_, line);
}

void Progress::show() const {
  const std::string entries = with_thousands_separated(count_());
  // A line that wraps could not be rewritten, and one that fills the last column wraps on some terminals.
  const std::size_t taken = std::string_view("listing :  entries").size() + entries.size() + 1;
  const std::size_t columns = columns_of(terminal_);
  const std::size_t left = columns > taken + 3 ? columns - taken : 3;
  show_line(formatted("listing {}: {} entries", shortened(path_, left), entries));
}

std::string with_thousands_separated(std::uint64_t number) {
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
