#include "cli/human_writer.hpp"

#include "cli/format.hpp"
#include "cli/paths.hpp"
#include "cli/visible.hpp"

#include <iterator>

namespace vigil::cli {
namespace {

// The longest name of a kind is "attributes".
constexpr std::size_t kKindWidth = 10;

constexpr std::string_view kNoColor = "\x1b[0m";

// The escape sequence that turns a color on; empty for the terminal's own.
std::string_view color_of(Kind kind) {
  switch (kind) {
    case Kind::created:
    case Kind::restored: return "\x1b[32m";  // green
    case Kind::removed:
    case Kind::lost:
    case Kind::error: return "\x1b[31m";     // red
    case Kind::modified: return "\x1b[33m";  // yellow
    case Kind::renamed: return "\x1b[36m";   // cyan
    case Kind::rescan:
    case Kind::degraded: return "\x1b[35m";  // magenta
    case Kind::ready:
    case Kind::live: return "\x1b[1m";  // bold
    case Kind::attributes:
    case Kind::closed:
    case Kind::opened:
    case Kind::accessed: break;
  }
  return {};
}

// What a notice means, for those that come without a reason.
std::string_view meaning_of(Kind kind) {
  switch (kind) {
    case Kind::live: return "up to date";
    case Kind::lost: return "gone; waiting for it";
    case Kind::restored: return "back";
    default: return {};
  }
}

}  // namespace

HumanWriter::HumanWriter(std::string directory, bool colored, std::function<std::string(int pid)> name_of_process)
    : directory_(std::move(directory)), colored_(colored), name_of_process_(std::move(name_of_process)) {}

void HumanWriter::write(const Event& event, Output& output) {
  line(event);
  line_ += '\n';
  output.append(line_);
}

std::string_view HumanWriter::line(const Event& event) {
  line_.clear();
  append_kind(event.kind);
  append_path(event.kind == Kind::renamed ? event.from : event.path, event.type);
  if (is_change(event.kind)) {
    append_change(event);
    if (name_of_process_ && event.pid != 0) append_process(event.pid);
  } else {
    append_notice(event);
  }
  return line_;
}

void HumanWriter::append_kind(Kind kind) {
  const std::string_view color = colored_ ? color_of(kind) : std::string_view{};
  const std::string_view name = to_string(kind);
  line_ += color;
  line_ += name;
  if (!color.empty()) line_ += kNoColor;
  line_.append(kKindWidth + 1 - name.size(), ' ');
}

void HumanWriter::append_path(std::string_view path, EntryType type) {
  append_visible(line_, relative_path(path, directory_));
  if (type == EntryType::directory && line_.back() != '/' && line_.back() != kSeparator) line_ += kSeparator;
}

void HumanWriter::append_change(const Event& event) {
  if (event.kind != Kind::renamed) return;
  line_ += " -> ";
  append_path(event.path, event.type);
  if (event.replaced) line_ += " (replaced)";
}

void HumanWriter::append_process(int pid) {
  line_ += "  by ";
  append_visible(line_, name_of_process_(pid));
  append_formatted(line_, " ({})", pid);
}

void HumanWriter::append_notice(const Event& event) {
  if (!event.backend.empty()) {
    line_ += " (";
    append_visible(line_, event.backend);
    line_ += ')';
  }
  const std::string_view words = event.reason.empty() ? meaning_of(event.kind) : event.reason;
  if (words.empty() && event.code == 0) return;
  // An error of the watcher as a whole has no path.
  if (!event.path.empty()) line_ += ": ";
  if (!words.empty()) {
    append_visible(line_, words);
  } else {
    append_formatted(line_, "error {}", event.code);
  }
}

}  // namespace vigil::cli
