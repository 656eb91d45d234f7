// The table of docs/conformance.md.
#pragma once

#include "conformance/runner.hpp"

#include <map>
#include <string>
#include <vector>

namespace vigil::conformance {

struct Column {
  std::string name;
  std::string version;
  std::map<std::string, Report> reports;  // by script
};

// The whole page, in Markdown.
std::string page(const std::vector<Script>& scripts, const std::vector<Column>& columns, const std::string& date,
                 const std::string& system);

}  // namespace vigil::conformance
