#include "conformance/table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace vigil::conformance {
namespace {

constexpr std::size_t kReasonMax = 150;

constexpr const char* kIntroduction = R"(# Conformance

What each watcher tells of the same work. Written by `tools/conformance`; do not edit.

A script of [`tests/conformance/scripts`](../tests/conformance/scripts) does something to a fresh directory that is
watched, and says what a watcher has to tell of it ([the language](scripts.md)). This page says how every watcher fared.

1. [Totals](#totals)
2. [How it is judged](#how-it-is-judged)
3. [How each is run](#how-each-is-run)
4. [Script by script](#script-by-script)
5. [What went wrong](#what-went-wrong)
6. [Scripts about vigil alone](#scripts-about-vigil-alone)
)";

constexpr const char* kJudgement = R"(
## How it is judged

vigil is compared event by event, in its own terms ([events.md](events.md)): an event too many, too few, of another
type or out of order is a fault. Each script is run through the library in four ways (pulled at once, pulled late, by
callback, and by a helper process) and through the command, and the worst of the five counts.

The others have other terms. They are asked only for what any watcher can be expected to say:

- **told**: for every path the script expects something about, an event that says it is there, or that it is gone. A
  move may come as one event or as a removal and an appearance; a removed directory speaks for what was in it; a change
  of content and one of attributes may stand for each other; order and repetition do not matter; nothing need be told of
  what came and went between two looks.
- **final tree**: the listing at the beginning, with what was told applied to it, is the listing on disk at the end. A
  path of which anything is told counts as there, unless it was said to be gone.
- **later**: a file made afterwards in a certain directory is reported, under its path.
- **loss**: when records were lost and something is missing, the stream says that there was a loss.
- **nothing made up**: no event about a path that never was, none about what is not watched.

A watcher has caught up when three files in a row, made where it looks, bring nothing but themselves. Nothing is timed,
but one that does not get that far in twenty seconds has stopped
reporting. A script that needs what a watcher does not set out to do
is *n/a*: options only vigil has, roots that are added while it runs, a root that is replaced where the manual says that
the watch ends with it, single files where it speaks of directories only. A watcher with several faults in a script gets
the worst.

| | verdict | meaning |
| --- | --- | --- |
| ✓ | pass | all of it |
| ✗ LOST | lost | something that happened was never told |
| ✗ NO NOTICE | no notice | the kernel dropped records or the root went away; things are missing, and nothing says so |
| ✗ WRONG | wrong | something was told that is not so: a path that never was, another type |
| ✗ BLIND | blind | what happens later in some place is not told either, or the watcher has ended |
| – | n/a | not asked of this watcher |
| skipped | skipped | the machine could not do what the script needs |

## How each is run

As its manual advises for a tree, from Debian's packages, each script with a fresh process and a fresh directory in
memory:

- **inotifywait**: `inotifywait --monitor --recursive`, all kinds of change, with the cookies of moves so that the
  halves can be paired. Its manual warns that new directories are raced, and assumes that the queue never overflows.
- **fswatch**: `fswatch --recursive --allow-overflow --latency=0.1`, the inotify monitor. Without `--allow-overflow` it
  ends at a loss.
- **watchman**: a server of its own for each script; queries since the last clock, each of which waits until watchman
  has caught up. It tells states, not events, and after a loss names all that exists as changed; what it does not name
  then is taken as gone.
- **watchdog**: a small Python program with the default `Observer`, which prints what the handler gets.
)";

struct Group {
  const char* name;
  const char* title;
};

// In the order a reader is likely to care.
constexpr std::array kGroups{
    Group{"recursion", "New directories and trees"},
    Group{"rename", "Renames"},
    Group{"overflow", "Records lost, watcher stopped and continued"},
    Group{"bulk", "Much at once"},
    Group{"editors", "Files saved by editors"},
    Group{"files", "Files"},
    Group{"roots", "Roots that come, go and change"},
    Group{"limits", "Limits of the system"},
    Group{"permissions", "Permissions"},
    Group{"names", "Names"},
    Group{"links", "Symbolic links"},
    Group{"mounts", "Mounts"},
    Group{"filters", "Filters"},
    Group{"net", "Net delivery"},
};

std::string group_of(const Script& script) { return script.name.substr(0, script.name.find('/')); }

const Report* report_of(const Column& column, const Script& script) {
  const auto report = column.reports.find(script.name);
  return report == column.reports.end() ? nullptr : &report->second;
}

bool is_asked(const Report* report) {
  return report != nullptr && report->verdict != Verdict::not_applicable && report->verdict != Verdict::skipped;
}

bool is_fault(const Report* report) { return is_asked(report) && report->verdict != Verdict::pass; }

bool is_vigil(const Column& column) { return column.name == "vigil"; }

// Whether any watcher but vigil was asked.
bool is_common(const Script& script, const std::vector<Column>& columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const Column& column) { return !is_vigil(column) && is_asked(report_of(column, script)); });
}

int count(const Column& column, Verdict verdict) {
  return static_cast<int>(std::count_if(column.reports.begin(), column.reports.end(),
                                        [&](const auto& entry) { return entry.second.verdict == verdict; }));
}

int asked(const Column& column) {
  return static_cast<int>(std::count_if(column.reports.begin(), column.reports.end(),
                                        [](const auto& entry) { return is_asked(&entry.second); }));
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

std::string mark(const Report* report) {
  if (report == nullptr) return "";
  switch (report->verdict) {
    case Verdict::pass: return "✓";
    case Verdict::not_applicable: return "–";
    case Verdict::skipped: return "skipped";
    default: return "✗ " + std::string(to_string(report->verdict));
  }
}

std::string totals(const std::vector<Column>& columns) {
  std::string text = "\n## Totals\n\n";
  std::vector<std::string> head{"watcher", "version", "passed", "of those asked"};
  constexpr std::array kFaults{Verdict::lost, Verdict::no_notice, Verdict::wrong, Verdict::blind, Verdict::broken};
  constexpr std::array kOthers{Verdict::not_applicable, Verdict::skipped};
  const auto occurs = [&](Verdict verdict) {
    return std::any_of(columns.begin(), columns.end(), [&](auto& column) { return count(column, verdict) > 0; });
  };
  std::vector<Verdict> shown;
  std::copy_if(kFaults.begin(), kFaults.end(), std::back_inserter(shown), occurs);
  std::copy_if(kOthers.begin(), kOthers.end(), std::back_inserter(shown), occurs);
  for (const Verdict verdict : shown) head.emplace_back(to_string(verdict));
  text += row(head) + row(std::vector<std::string>(head.size(), "---"));
  for (const Column& column : columns) {
    if (column.version.empty()) {
      text += row({column.name, "not installed"});
      continue;
    }
    std::vector<std::string> cells{column.name, column.version,
                                   "**" + std::to_string(count(column, Verdict::pass)) + "**",
                                   std::to_string(asked(column))};
    for (const Verdict verdict : shown) cells.push_back(std::to_string(count(column, verdict)));
    text += row(cells);
  }
  return text;
}

std::string script_table(const std::vector<Script>& scripts, const std::vector<Column>& columns, bool common) {
  std::vector<std::string> head{"script", "about"};
  for (const Column& column : columns) {
    if (common || is_vigil(column)) head.push_back(column.name);
  }
  std::string text = row(head) + row(std::vector<std::string>(head.size(), "---"));
  for (const Script& script : scripts) {
    std::vector<std::string> cells{script.name.substr(script.name.find('/') + 1), script.about};
    for (const Column& column : columns) {
      if (common || is_vigil(column)) cells.push_back(mark(report_of(column, script)));
    }
    text += row(cells);
  }
  return text;
}

std::string in_groups(const std::vector<Script>& scripts, const std::vector<Column>& columns, bool common) {
  std::string text;
  for (const Group& group : kGroups) {
    std::vector<Script> members;
    std::copy_if(scripts.begin(), scripts.end(), std::back_inserter(members), [&](const Script& script) {
      return group_of(script) == group.name && is_common(script, columns) == common;
    });
    if (members.empty()) continue;
    text += "\n### " + std::string(group.title) + (common ? "" : ", vigil alone") + "\n\nIn `" + group.name +
            "/`:\n\n" + script_table(members, columns, common);
  }
  return text;
}

std::string faults(const std::vector<Script>& scripts, const std::vector<Column>& columns) {
  std::string text;
  for (const Column& column : columns) {
    std::string rows;
    for (const Script& script : scripts) {
      const Report* report = report_of(column, script);
      if (!is_fault(report)) continue;
      rows += row({script.name, std::string(to_string(report->verdict)), reason_in_one_line(*report)});
    }
    if (rows.empty()) continue;
    text += "\n### " + column.name + "\n\n| script | verdict | the worst of it |\n| --- | --- | --- |\n" + rows;
  }
  return text.empty() ? "\nNothing.\n" : text;
}

// Why scripts were not asked, and how many for each reason.
std::string not_asked(const std::vector<Column>& columns) {
  std::string text;
  for (const Column& column : columns) {
    std::map<std::string, int> reasons;
    for (const auto& [name, report] : column.reports) {
      if (report.verdict == Verdict::not_applicable || report.verdict == Verdict::skipped) {
        ++reasons[reason_in_one_line(report)];
      }
    }
    if (reasons.empty()) continue;
    std::vector<std::pair<int, std::string>> sorted;
    for (const auto& [reason, number] : reasons) sorted.emplace_back(-number, reason);
    std::sort(sorted.begin(), sorted.end());
    text += "- **" + column.name + "**: ";
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      text += (i == 0 ? "" : "; ") + std::to_string(-sorted[i].first) + " × " + sorted[i].second;
    }
    text += "\n";
  }
  return text.empty() ? text : "\nWhat was not asked, and why:\n\n" + text;
}

// Bytes a table cannot hold.
std::string printable(const std::string& text) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '|') {
      clean += "\\|";
    } else if (byte >= 0x20 && byte < 0x7f) {
      clean += c;
    } else {
      clean += std::string("\\x") + kDigits[byte >> 4] + kDigits[byte & 15];
    }
  }
  return clean;
}

