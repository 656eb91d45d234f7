// The command behind tools/conformance: runs every script over every watcher that is installed.
#include "base/unique_fd.hpp"
#include "conformance/child_process.hpp"
#include "conformance/runner.hpp"
#include "conformance/script_files.hpp"
#include "conformance/table.hpp"

#include <nlohmann/json.hpp>

#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace vigil::conformance {
namespace {

using namespace std::chrono_literals;

// No script takes longer, whatever its watcher does.
constexpr auto kScriptTimeout = 240s;

constexpr const char* kUsage = R"(usage: conformance [OPTION]...

Runs the conformance scripts over vigil, in each way it can be used, and over every other watcher that is installed.
Ends with 1 if vigil fails in any.

  --subject NAME    only this watcher; may be given several times
  --script TEXT     only scripts whose name contains TEXT; may be given several times
  --scripts FOLDER  where the scripts are (tests/conformance/scripts)
  --vigil PROGRAM   the vigil command
  --scratch FOLDER  where to work (in memory if possible)
  --output FILE     writes the table here
  --verbose         prints what is wrong in each script
)";

struct CommandLine {
  std::vector<std::string> subjects;
  std::vector<std::string> scripts;
  std::string scripts_folder = "tests/conformance/scripts";
  std::string vigil = VIGIL_COMMAND;
  std::string scratch;
  std::string output;
  bool verbose = false;
  std::string only_one;  // internal: run the one script chosen over the one watcher chosen, and print the report
};

bool parse(int argc, char** argv, CommandLine& line) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--verbose") {
      line.verbose = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const std::string value = argv[++i];
    if (option == "--subject") {
      line.subjects.push_back(value);
    } else if (option == "--script") {
      line.scripts.push_back(value);
    } else if (option == "--scripts") {
      line.scripts_folder = value;
    } else if (option == "--vigil") {
      line.vigil = value;
    } else if (option == "--scratch") {
      line.scratch = value;
    } else if (option == "--output") {
      line.output = value;
    } else if (option == "--only-one") {
      line.only_one = value;
    } else {
      return false;
    }
  }
  return true;
}

std::vector<SubjectKind> all_subjects(const CommandLine& line) {
  std::vector<SubjectKind> kinds = vigil_subjects(line.vigil);
  for (SubjectKind& kind : peer_subjects(std::filesystem::absolute(line.scripts_folder) / ".."))
    kinds.push_back(std::move(kind));
  return kinds;
}

std::string encode(const Report& report) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({static_cast<int>(finding.verdict), finding.line, finding.text});
  }
  const nlohmann::json all{
      {"verdict", static_cast<int>(report.verdict)}, {"reason", report.reason}, {"findings", findings}};
  return all.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

Report decode(const std::string& text) {
  Report report;
  const auto all = nlohmann::json::parse(text, nullptr, false);
  if (!all.is_object()) {
    report.verdict = Verdict::broken;
    report.reason = "the runner gave no report";
    return report;
  }
  report.verdict = static_cast<Verdict>(all.value("verdict", 0));
  report.reason = all.value("reason", "");
  for (const auto& finding : all["findings"]) {
    report.findings.push_back(
        {static_cast<Verdict>(finding[0].get<int>()), finding[1].get<int>(), finding[2].get<std::string>()});
  }
  return report;
}

// In a process of its own, so that a watcher inside it can neither hang nor crash the others' runs.
Report run_apart(const CommandLine& line, const Script& script, const SubjectKind& kind) {
  ChildOptions options;
  options.arguments = {"/proc/self/exe", "--scripts", line.scripts_folder, "--vigil",  line.vigil,
                       "--subject",      kind.name,   "--only-one",        script.name};
  if (!line.scratch.empty()) options.arguments.insert(options.arguments.end(), {"--scratch", line.scratch});
  options.working_directory = ".";
  auto child = ChildProcess::start(std::move(options));
  if (!child) return decode({});
  const auto answer = (*child)->next(std::chrono::steady_clock::now() + kScriptTimeout);
  if (answer) return decode(*answer);
  Report report;
  const bool ended = (*child)->ended();
  const int status = (*child)->stop();
  report.verdict = Verdict::blind;
  report.findings.push_back({Verdict::blind, 0,
                             ended ? "crashed with status " + std::to_string(status) + ": " + (*child)->error_text()
                                   : "took longer than the time limit"});
  return report;
}

