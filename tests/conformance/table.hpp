// The page docs/conformance.md.
#pragma once

#include "conformance/runner.hpp"

#include <map>
#include <string>
#include <vector>

namespace vigil::conformance {

// A watcher and what came of each script.
struct Column {
  std::string name;
  std::string version;                    // empty: not installed
  std::map<std::string, Report> reports;  // by script
};

// What the watcher deserves for the script, over all reports of one program: the worst.
void merge(Column& into, const Column& other);

// The whole page, in Markdown. `moment` and `system` say when and where the scripts were run.
std::string page(const std::vector<Script>& scripts, const std::vector<Column>& columns, const std::string& moment,
                 const std::string& system);

// What was found, in one line that does not depend on the run: without scratch directories and unprintable bytes.
std::string reason_in_one_line(const Report& report);

}  // namespace vigil::conformance