// Long names are made of one letter again and again.
std::string without_repetition(const std::string& text) {
  static const std::regex repeated(R"((\w)\1{9,})");
  return std::regex_replace(text, repeated, "$1$1$1...");
}

}  // namespace

void merge(Column& into, const Column& other) {
  for (const auto& [script, report] : other.reports) {
    const auto [entry, is_new] = into.reports.emplace(script, report);
    const bool was_asked = is_asked(&entry->second);
    if (is_new || !is_asked(&report)) continue;
    if (!was_asked || report.verdict > entry->second.verdict) entry->second = report;
  }
}

std::string reason_in_one_line(const Report& report) {
  std::string text = report.reason;
  for (const Finding& finding : report.findings) {
    if (finding.verdict == report.verdict) {
      text = finding.text;
      break;
    }
  }
  static const std::regex scratch(R"(\S*/vigil-\w{6}/(root|out|subject)/?)");
  static const std::regex line(R"(line \d+: )");
  static const std::regex probe(R"(vigil-probe-\d+)");
  text = std::regex_replace(text.substr(0, text.find('\n')), scratch, "");
  text = std::regex_replace(std::regex_replace(text, line, ""), probe, "new-file");
  text = without_repetition(printable(text));
  if (text.size() <= kReasonMax) return text;
  // The number at the end says more than the twelfth path.
  static const std::regex more(R"( and \d+ more$)");
  std::smatch found;
  const std::string tail = std::regex_search(text, found, more) ? found.str() : std::string();
  const std::size_t end = text.rfind(' ', kReasonMax - tail.size() - 4);
  return text.substr(0, end == std::string::npos ? kReasonMax - 4 : end) + " ..." + tail;
}

std::string page(const std::vector<Script>& scripts, const std::vector<Column>& columns, const std::string& moment,
                 const std::string& system) {
  return kIntroduction + totals(columns) + "\nRun " + moment + ", " + system + ". " + std::to_string(scripts.size()) +
         " scripts. Many faults are races: another run may differ in a few scripts.\n" + not_asked(columns) +
         kJudgement + "\n## Script by script\n" + in_groups(scripts, columns, true) + "\n## What went wrong\n" +
         faults(scripts, columns) +
         "\n## Scripts about vigil alone\n\nThey use what only vigil has, or speak of its own terms.\n" +
         in_groups(scripts, columns, false);
}

}  // namespace vigil::conformance
