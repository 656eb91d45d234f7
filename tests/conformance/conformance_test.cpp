// Every script over vigil, each way it can be used: a test for each pair.
#include "conformance/runner.hpp"
#include "conformance/script_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace vigil::conformance {
namespace {

constexpr const char* kScripts = "tests/conformance/scripts";

struct Case {
  Script script;
  SubjectKind kind;
  bool on_disk = false;
};

// A disk takes long to make and remove thousands of directories, whoever watches.
bool is_bulk(const Script& script) { return script.name.compare(0, 5, "bulk/") == 0; }

// Whether what the script changes is felt beyond the watcher under test.
bool limits_system(const Script& script) {
  const auto limits = script.all("limit");
  return std::any_of(limits.begin(), limits.end(), [](const Command* command) {
    return command->arguments[0].compare(0, 5, "user.") != 0;
  });
}

// Scripts that say nothing about a way of use are left out, not skipped. The plain way is tried on a disk as well.
std::vector<Case> cases() {
  std::vector<Case> all;
  auto scripts = load_scripts(kScripts);
  if (!scripts) return all;
  for (const SubjectKind& kind : vigil_subjects(VIGIL_COMMAND)) {
    for (const Script& script : *scripts) {
      if (limits_system(script) != VIGIL_SYSTEM_LIMITS) continue;
      if (!why_not_applicable(script, *kind.make()).empty()) continue;
      all.push_back({script, kind, false});
      if (kind.name == "vigil" && !is_bulk(script)) all.push_back({script, kind, true});
    }
  }
  return all;
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.kind.name + (info.param.on_disk ? "_on_disk" : "") + "__" + info.param.script.name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class Conformance : public testing::TestWithParam<Case> {};

TEST_P(Conformance, TellsWhatTheScriptExpects) {
  RunOptions options;
  if (GetParam().on_disk) options.scratch_parents = {options.scratch_parents.back()};
  const Report report = run_script(GetParam().script, GetParam().kind, options);
  if (report.verdict == Verdict::skipped) GTEST_SKIP() << GetParam().script.name << " " << report.reason;
  EXPECT_EQ(to_string(report.verdict), to_string(Verdict::pass)) << GetParam().script.about << "\n" << report.text();
}

INSTANTIATE_TEST_SUITE_P(Script, Conformance, testing::ValuesIn(cases()), test_name);

TEST(ConformanceScripts, CanAllBeRead) {
  const auto scripts = load_scripts(kScripts);
  ASSERT_TRUE(scripts) << scripts.error().message();
  EXPECT_GT(scripts->size(), 80u);
}

void PrintTo(const Case& value, std::ostream* out) { *out << value.kind.name << " " << value.script.name; }

}  // namespace
}  // namespace vigil::conformance
