#include "cli/json_writer.hpp"

#include "cli/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

namespace vigil::cli {
namespace {

// All functions that append fill memory from `out` on and return its new end. JsonWriter::write() reserves room enough
// for the worst case, so that none of them needs to look.

char* append(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

template <typename Integer>
char* append_integer(char* out, Integer value) {
  return std::to_chars(out, out + std::numeric_limits<Integer>::digits10 + 2, value).ptr;
}

constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t value = 0; value < 100; ++value) {
    pairs[2 * value] = static_cast<char>('0' + value / 10);
    pairs[2 * value + 1] = static_cast<char>('0' + value % 10);
  }
  return pairs;
}();

char* append_two_digits(char* out, std::uint32_t value) {
  std::memcpy(out, kDigitPairs.data() + std::size_t{2} * value, 2);
  return out + 2;
}

// --- strings ---

constexpr std::uint64_t in_every_byte(std::uint8_t byte) { return 0x0101010101010101u * byte; }

// Whether one of eight bytes is a control character, a quote, a backslash or beyond ASCII. The high bit of a byte is
// borrowed to show that a subtraction went below zero; a borrow from a neighbour can only come from a byte that is a
// hit itself.
bool needs_care(std::uint64_t word) {
  const auto borrows = [](std::uint64_t value, std::uint8_t limit) { return (value - in_every_byte(limit)) & ~value; };
  const std::uint64_t hits =
      borrows(word, 0x20) | borrows(word ^ in_every_byte('"'), 1) | borrows(word ^ in_every_byte('\\'), 1) | word;
  return (hits & in_every_byte(0x80)) != 0;
}

// Copies text up to the first eight bytes that need care, all of it as a rule, and returns how far it came.
std::size_t copy_plain(char* out, std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t word = 0;
  std::size_t done = 0;
  const auto copy_word = [&](std::size_t at) {
    std::memcpy(&word, text.data() + at, kWord);
    if (needs_care(word)) return false;
    std::memcpy(out + at, &word, kWord);
    return true;
  };
  for (; text.size() - done >= kWord; done += kWord) {
    if (!copy_word(done)) return done;
  }
  // The last word may overlap the one before: cheaper than single bytes.
  if (done > 0 && done < text.size() && copy_word(text.size() - kWord)) return text.size();
  return done;
}

char* append_escape(char* out, char character) {
  switch (character) {
    case '"': return append(out, "\\\"");
    case '\\': return append(out, "\\\\");
    case '\n': return append(out, "\\n");
    case '\t': return append(out, "\\t");
    case '\r': return append(out, "\\r");
    case '\b': return append(out, "\\b");
    case '\f': return append(out, "\\f");
    default: break;
  }
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  out = append(out, "\\u00");
  *out++ = kHexDigits[static_cast<std::uint8_t>(character) >> 4];
  *out++ = kHexDigits[static_cast<std::uint8_t>(character) & 0x0F];
  return out;
}

char* append_character(char* out, std::string_view text, std::size_t& size, bool& valid) {
  const char first = text.front();
  size = 1;
  if (static_cast<std::uint8_t>(first) < 0x80) {
    if (first >= 0x20 && first != '"' && first != '\\') {
      *out++ = first;
      return out;
    }
    return append_escape(out, first);
  }
  const Utf8Character character = first_character(text);
  size = character.size;
  if (character.valid) return append(out, text.substr(0, size));
  valid = false;
  return append(out, "\xEF\xBF\xBD");
}

// The text between the quotes. `valid` is set to whether it was UTF-8; what is not comes as U+FFFD.
char* append_text(char* out, std::string_view text, bool& valid) {
  valid = true;
  while (true) {
    const std::size_t plain = copy_plain(out, text);
    out += plain;
    text.remove_prefix(plain);
    if (text.empty()) return out;

    std::size_t size = 0;
    out = append_character(out, text, size, valid);
    text.remove_prefix(size);
  }
}

char* append_base64(char* out, std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    const std::size_t size = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t index = 0; index < size; ++index) {
      group |= std::uint32_t{static_cast<std::uint8_t>(bytes[at + index])} << (16 - 8 * index);
    }
    for (std::size_t index = 0; index < 4; ++index) {
      *out++ = index <= size ? kDigits[(group >> (18 - 6 * index)) & 0x3F] : '=';
    }
  }
  return out;
}

char* append_string(char* out, std::string_view text) {
  bool valid = true;
  *out++ = '"';
  out = append_text(out, text, valid);
  *out++ = '"';
  return out;
}

