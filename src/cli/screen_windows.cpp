#include "cli/screen.hpp"

#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "cli/columns.hpp"

#include <windows.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

constexpr WORD kPlain = FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE;

const ScreenLine kEmpty;

WORD attributes_of(Style style) {
  switch (style) {
    case Style::plain: return kPlain;
    case Style::strong: return kPlain | FOREGROUND_INTENSITY;
    case Style::faint: return FOREGROUND_INTENSITY;
    case Style::title:
    case Style::selected: return BACKGROUND_RED | BACKGROUND_GREEN | BACKGROUND_BLUE;
    case Style::warning: break;
  }
  return FOREGROUND_RED | FOREGROUND_BLUE | FOREGROUND_INTENSITY;
}

KeyPress key_of(const KEY_EVENT_RECORD& event) {
  using Key = KeyPress::Key;
  switch (event.wVirtualKeyCode) {
    case VK_UP: return {Key::up};
    case VK_DOWN: return {Key::down};
    case VK_LEFT: return {Key::left};
    case VK_RIGHT: return {Key::right};
    case VK_PRIOR: return {Key::page_up};
    case VK_NEXT: return {Key::page_down};
    case VK_HOME: return {Key::home};
    case VK_END: return {Key::end};
    case VK_RETURN: return {Key::enter};
    case VK_BACK: return {Key::backspace};
    case VK_TAB: return {Key::tab};
    case VK_ESCAPE: return {Key::escape};
    default: break;
  }
  const auto character = static_cast<char32_t>(event.uChar.UnicodeChar);
  if (character == 0) return {Key::other};
  return {Key::character, character};
}

// What gives the console back.
struct Rescue {
  std::atomic<bool> armed = false;
  HANDLE input = nullptr;
  HANDLE output = nullptr;
  DWORD mode = 0;
};
Rescue rescue;

LONG WINAPI on_crash(EXCEPTION_POINTERS*) {
  Screen::restore_in_haste();
  return EXCEPTION_CONTINUE_SEARCH;
}

// Draws on a screen buffer of its own, which is shown in the place of the console's as long as it is there.
class Console final : public Screen {
 public:
  Console(HANDLE input, HANDLE output, DWORD mode) : input_(input), output_(output), mode_(mode) {}

  ~Console() override {
    if (!buffer_) return;
    Screen::restore_in_haste();
    ::SetUnhandledExceptionFilter(filter_before_);
  }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  ScreenSize size() override {
    CONSOLE_SCREEN_BUFFER_INFO information{};
    if (::GetConsoleScreenBufferInfo(buffer_ ? buffer_.get() : output_, &information) == 0) return {};
    const SMALL_RECT& window = information.srWindow;
    return {static_cast<std::size_t>(std::max(window.Right - window.Left + 1, 1)),
            static_cast<std::size_t>(std::max(window.Bottom - window.Top + 1, 1))};
  }

  void draw(const std::vector<ScreenLine>& lines) override {
    if (!buffer_ && !begin()) return;
    const ScreenSize now = size();
    if (drawn_ != now) shown_.clear();
    shown_.resize(now.lines);
    CONSOLE_SCREEN_BUFFER_INFO information{};
    if (::GetConsoleScreenBufferInfo(buffer_.get(), &information) == 0) return;
    for (std::size_t index = 0; index < now.lines; ++index) {
      const ScreenLine& line = index < lines.size() ? lines[index] : kEmpty;
      if (shown_[index] == line) continue;
      draw_line(line, static_cast<SHORT>(information.srWindow.Top + static_cast<int>(index)), now.columns);
      shown_[index] = line;
    }
    drawn_ = now;
  }

