// How `vigil top` looks.
#include "cli/columns.hpp"
#include "cli/format.hpp"
#include "cli/paths.hpp"
#include "cli/progress.hpp"
#include "cli/top_model.hpp"
#include "cli/visible.hpp"

#include <algorithm>
#include <iterator>

namespace vigil::cli {
namespace {

constexpr std::size_t kRateColumns = 10;
constexpr std::size_t kTotalColumns = 12;
constexpr std::size_t kKindColumns = 11;
constexpr std::size_t kNameColumnsMin = 24;

// Which have a column as long as there is room, the first first.
constexpr Kind kKindsByUse[] = {Kind::modified, Kind::created,    Kind::removed, Kind::renamed,
                                Kind::closed,   Kind::attributes, Kind::opened,  Kind::accessed};

constexpr std::string_view kKeys = "arrows select, open, back  tab view  s sort  p pause  r reset  ? help  q quit";

constexpr std::string_view kHelp[] = {
    "",
    "up, down, page up, page down, home, end   select a row (j and k, too)",
    "enter, right      open the directory: only what is below it is shown",
    "backspace, left   back to what was shown before",
    "tab               the next view; 1, 2, 3: directories, paths, processes",
    "s                 sort by rate, by all changes, by name",
    "p, space          stop the picture, or let it go on; counting goes on meanwhile",
    "r                 count from zero again",
    "q, Ctrl-C         quit",
    "",
    "A change counts for its path and for the directory that is in. Rates are those of",
    "the last five seconds. Who did it only fanotify tells (--backend fanotify).",
    "",
    "any key goes back",
};

std::string number(std::uint64_t value) { return with_thousands_separated(value); }

void cut(ScreenLine& line, std::size_t columns) {
  for (auto span = line.spans.begin(); span != line.spans.end(); ++span) {
    const std::size_t own = columns_of_text(span->text);
    if (own > columns) {
      span->text = cut_to_beginning(span->text, columns);
      line.spans.erase(std::next(span), line.spans.end());
      return;
    }
    columns -= own;
  }
}

ScreenLine plain(std::string text) { return {{{std::move(text), Style::plain}}}; }

}  // namespace

std::vector<ScreenLine> TopModel::draw(ScreenSize size, Moment now) {
  if (frozen_) now = frozen_->now;
  std::vector<ScreenLine> lines{title(size.columns)};
  if (helps_) {
    for (const std::string_view line : kHelp) lines.push_back(plain(std::string(line)));
  } else {
    lines.push_back(totals(now));
    lines.push_back(rates(now));
    lines.push_back({{{notice_, notice_warns_ ? Style::warning : Style::plain}}});
    lines.push_back(views());
    const std::size_t taken = lines.size() + 1;
    for (ScreenLine& line : table(size.columns, size.lines > taken ? size.lines - taken : 0, now)) {
      lines.push_back(std::move(line));
    }
    lines.push_back({{{std::string(kKeys), Style::faint}}});
  }
  queue_most_ = 0;
  lines.resize(std::min(lines.size(), size.lines));
  for (ScreenLine& line : lines) cut(line, size.columns);
  return lines;
}

ScreenLine TopModel::title(std::size_t columns) const {
  std::string roots;
  std::string backends;
  for (const Counting::Root& root : counting_.roots()) {
    roots += roots.empty() ? " vigil top  " : ", ";
    roots += visible(relative_path(root.path, directory_));
    if (backends.find(root.backend) == std::string::npos) backends += (backends.empty() ? "" : ", ") + root.backend;
  }
  std::string end = frozen_ ? " PAUSED  " : "  ";
  end += backends + " ";
  const std::size_t left = columns - std::min(columns, columns_of_text(end));
  return {{{padded(roots, left) + end, Style::title}}, Style::title};
}

ScreenLine TopModel::totals(Moment now) const {
  const bool lost = stats_.losses != 0;
  std::string queue = formatted("   queue {}", number(stats_.queued_events));
  if (queue_most_ > stats_.queued_events) queue += formatted(" (most {})", number(queue_most_));
  return {{{formatted("{} changes   {:.1f} a second   ", number(activity().changes().total), activity().rate(now)),
            Style::strong},
           {formatted("losses {}  repairs {}", number(stats_.losses), number(stats_.repairs)),
            lost ? Style::warning : Style::plain},
           {formatted("{}   watches {}   entries {}", queue, number(stats_.watches), number(stats_.entries)),
            Style::plain}}};
}

ScreenLine TopModel::rates(Moment now) const {
  std::string text;
  for (const Kind kind : kKindsByUse) {
    if (activity().changes().of_kind[static_cast<std::size_t>(kind)] == 0) continue;
    text += formatted("{}{} {:.1f}", text.empty() ? "" : "  ", to_string(kind), activity().rate(kind, now));
  }
  return plain(text.empty() ? "nothing changed yet" : text + "  a second");
}

ScreenLine TopModel::views() const {
  constexpr std::string_view kNames[] = {" directories ", " paths ", " processes "};
  constexpr std::string_view kOrders[] = {"rate", "changes", "name"};
  ScreenLine line;
  for (std::size_t index = 0; index < std::size(kNames); ++index) {
    line.spans.push_back(
        {std::string(kNames[index]), index == static_cast<std::size_t>(view_) ? Style::title : Style::plain});
  }
  std::string rest = formatted("  by {}", kOrders[static_cast<std::size_t>(order_)]);
  if (shown().missed_max() != 0) rest += formatted(" (short by {} at most)", number(shown().missed_max()));
  if (!scopes_.empty() && view_ != View::processes) rest += "  below " + path_label(scopes_.back());
  line.spans.push_back({std::move(rest), Style::plain});
  return line;
}

std::string TopModel::why_empty() const {
  if (view_ == View::processes && activity().changes().total != 0) {
    return "who did it is told by fanotify only: vigil top --backend fanotify, as root";
  }
  return {};
}

// Exactly so many lines.
std::vector<ScreenLine> TopModel::table(std::size_t columns, std::size_t height, Moment now) {
  if (height == 0) return {};
  const std::vector<Row> rows = this->rows(now);
  names_.clear();
  for (const Row& row : rows) names_.emplace_back(row.name);
  page_ = std::max<std::size_t>(height - 1, 1);
  find_selected(page_);

  const std::vector<Kind> kinds = kinds_for(columns);
  std::vector<ScreenLine> lines{table_head(kinds)};
  if (rows.empty()) lines.push_back(plain(why_empty()));
  const std::size_t end = std::min(rows.size(), first_row_ + height - 1);
  for (std::size_t index = first_row_; index < end; ++index) {
    lines.push_back(table_row(rows[index], kinds, columns, index == selected_index_));
  }
  lines.resize(height);
  return lines;
}

void TopModel::find_selected(std::size_t height) {
  if (names_.empty()) {
    selected_index_ = first_row_ = 0;
    return;
  }
  if (selected_.empty()) {
    selected_index_ = 0;
  } else if (const auto found = std::find(names_.begin(), names_.end(), selected_); found != names_.end()) {
    selected_index_ = static_cast<std::size_t>(found - names_.begin());
  } else {
    move_to(selected_index_);  // it is gone: its neighbour
  }
  first_row_ = std::min(first_row_, selected_index_);
  if (selected_index_ >= first_row_ + height) first_row_ = selected_index_ - height + 1;
  // No empty rows at the end as long as there are others before.
  const std::size_t last_first = names_.size() > height ? names_.size() - height : 0;
  first_row_ = std::min(first_row_, last_first);
}

std::vector<Kind> TopModel::kinds_for(std::size_t columns) const {
  std::vector<Kind> kinds;
  std::size_t taken = kRateColumns + kTotalColumns + kNameColumnsMin;
  for (const Kind kind : kKindsByUse) {
    if (activity().changes().of_kind[static_cast<std::size_t>(kind)] == 0) continue;
    taken += kKindColumns;
    if (taken > columns) break;
    kinds.push_back(kind);
  }
  return kinds;
}

ScreenLine TopModel::table_head(const std::vector<Kind>& kinds) const {
  constexpr std::string_view kNames[] = {"directory", "path", "process"};
  std::string text = formatted("{:>{}}{:>{}}", "a second", kRateColumns, "changes", kTotalColumns);
  for (const Kind kind : kinds) text += formatted("{:>{}}", to_string(kind), kKindColumns);
  text += formatted("  {}", kNames[static_cast<std::size_t>(view_)]);
  return {{{std::move(text), Style::strong}}};
}

ScreenLine TopModel::table_row(const Row& row, const std::vector<Kind>& kinds, std::size_t columns,
                               bool selected) const {
  const ChangeCounts& counts = row.entry->counts;
  std::string text = formatted("{:>{}.1f}{:>{}}", row.rate, kRateColumns, number(counts.total), kTotalColumns);
  for (const Kind kind : kinds) {
    text += formatted("{:>{}}", number(counts.of_kind[static_cast<std::size_t>(kind)]), kKindColumns);
  }
  text += "  ";
  const std::size_t left = columns > text.size() ? columns - text.size() : 0;
  const Busiest::Entry& entry = *row.entry;
  text += view_ == View::processes
              ? cut_to_beginning(
                    formatted("{} ({}{})", visible(row.name), entry.process, entry.several ? " and others" : ""), left)
              : cut_to_end(path_label(row.name), left);
  const Style style = selected ? Style::selected : Style::plain;
  return {{{std::move(text), style}}, style};
}

}  // namespace vigil::cli
