#include "cli/stat_report.hpp"

#include "cli/format.hpp"
#include "cli/json_text.hpp"
#include "cli/paths.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/visible.hpp"

#include <algorithm>
#include <iterator>

namespace vigil::cli {
namespace {

std::string number(std::uint64_t value) { return with_thousands_separated(value); }

constexpr Kind kind_at(std::size_t index) { return static_cast<Kind>(index); }

double seconds_of(const StatReport& report) { return std::chrono::duration<double>(report.time).count(); }

double per_second(std::uint64_t count, const StatReport& report) {
  const double seconds = seconds_of(report);
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::string process_name(const Ranked& line) {
  return formatted("{} ({}{})", line.name, line.entry->process, line.entry->several ? " and others" : "");
}

// --- for people ---

class Words {
 public:
  Words(const StatReport& report, std::string_view directory)
      : report_(report), activity_(*report.activity), directory_(directory) {}

  std::string run() {
    const std::uint64_t total = activity_.changes().total;
    out_ = formatted("{} changes in {:.1f} s ({:.1f} a second)", number(total), seconds_of(report_),
                     per_second(total, report_));
    if (report_.losses != 0) {
      out_ += formatted("; {} losses, {} repairs", number(report_.losses), number(report_.repairs));
    }
    out_ += '\n';
    if (total == 0) return std::move(out_);
    kinds();
    if (report_.top == 0) return std::move(out_);
    names(activity_.directories(), "directory");
    names(activity_.files(), "path");
    processes();
    return std::move(out_);
  }

 private:
  void kinds() {
    Table table({"kind", "changes", "a second"}, {Table::Side::left, Table::Side::right, Table::Side::right});
    for (std::size_t index = 0; index < ChangeCounts::kKinds; ++index) {
      const std::uint64_t count = activity_.changes().of_kind[index];
      if (count == 0) continue;
      table.add(
          {std::string(to_string(kind_at(index))), number(count), formatted("{:.1f}", per_second(count, report_))});
    }
    out_ += '\n';
    out_ += table.text();
  }

  // Only kinds that there were have a column.
  Table table_for(std::string name) const {
    std::vector<std::string> heads{"changes"};
    for (std::size_t index = 0; index < ChangeCounts::kKinds; ++index) {
      if (activity_.changes().of_kind[index] != 0) heads.emplace_back(to_string(kind_at(index)));
    }
    heads.push_back(std::move(name));
    std::vector<Table::Side> sides(heads.size(), Table::Side::right);
    sides.back() = Table::Side::left;
    return {std::move(heads), std::move(sides)};
  }

  void add(Table& table, const Ranked& line, std::string name) const {
    std::vector<std::string> cells{number(line.entry->counts.total)};
    for (std::size_t index = 0; index < ChangeCounts::kKinds; ++index) {
      if (activity_.changes().of_kind[index] != 0) cells.push_back(number(line.entry->counts.of_kind[index]));
    }
    cells.push_back(visible(name));
    table.add(std::move(cells));
  }

  void names(const Busiest& of, std::string_view what) {
    Table table = table_for(std::string(what));
    for (const Ranked& line : ranked(of, report_.top)) add(table, line, shown(line.name));
    out_ += '\n';
    out_ += table.text();
    rest(of);
  }

  void processes() {
    if (activity_.processes().size() == 0) return;
    Table table = table_for("process");
    for (const Ranked& line : ranked(activity_.processes(), report_.top)) add(table, line, process_name(line));
    out_ += '\n';
    out_ += table.text();
    rest(activity_.processes());
  }

  std::string shown(std::string_view path) const {
    const std::string_view relative = relative_path(path, directory_);
    return relative.empty() ? std::string(".") + kSeparator : std::string(relative);
  }

  void rest(const Busiest& of) {
    if (of.size() > report_.top) {
      out_ += formatted("{}... and {}{} more\n", std::string(2, ' '), of.missed_max() != 0 ? "at least " : "",
                        number(of.size() - report_.top));
    }
    if (of.missed_max() != 0) {
      out_ += formatted("  (there were too many to count each: what is shown may fall short by {} at most)\n",
                        number(of.missed_max()));
    }
  }

  const StatReport& report_;
  const Activity& activity_;
  std::string_view directory_;
  std::string out_;
};

// --- for programs ---

class Json {
 public:
  explicit Json(const StatReport& report) : report_(report), activity_(*report.activity) {}

  std::string run() {
    json_.begin_object();
    json_.key("seconds").number(seconds_of(report_), 3);
    json_.key("paths").begin_list();
    for (const StatReport::Root& root : report_.roots) {
      json_.begin_object();
      json_.path("path", root.path);
      json_.key("backend").text(root.backend);
      json_.end_object();
    }
    json_.end_list();
    json_.key("changes").number(activity_.changes().total);
    json_.key("per_second").number(per_second(activity_.changes().total, report_), 3);
    json_.key("kinds");
    kinds(activity_.changes());
    json_.key("notices").begin_object();
    for (int index = static_cast<int>(ChangeCounts::kKinds); index < kKindCount; ++index) {
      const std::uint64_t count = activity_.notices(static_cast<Kind>(index));
      if (count != 0) json_.key(to_string(static_cast<Kind>(index))).number(count);
    }
    json_.end_object();
    json_.key("losses").number(report_.losses);
    json_.key("repairs").number(report_.repairs);
    list("directories", activity_.directories(), "path");
    list("files", activity_.files(), "path");
    list("processes", activity_.processes(), "name");
    json_.end_object();
    return json_.result() + "\n";
  }

 private:
  void kinds(const ChangeCounts& counts) {
    json_.begin_object();
    for (std::size_t index = 0; index < ChangeCounts::kKinds; ++index) {
      if (counts.of_kind[index] != 0) json_.key(to_string(kind_at(index))).number(counts.of_kind[index]);
    }
    json_.end_object();
  }

  void list(const std::string& name, const Busiest& of, std::string_view key) {
    json_.key(name).begin_list();
    for (const Ranked& line : ranked(of, report_.top)) {
      json_.begin_object();
      json_.path(key, line.name);
      json_.key("changes").number(line.entry->counts.total);
      if (line.entry->missed_max != 0) json_.key("missed_max").number(line.entry->missed_max);
      if (line.entry->process != 0 && key == "name") {
        json_.key("pid").number(std::int64_t{line.entry->process});
        json_.key("several").boolean(line.entry->several);
      }
      json_.key("kinds");
      kinds(line.entry->counts);
      json_.end_object();
    }
    json_.end_list();
    json_.key(name + "_counted").number(std::uint64_t{of.size()});
    json_.key(name + "_missed_max").number(of.missed_max());
  }

  const StatReport& report_;
  const Activity& activity_;
  JsonText json_;
};

}  // namespace

std::string words_of(const StatReport& report, std::string_view directory) { return Words(report, directory).run(); }

std::string json_of(const StatReport& report) { return Json(report).run(); }

std::vector<Ranked> ranked(const Busiest& of, std::size_t count_max) {
  std::vector<Ranked> all;
  all.reserve(of.size());
  for (const auto& [name, entry] : of.entries()) all.push_back({name, &entry});
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(count_max, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const Ranked& one, const Ranked& other) {
    if (one.entry->counts.total != other.entry->counts.total) {
      return one.entry->counts.total > other.entry->counts.total;
    }
    return one.name < other.name;
  });
  all.erase(end, all.end());
  return all;
}

}  // namespace vigil::cli