  void wait(Descriptor other, std::optional<steady_clock::time_point> until) override {
    DWORD milliseconds = INFINITE;
    if (until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - steady_clock::now());
      milliseconds = static_cast<DWORD>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }
    const HANDLE causes[] = {input_, other};
    if (::WaitForMultipleObjects(2, causes, FALSE, milliseconds) == WAIT_OBJECT_0) take_input();
  }

  std::optional<KeyPress> next_key() override {
    if (keys_.empty()) return std::nullopt;
    const KeyPress key = keys_.front();
    keys_.pop_front();
    return key;
  }

  bool take_change() override { return std::exchange(changed_, false) || (drawn_ && *drawn_ != size()); }
  bool is_gone() const override { return is_gone_; }

 private:
  bool begin() {
    buffer_.reset(::CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                              CONSOLE_TEXTMODE_BUFFER, nullptr));
    is_gone_ = !buffer_;
    if (is_gone_) return false;
    rescue.input = input_;
    rescue.output = output_;
    rescue.mode = mode_;
    rescue.armed = true;
    filter_before_ = ::SetUnhandledExceptionFilter(on_crash);
    // Ctrl-C stays what it is everywhere.
    ::SetConsoleMode(input_, ENABLE_PROCESSED_INPUT | ENABLE_WINDOW_INPUT);
    CONSOLE_CURSOR_INFO cursor{.dwSize = 100, .bVisible = FALSE};
    ::SetConsoleCursorInfo(buffer_.get(), &cursor);
    ::SetConsoleMode(buffer_.get(), 0);  // text is text, and goes on at no edge
    ::SetConsoleActiveScreenBuffer(buffer_.get());
    return true;
  }

  // Each console has its own mind of which characters are wide: where the text ended is asked.
  void draw_line(const ScreenLine& line, SHORT row, std::size_t columns) {
    ::SetConsoleCursorPosition(buffer_.get(), COORD{0, row});
    std::size_t taken = 0;
    for (const Span& span : line.spans) {
      const std::optional<std::u16string> text = base::to_utf16(span.text);
      if (!text) continue;
      taken += columns_of_text(span.text);
      ::SetConsoleTextAttribute(buffer_.get(), attributes_of(span.style));
      DWORD written = 0;
      ::WriteConsoleW(buffer_.get(), text->data(), static_cast<DWORD>(text->size()), &written, nullptr);
    }
    // Where a line is full, the cursor is in its last column or anywhere.
    CONSOLE_SCREEN_BUFFER_INFO information{};
    if (taken >= columns || ::GetConsoleScreenBufferInfo(buffer_.get(), &information) == 0) return;
    const COORD end = information.dwCursorPosition;
    if (end.Y != row || static_cast<std::size_t>(end.X) >= columns) return;
    DWORD filled = 0;
    const auto left = static_cast<DWORD>(columns - static_cast<std::size_t>(end.X));
    ::FillConsoleOutputCharacterW(buffer_.get(), L' ', left, end, &filled);
    ::FillConsoleOutputAttribute(buffer_.get(), attributes_of(line.rest), left, end, &filled);
  }

  void take_input() {
    INPUT_RECORD records[64];
    DWORD count = 0;
    if (::ReadConsoleInputW(input_, records, 64, &count) == 0) {
      is_gone_ = true;
      return;
    }
    for (DWORD index = 0; index < count; ++index) {
      const INPUT_RECORD& record = records[index];
      if (record.EventType == WINDOW_BUFFER_SIZE_EVENT) changed_ = true;
      if (record.EventType == KEY_EVENT && record.Event.KeyEvent.bKeyDown != 0) {
        keys_.push_back(key_of(record.Event.KeyEvent));
      }
    }
  }

  HANDLE input_;
  HANDLE output_;
  DWORD mode_;
  base::UniqueHandle buffer_;
  LPTOP_LEVEL_EXCEPTION_FILTER filter_before_ = nullptr;
  std::vector<ScreenLine> shown_;
  std::deque<KeyPress> keys_;
  std::optional<ScreenSize> drawn_;
  bool changed_ = false;
  bool is_gone_ = false;
};

Error refuse(const char* reason) {
  return {ErrorCode::invalid_argument, std::string(reason) + "; vigil stat counts without one"};
}

}  // namespace

Result<std::unique_ptr<Screen>> Screen::open() {
  DWORD mode = 0;
  const HANDLE output = ::GetStdHandle(STD_OUTPUT_HANDLE);
  if (::GetConsoleMode(output, &mode) == 0) {
    return refuse("top draws on a terminal, and the standard output is none");
  }
  const HANDLE input = ::GetStdHandle(STD_INPUT_HANDLE);
  if (::GetConsoleMode(input, &mode) == 0) {
    return refuse("top reads keys from a terminal, and the standard input is none");
  }
  return std::unique_ptr<Screen>(new Console(input, output, mode));
}

void Screen::restore_in_haste() {
  if (!rescue.armed.exchange(false)) return;
  ::SetConsoleActiveScreenBuffer(rescue.output);
  ::SetConsoleMode(rescue.input, rescue.mode);
}

}  // namespace vigil::cli
