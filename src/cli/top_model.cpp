#include "cli/top_model.hpp"

#include "cli/event_writer.hpp"
#include "cli/paths.hpp"
#include "cli/visible.hpp"

#include <algorithm>
#include <iterator>

namespace vigil::cli {
namespace {

using Key = KeyPress::Key;

bool is_separator(char character) { return character == '/' || character == kSeparator; }

// "degraded", "lost" and their like are worth a line; that a watch began, or is fine again, ends it.
bool warns(Kind kind) { return kind != Kind::ready && kind != Kind::live && kind != Kind::restored; }

}  // namespace

void TopModel::add(const Batch& batch, Moment now) {
  counting_.add(batch, now);
  for (const Event& event : batch) {
    if (is_change(event.kind) || event.kind == Kind::ready) continue;
    notice_ = to_string(event.kind);
    if (!event.path.empty()) notice_ += " " + visible(relative_path(event.path, directory_));
    if (!event.reason.empty()) notice_ += ": " + visible(event.reason);
    notice_warns_ = warns(event.kind);
  }
}

void TopModel::set_stats(const Stats& stats) {
  stats_ = stats;
  queue_most_ = std::max(queue_most_, stats.queued_events);
}

// --- what is shown ---

const Busiest& TopModel::shown() const {
  switch (view_) {
    case View::directories: return activity().directories();
    case View::paths: return activity().files();
    case View::processes: break;
  }
  return activity().processes();
}

bool TopModel::is_in_scope(std::string_view name) const {
  return view_ == View::processes || scopes_.empty() || name.starts_with(scopes_.back());
}

std::vector<TopModel::Row> TopModel::rows(Moment now) const {
  std::vector<Row> rows;
  rows.reserve(shown().size());
  for (const auto& [name, entry] : shown().entries()) {
    if (is_in_scope(name)) rows.push_back({name, &entry, activity().rate(entry, now)});
  }
  std::sort(rows.begin(), rows.end(), [this](const Row& one, const Row& other) {
    if (order_ == Order::rate && one.rate != other.rate) return one.rate > other.rate;
    const std::uint64_t totals[] = {one.entry->counts.total, other.entry->counts.total};
    if (order_ != Order::name && totals[0] != totals[1]) return totals[0] > totals[1];
    return one.name < other.name;
  });
  return rows;
}

std::string TopModel::path_label(std::string_view path) const {
  const std::string_view relative = relative_path(path, directory_);
  if (relative.empty()) return std::string(".") + kSeparator;
  return visible(relative);
}

// --- keys ---

TopModel::Effect TopModel::press(KeyPress key, Moment now) {
  if (helps_) {
    helps_ = false;
    return key.key == Key::character && key.character == 'q' ? Effect::quit : Effect::redraw;
  }
  switch (key.key) {
    case Key::up: move(-1); break;
    case Key::down: move(1); break;
    case Key::page_up: move(-static_cast<std::ptrdiff_t>(page_)); break;
    case Key::page_down: move(static_cast<std::ptrdiff_t>(page_)); break;
    case Key::home: move_to(0); break;
    case Key::end: move_to(names_.size()); break;
    case Key::enter:
    case Key::right: open(); break;
    case Key::backspace:
    case Key::left:
    case Key::escape: back(); break;
    case Key::tab: turn_to(static_cast<View>((static_cast<int>(view_) + 1) % 3)); break;
    case Key::character: return press_character(key.character, now);
    case Key::other: return Effect::none;
  }
  return Effect::redraw;
}

TopModel::Effect TopModel::press_character(char32_t character, Moment now) {
  switch (character) {
    case 'q':
    case 'Q': return Effect::quit;
    case '?':
    case 'h': helps_ = true; break;
    case 'j': move(1); break;
    case 'k': move(-1); break;
    case 's': order_ = static_cast<Order>((static_cast<int>(order_) + 1) % 3); break;
    case '1':
    case 'd': turn_to(View::directories); break;
    case '2':
    case 'f': turn_to(View::paths); break;
    case '3':
    case 'w': turn_to(View::processes); break;
    case 'p':
    case ' ': pause(now); break;
    case 'r': reset(now); break;
    case 0x0C: break;  // Ctrl-L, as everywhere
    default: return Effect::none;
  }
  return Effect::redraw;
}

void TopModel::move(std::ptrdiff_t by) {
  const auto index = static_cast<std::ptrdiff_t>(selected_index_) + by;
  move_to(index < 0 ? 0 : static_cast<std::size_t>(index));
}

// The first row is no name: whatever comes first is selected.
void TopModel::move_to(std::size_t index) {
  if (names_.empty()) return;
  selected_index_ = std::min(index, names_.size() - 1);
  selected_ = selected_index_ == 0 ? std::string() : names_[selected_index_];
}

void TopModel::forget_selection() {
  selected_.clear();
  selected_index_ = 0;
  first_row_ = 0;
  names_.clear();
}

void TopModel::turn_to(View view) {
  if (view_ == view) return;
  view_ = view;
  forget_selection();
}

// A directory: what is below it; once it is open, the paths in it. A path: the directory that it is in.
void TopModel::open() {
  if (view_ == View::processes || selected_index_ >= names_.size()) return;
  std::string opened = names_[selected_index_];
  if (view_ == View::paths) {
    while (!opened.empty() && is_separator(opened.back())) opened.pop_back();
    while (!opened.empty() && !is_separator(opened.back())) opened.pop_back();
  }
  if (opened.empty()) return;
  if (!scopes_.empty() && scopes_.back() == opened) {
    turn_to(View::paths);
    return;
  }
  scopes_.push_back(std::move(opened));
  forget_selection();
}

void TopModel::back() {
  if (scopes_.empty()) return;
  forget_selection();
  if (view_ == View::directories) selected_ = scopes_.back();
  scopes_.pop_back();
}

void TopModel::pause(Moment now) {
  if (frozen_) {
    frozen_.reset();
  } else {
    frozen_.emplace(Frozen{counting_.activity(), now});
  }
}

void TopModel::reset(Moment now) {
  counting_.activity().reset(now);
  frozen_.reset();
  notice_.clear();
  queue_most_ = 0;
  forget_selection();
}

}  // namespace vigil::cli