// A path, and what it is exactly under a second key when it is no UTF-8.
char* append_path(char* out, std::string_view path, std::string_view base64_key) {
  bool valid = true;
  *out++ = '"';
  out = append_text(out, path, valid);
  *out++ = '"';
  if (valid) return out;
  out = append(out, base64_key);
  out = append_base64(out, path);
  *out++ = '"';
  return out;
}

// Six bytes for one in a string, four for three in base64, and the keys, numbers and names of a line.
std::size_t size_max(const Event& event) {
  constexpr std::size_t kFixedSize = 512;
  return kFixedSize + 8 * (event.path.size() + event.from.size()) + 6 * (event.reason.size() + event.backend.size());
}

constexpr std::string_view kProcessKey = R"(,"process":)";

char* append_rare_fields(char* out, const Event& event) {
  if (event.kind == Kind::renamed) {
    out = append(out, R"(,"from":)");
    out = append_path(out, event.from, R"(,"from_base64":")");
  }
  if (event.replaced) out = append(out, R"(,"replaced":true)");
  if (event.synthetic) out = append(out, R"(,"synthetic":true)");
  if (!event.backend.empty()) out = append_string(append(out, R"(,"backend":)"), event.backend);
  if (!event.reason.empty()) out = append_string(append(out, R"(,"reason":)"), event.reason);
  if (event.code != 0) out = append_integer(append(out, R"(,"code":)"), event.code);
  if (event.pid != 0) out = append_integer(append(out, R"(,"pid":)"), event.pid);
  return out;
}

}  // namespace

char* TimeText::write(Timestamp time, char* out) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  if (const std::int64_t seconds = whole.time_since_epoch().count(); seconds != seconds_ || text_[0] == '\0') {
    set_seconds(seconds);
  }
  out = append(out, {text_.data(), text_.size()});

  const auto nanoseconds = static_cast<std::uint32_t>((time - whole).count());
  const std::uint32_t high = nanoseconds / 100'000;  // four digits
  const std::uint32_t low = nanoseconds % 100'000;   // five
  out = append_two_digits(out, high / 100);
  out = append_two_digits(out, high % 100);
  out = append_two_digits(out, low / 1000);
  out = append_two_digits(out, low / 10 % 100);
  *out++ = static_cast<char>('0' + low % 10);
  *out++ = 'Z';
  return out;
}

void TimeText::set_seconds(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds moment{std::chrono::seconds{seconds}};
  const auto midnight = floor<days>(moment);
  const year_month_day date{midnight};
  const hh_mm_ss time_of_day{moment - midnight};
  // Nanoseconds in 64 bits end in 2262: four digits are enough.
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()));

  char* out = text_.data();
  out = append_two_digits(out, year / 100);
  out = append_two_digits(out, year % 100);
  *out++ = '-';
  out = append_two_digits(out, static_cast<unsigned>(date.month()));
  *out++ = '-';
  out = append_two_digits(out, static_cast<unsigned>(date.day()));
  *out++ = 'T';
  out = append_two_digits(out, static_cast<std::uint32_t>(time_of_day.hours().count()));
  *out++ = ':';
  out = append_two_digits(out, static_cast<std::uint32_t>(time_of_day.minutes().count()));
  *out++ = ':';
  out = append_two_digits(out, static_cast<std::uint32_t>(time_of_day.seconds().count()));
  *out = '.';
  seconds_ = seconds;
}

JsonWriter::JsonWriter(NameOfProcess name_of_process) : name_of_process_(std::move(name_of_process)) {
  for (std::size_t kind = 0; kind < heads_.size(); ++kind) {
    heads_[kind].append(R"({"kind":")").append(to_string(static_cast<Kind>(kind))).append(R"(","path":)");
  }
  for (std::size_t type = 0; type < types_.size(); ++type) {
    types_[type].append(R"(,"type":")").append(to_string(static_cast<EntryType>(type))).append(R"(","seq":)");
  }
}

void JsonWriter::write(const Event& event, Output& output) {
  const std::string process = name_of_process_ && event.pid != 0 ? name_of_process_(event.pid) : std::string();
  constexpr std::size_t kEscapedMax = 6;  // bytes for one
  char* out = output.reserve(size_max(event) + kProcessKey.size() + 2 + process.size() * kEscapedMax);
  out = append(out, heads_[static_cast<std::size_t>(event.kind)]);
  out = append_path(out, event.path, R"(,"path_base64":")");
  out = append(out, types_[static_cast<std::size_t>(event.type)]);
  out = append_integer(out, event.seq);
  out = append(out, R"(,"time":")");
  out = time_.write(event.time, out);
  *out++ = '"';
  out = append_rare_fields(out, event);
  if (!process.empty()) out = append_string(append(out, kProcessKey), process);
  *out++ = '}';
  *out++ = '\n';
  output.commit(out);
}

}  // namespace vigil::cli
