// Every script over vigil, in each way it can be used: a test for each script.
#include "conformance/runner.hpp"
#include "conformance/script_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vigil::conformance {
namespace {

constexpr const char* kScripts = "tests/conformance/scripts";

struct Case {
  std::shared_ptr<const Script> script;
};

// Whether what the script changes is felt beyond the watcher under test.
bool limits_system(const Script& script) {
  const auto limits = script.all("limit");
  return std::any_of(limits.begin(), limits.end(),
                     [](const Command* command) { return command->arguments[0].compare(0, 5, "user.") != 0; });
}

// The ways to use vigil that are tried.
std::vector<SubjectKind> subjects() {
  const std::set<std::string> ways = VIGIL_WAYS;
  std::vector<SubjectKind> all = vigil_subjects(VIGIL_COMMAND);
  if (!ways.empty()) std::erase_if(all, [&](const SubjectKind& kind) { return !ways.contains(kind.name); });
  return all;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  auto scripts = load_scripts(kScripts);
  if (!scripts) return all;
  for (Script& script : *scripts) {
    if (limits_system(script) != VIGIL_SYSTEM_LIMITS || !files::why_not_on_this_system(script).empty()) continue;
    all.push_back({std::make_shared<const Script>(std::move(script))});
  }
  return all;
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.script->name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class Conformance : public testing::TestWithParam<Case> {
 protected:
  // Says what keeps the machine from it, if anything does.
  static std::string run(const Script& script, const SubjectKind& kind, const RunOptions& options) {
    const Report report = run_script(script, kind, options);
    if (report.verdict == Verdict::skipped) return report.reason;
    EXPECT_EQ(to_string(report.verdict), to_string(Verdict::pass))
        << kind.name << " in " << options.scratch_parents.front() << "\n"
        << script.about << "\n"
        << report.text();
    return {};
  }
};

// A disk takes long to make and remove thousands of directories, whoever watches.
bool is_bulk(const Script& script) { return script.name.compare(0, 5, "bulk/") == 0; }

TEST_P(Conformance, TellsWhatTheScriptExpects) {
  const Script& script = *GetParam().script;
  std::string skipped;
  bool applied = false;
  for (const SubjectKind& kind : subjects()) {
    // Scripts that say nothing about a way of use are left out, not skipped.
    if (!why_not_applicable(script, *kind.make()).empty()) continue;
    applied = true;
    RunOptions options;
    skipped += run(script, kind, options);
    // The plain way is tried on a disk as well.
    const bool has_memory = options.scratch_parents.size() > 1;
    options.scratch_parents = {options.scratch_parents.back()};
    if (has_memory && kind.name == "vigil" && !is_bulk(script)) skipped += run(script, kind, options);
  }
  EXPECT_TRUE(applied) << "no way of using vigil has what the script needs";
  if (!skipped.empty()) GTEST_SKIP() << script.name << " " << skipped;
}

INSTANTIATE_TEST_SUITE_P(Script, Conformance, testing::ValuesIn(cases()), test_name);

// Which scripts say nothing about this system is said, and does not become most of them.
TEST(ConformanceScripts, ApplyToThisSystem) {
  const auto scripts = load_scripts(kScripts);
  ASSERT_TRUE(scripts) << scripts.error().message();
  std::size_t left_out = 0;
  for (const Script& script : *scripts) {
    const std::string reason = files::why_not_on_this_system(script);
    if (reason.empty()) continue;
    ++left_out;
    std::cout << script.name << " is left out: " << reason << '\n';
  }
  EXPECT_LT(left_out, scripts->size() / 3);
}

TEST(ConformanceScripts, CanAllBeRead) {
  const auto scripts = load_scripts(kScripts);
  ASSERT_TRUE(scripts) << scripts.error().message();
  EXPECT_GT(scripts->size(), 200u);
}

void PrintTo(const Case& value, std::ostream* out) { *out << value.script->name; }

}  // namespace
}  // namespace vigil::conformance
