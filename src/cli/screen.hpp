// A whole terminal to draw on. On Linux ncurses, on Windows the console's own functions.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

enum class Style : std::uint8_t { plain, strong, faint, title, warning, selected };

// Text to be seen (see visible.hpp), in one style.
struct Span {
  std::string text;
  Style style = Style::plain;
  bool operator==(const Span&) const = default;
};

struct ScreenLine {
  std::vector<Span> spans{};
  Style rest = Style::plain;  // from the end of the last span to the edge
  bool operator==(const ScreenLine&) const = default;
};

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t lines = 24;
  bool operator==(const ScreenSize&) const = default;
};

struct KeyPress {
  enum class Key : std::uint8_t {
    character,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    backspace,
    tab,
    escape,
    other
  };

  Key key = Key::other;
  char32_t character = 0;  // of Key::character
};

// There is one at a time. The terminal is touched from the first draw() on, and is as it was before when the object
// is destroyed, and also where a signal ends the process that says it has crashed. One thread at a time, but
// restore_in_haste().
class Screen {
 public:
  // To be called before the process has any other thread, which would get the signals. Fails with invalid_argument
  // where the standard input or output is no terminal, or one that text cannot be placed on.
  static Result<std::unique_ptr<Screen>> open();

  virtual ~Screen() = default;

  virtual ScreenSize size() = 0;

  // From the first line on; what is beyond the edges is cut. Lines without text below.
  virtual void draw(const std::vector<ScreenLine>& lines) = 0;

  // Sleeps until a key is pressed, the size has changed, `other` is readable, or the time has come.
  virtual void wait(Descriptor other, std::optional<std::chrono::steady_clock::time_point> until) = 0;

  // The next of the keys that were pressed; never waits.
  virtual std::optional<KeyPress> next_key() = 0;

  // Whether everything is to be drawn anew since the last call: another size, or the process was stopped meanwhile.
  virtual bool take_change() = 0;

  // The terminal is gone: there will be no more keys.
  virtual bool is_gone() const = 0;

  // Gives the terminal back at once, from any thread or signal handler. Nothing may be drawn afterwards.
  static void restore_in_haste();
};

}  // namespace vigil::cli
