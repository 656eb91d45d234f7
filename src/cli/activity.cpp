#include "cli/activity.hpp"

#include "cli/event_writer.hpp"
#include "cli/paths.hpp"

#include <algorithm>

namespace vigil::cli {
namespace {

using std::chrono::seconds;

bool is_separator(char character) { return character == '/' || character == kSeparator; }

// With the separator at its end; empty for a name alone.
std::string_view parent_of(std::string_view path) {
  while (path.size() > 1 && is_separator(path.back())) path.remove_suffix(1);
  while (!path.empty() && !is_separator(path.back())) path.remove_suffix(1);
  return path;
}

}  // namespace

void Activity::add(const Event& event, Moment now, std::string_view process) {
  if (!is_change(event.kind)) {
    ++notices_[static_cast<std::size_t>(event.kind)];
    return;
  }
  newest_second_ = second(now);
  changes_.add(event.kind);
  lately_[static_cast<std::size_t>(event.kind)].add(newest_second_);
  directories_.add(directory_of(event.path, event.type), event.kind, newest_second_);
  name_ = event.path;
  if (event.type == EntryType::directory && !name_.empty() && !is_separator(name_.back())) name_ += kSeparator;
  files_.add(name_, event.kind, newest_second_);
  if (!process.empty()) processes_.add(process, event.kind, newest_second_, event.pid);
}

void Activity::reset(Moment now) {
  begin_ = now;
  newest_second_ = -1;
  changes_ = {};
  lately_ = {};
  notices_ = {};
  files_.clear();
  directories_.clear();
  processes_.clear();
}

std::int64_t Activity::second(Moment now) const {
  return std::max<std::int64_t>(std::chrono::floor<seconds>(now - begin_).count(), 0);
}

double Activity::rate(Kind kind, Moment now) const {
  return per_second(lately_[static_cast<std::size_t>(kind)].sum(second(now)), now);
}

double Activity::rate(Moment now) const {
  std::uint64_t sum = 0;
  for (const Lately& each : lately_) sum += each.sum(second(now));
  return per_second(sum, now);
}

double Activity::rate(const Busiest::Entry& entry, Moment now) const {
  return per_second(entry.lately.sum(second(now)), now);
}

Activity::Moment Activity::calm() const {
  return newest_second_ < 0 ? begin_ : begin_ + seconds(newest_second_ + Lately::kSeconds);
}

// The window begins with a whole second, so it is up to one second shorter than five.
double Activity::per_second(std::uint64_t count, Moment now) const {
  const double age = std::chrono::duration<double>(now - begin_).count();
  const double window = age - static_cast<double>(std::max<std::int64_t>(second(now) - Lately::kSeconds + 1, 0));
  return static_cast<double>(count) / std::max(window, 1.0);
}

bool Activity::is_root(std::string_view path) const {
  return std::find(roots_.begin(), roots_.end(), path) != roots_.end();
}

std::string_view Activity::directory_of(std::string_view path, EntryType type) {
  if (type != EntryType::directory || !is_root(path)) return parent_of(path);
  name_ = path;
  if (!name_.empty() && !is_separator(name_.back())) name_ += kSeparator;
  return name_;
}

}  // namespace vigil::cli