int run_only_one(const CommandLine& line, const std::vector<Script>& scripts) {
  RunOptions options;
  if (!line.scratch.empty()) options.scratch_parents = {line.scratch};
  for (const SubjectKind& kind : all_subjects(line)) {
    for (const Script& script : scripts) {
      if (kind.name != line.subjects.at(0) || script.name != line.only_one) continue;
      std::printf("%s\n", encode(run_script(script, kind, options)).c_str());
      return 0;
    }
  }
  return 1;
}

bool chosen(const std::vector<std::string>& wanted, const std::string& name) {
  return wanted.empty() ||
         std::any_of(wanted.begin(), wanted.end(), [&](auto& text) { return name.find(text) != std::string::npos; });
}

std::string now_in_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

std::string system_name() {
  utsname name{};
  uname(&name);
  const std::string release = name.release;
  return std::string(name.sysname) + " " + release.substr(0, release.find_first_not_of("0123456789.")) + ", " +
         name.machine;
}

bool is_vigil(const SubjectKind& kind) { return kind.name.compare(0, 5, "vigil") == 0; }

// Where the output is a terminal, what goes well takes one line that is written over and over.
class Progress {
 public:
  void begin(const SubjectKind& kind, const std::string& version) {
    clear();
    std::printf("%s %s\n", kind.name.c_str(), version.empty() ? "(not installed)" : version.c_str());
    std::fflush(stdout);
  }

  void starts(const Script& script, std::size_t number, std::size_t count) {
    if (!on_terminal_) return;
    clear();
    std::printf("  %zu of %zu: %s", number, count, script.name.c_str());
    std::fflush(stdout);
  }

  void ended(const Script& script, const Report& report, bool with_text) {
    if (on_terminal_ && report.verdict == Verdict::pass) return;
    clear();
    std::printf("  %-10s %s\n", std::string(to_string(report.verdict)).c_str(), script.name.c_str());
    if (with_text && report.verdict != Verdict::pass) std::printf("%s\n", report.text().c_str());
    std::fflush(stdout);
  }

  void clear() {
    if (on_terminal_) std::printf("\r\33[K");
  }

 private:
  const bool on_terminal_ = ::isatty(STDOUT_FILENO) == 1;
};

Column run_subject(const CommandLine& line, const std::vector<Script>& scripts, const SubjectKind& kind) {
  Column column{kind.name, kind.version(), {}};
  Progress progress;
  progress.begin(kind, column.version);
  if (column.version.empty()) return column;
  std::size_t number = 0;
  for (const Script& script : scripts) {
    progress.starts(script, ++number, scripts.size());
    Report report = run_apart(line, script, kind);
    progress.ended(script, report, line.verbose || (is_vigil(kind) && report.verdict > Verdict::skipped));
    column.reports.emplace(script.name, std::move(report));
  }
  progress.clear();
  return column;
}

bool has_fault(const Column& column) {
  return std::any_of(column.reports.begin(), column.reports.end(),
                     [](const auto& entry) { return entry.second.verdict > Verdict::skipped; });
}

int run(const CommandLine& line) {
  auto scripts = load_scripts(line.scripts_folder);
  if (!scripts) {
    std::fprintf(stderr, "conformance: %s\n", scripts.error().message().c_str());
    return 1;
  }
  if (!line.only_one.empty()) return run_only_one(line, *scripts);
  std::erase_if(*scripts, [&](const Script& script) { return !chosen(line.scripts, script.name); });

  std::vector<Column> columns;
  for (const SubjectKind& kind : all_subjects(line)) {
    const bool wanted = line.subjects.empty() ||
                        std::find(line.subjects.begin(), line.subjects.end(), kind.name) != line.subjects.end();
    if (!wanted) continue;
    Column column = run_subject(line, *scripts, kind);
    if (!is_vigil(kind) || columns.empty()) {
      column.name = is_vigil(kind) ? "vigil" : kind.name;
      columns.push_back(std::move(column));
    } else {
      merge(columns.front(), column);
    }
  }
  if (!line.output.empty()) std::ofstream(line.output) << page(*scripts, columns, now_in_utc(), system_name());
  const bool vigil_failed = !columns.empty() && columns.front().name == "vigil" && has_fault(columns.front());
  return vigil_failed ? 1 : 0;
}

}  // namespace
}  // namespace vigil::conformance

int main(int argc, char** argv) {
  vigil::conformance::CommandLine line;
  if (!vigil::conformance::parse(argc, argv, line)) {
    std::fputs(vigil::conformance::kUsage, stderr);
    return 2;
  }
  return vigil::conformance::run(line);
}
