#include "conformance/table.hpp"

#include <algorithm>
#include <array>

namespace vigil::conformance {
namespace {

constexpr const char* kIntroduction = R"(# Conformance

What each watcher tells of the same work. Made by `tools/conformance`; do not edit.

Every row is a script of `tests/conformance/scripts` (the language: [scripts.md](scripts.md)). A script does something
to a fresh directory and says what a watcher has to tell about it. vigil is compared event by event, in its own terms.
The others have other terms, so they are asked for what every watcher can say, and only that:

- **told**: for every path a script expects something about, an event that says it is there, or that it is gone. A
  move may come as one event or as a removal and an appearance; a removed directory speaks for what was in it; a change
  of content and a change of attributes may stand for each other; order and repetition do not matter; nothing need be
  told of what came and went between two looks.
- **final tree**: the listing at the beginning, with what was told applied to it, is the listing on disk at the end.
- **later**: a file made afterwards in a certain directory is reported, under its path.
- **loss**: when records were lost and something is missing, the stream says that there was a loss.

| verdict | meaning |
| --- | --- |
| PASS | all of it |
| LOST | something that happened was never told |
| NO NOTICE | the kernel dropped records (or the root went away), something is missing, and nothing says so |
| WRONG | what was told is not so: a path that never was, another type; for vigil, any event not as the script has it |
| BLIND | what happens later in some place is not told either, or the watcher has ended |
| n/a | the script needs what the watcher does not set out to do, or is about vigil's own terms |
| skipped | the machine could not do what the script needs |

A watcher that has several faults in a script gets the worst. The others were called as their manuals advise for a
tree, from Debian's packages: `inotifywait --monitor --recursive`, with the cookie of moves so that they can be paired;
`fswatch --recursive --allow-overflow --latency=0.1`; watchman by queries since the last clock, each of which waits
until it has caught up; Python's watchdog with its default observer.
)";

struct Totals {
  int passed = 0;
  int asked = 0;
};

Totals totals(const Column& column) {
  Totals totals;
  for (const auto& [name, report] : column.reports) {
    if (report.verdict == Verdict::not_applicable || report.verdict == Verdict::skipped) continue;
    ++totals.asked;
    totals.passed += report.verdict == Verdict::pass ? 1 : 0;
  }
  return totals;
}

int count(const Column& column, Verdict verdict) {
  return static_cast<int>(std::count_if(column.reports.begin(), column.reports.end(),
                                        [&](const auto& entry) { return entry.second.verdict == verdict; }));
}

std::string row(const std::string& first, const std::vector<Column>& columns,
                const std::function<std::string(const Column&)>& cell) {
  std::string text = "| " + first + " |";
  for (const Column& column : columns) text += " " + cell(column) + " |";
  return text + "\n";
}

std::string totals_table(const std::vector<Column>& columns) {
  std::string text = row("", columns, [](const Column& column) { return column.name + " " + column.version; });
  text += row("---", columns, [](const Column&) { return "---"; });
  text += row("**passed / asked**", columns, [](const Column& column) {
    const Totals sum = totals(column);
    return "**" + std::to_string(sum.passed) + " / " + std::to_string(sum.asked) + "**";
  });
  constexpr std::array kCounted{Verdict::lost,   Verdict::no_notice,      Verdict::wrong,  Verdict::blind,
                                Verdict::broken, Verdict::not_applicable, Verdict::skipped};
  for (const Verdict verdict : kCounted) {
    const bool any =
        std::any_of(columns.begin(), columns.end(), [&](auto& column) { return count(column, verdict) > 0; });
    if (!any) continue;
    text += row(std::string(to_string(verdict)), columns,
                [&](const Column& column) { return std::to_string(count(column, verdict)); });
  }
  return text;
}

std::string script_table(const std::vector<Script>& scripts, const std::vector<Column>& columns) {
  std::string text = row("script", columns, [](const Column& column) { return column.name; });
  text += row("---", columns, [](const Column&) { return "---"; });
  for (const Script& script : scripts) {
    text += row(script.name, columns, [&](const Column& column) {
      const auto report = column.reports.find(script.name);
      return report == column.reports.end() ? std::string() : std::string(to_string(report->second.verdict));
    });
  }
  return text;
}

std::string about_table(const std::vector<Script>& scripts) {
  std::string text = "| script | about |\n| --- | --- |\n";
  for (const Script& script : scripts) text += "| " + script.name + " | " + script.about + " |\n";
  return text;
}

}  // namespace

std::string page(const std::vector<Script>& scripts, const std::vector<Column>& columns, const std::string& date,
                 const std::string& system) {
  return std::string(kIntroduction) + "\nRun on " + date + ", " + system + ".\n\n## Totals\n\n" +
         totals_table(columns) + "\n## Script by script\n\n" + script_table(scripts, columns) +
         "\n## What the scripts are about\n\n" + about_table(scripts);
}

}  // namespace vigil::conformance
