// Runs a script over a watcher and judges what the watcher told.
#pragma once

#include "conformance/files.hpp"
#include "conformance/script.hpp"
#include "conformance/subject.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::conformance {

// From good to bad: of several findings the worst is the verdict (docs/conformance.md).
enum class Verdict {
  pass,
  not_applicable,  // the script needs what the watcher does not set out to do
  skipped,         // this machine cannot do what the script needs
  lost,            // something that happened was not told
  no_notice,       // records were lost and nothing was said
  wrong,           // something was told that is not so
  blind,           // what happens later in some place is not told either
  broken,          // the script itself failed
};

std::string_view to_string(Verdict verdict);

struct Finding {
  Verdict verdict;
  int line;
  std::string text;
};

struct Report {
  Verdict verdict = Verdict::pass;
  std::string reason;  // not_applicable, skipped
  std::vector<Finding> findings;

  std::string text() const;
};

struct RunOptions {
  // Directories to work in: the first in which everything can be done that the script requires.
  std::vector<std::string> scratch_parents = files::default_scratch_parents();
  std::chrono::milliseconds sync_timeout{20000};
};

// Why a script says nothing about a subject, whatever the machine; empty if it does.
std::string why_not_applicable(const Script& script, const Subject& subject);

Report run_script(const Script& script, const SubjectKind& kind, const RunOptions& options);

}  // namespace vigil::conformance
