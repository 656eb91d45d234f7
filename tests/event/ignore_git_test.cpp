// The verdicts of git itself, on rules and paths from seeds: no difference, nor in which line of which file decides.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/ignore_generator.hpp"
#include "event/ignore_rules.hpp"
#include "support/files.hpp"
#include "support/raw_files.hpp"
#include "support/temporary_directory.hpp"

namespace vigil::event {
namespace {

using tests::IgnoreGenerator;

constexpr std::size_t kCases = 40;
constexpr std::size_t kPathsOfCase = 40;

// A working tree whose first-level directories each hold a case; what is at the top is for all of them.
class Repository {
 public:
  explicit Repository(unsigned seed) : generator_(seed), options_{.case_sensitive = !generator_.one_in(3)} {
    git("init -q");
    git(options_.case_sensitive ? "config core.ignoreCase false" : "config core.ignoreCase true");
    git("config core.excludesFile ../global");
    for (std::size_t i = 0; i < kCases; ++i) make_case("case" + std::to_string(i) + "/");
    rules_.set_directory("", {nullptr, file("tree/.gitignore", ".gitignore")});
    rules_.set_tree({file("tree/.git/info/exclude", ".git/info/exclude"), file("global", "../global")});
  }

  // One line a path and verdict that differ.
  std::string differences() {
    std::string asked;
    for (const std::string& path : paths_) asked.append(path).append(1, '\0');
    vigil::testing::write_file(directory_.path() + "/asked", asked);
    // It fails where no path is ignored.
    git("check-ignore -v --no-index --stdin -z -n <../asked >../answered || test $? -eq 1");
    std::istringstream answers(read(directory_.path() + "/answered"));
    std::string differences;
    for (const std::string& path : paths_) {
      std::string source, line, pattern, of;
      for (std::string* const field : {&source, &line, &pattern, &of}) std::getline(answers, *field, '\0');
      EXPECT_EQ(of, path);
      const std::string theirs = source + ":" + line + ":" + pattern;
      const std::string ours = verdict(path);
      if (theirs == ours) continue;
      differences += "'" + path + "': git says " + theirs + ", we say " + ours + "\n";
    }
    return differences;
  }

  std::size_t asked() const { return paths_.size(); }
  std::size_t decided() const { return decided_; }
  std::size_t decided_themselves() const { return decided_themselves_; }
  std::size_t kept() const { return kept_; }
  std::size_t rules() const { return rule_count_; }

 private:
  void git(const std::string& arguments) {
    const std::string tree = directory_.path() + "/tree";
    vigil::testing::make_directory(tree);
    const std::string command = "cd '" + tree +
                                "' && LC_ALL=C GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null "
                                "GIT_CEILING_DIRECTORIES='" +
                                directory_.path() + "' git " + arguments;
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  void make_case(const std::string& base) {
    const std::vector<std::string> paths = generator_.paths(kPathsOfCase);
    for (const std::string& path : paths) {
      paths_.push_back(base + path);
      if (paths_.back().ends_with('/')) {
        paths_.back().pop_back();
        // git looks there whether it is a directory. What is not there is none.
        vigil::testing::make_directory(directory_.path() + "/tree/" + paths_.back());
        is_directory_[paths_.back()] = true;
      }
    }
    vigil::testing::make_directory(directory_.path() + "/tree/" + base);
    for (const std::string& path : paths) {
      if (path.ends_with('/') && generator_.one_in(3)) make_file(base + path, paths);
    }
    make_file(base, paths);
  }

  void make_file(const std::string& base, const std::vector<std::string>& paths) {
    const std::string path = base + ".gitignore";
    rules_.set_directory(base.substr(0, base.size() - 1), {nullptr, file("tree/" + path, path, paths)});
  }

  std::shared_ptr<const IgnoreFile> file(const std::string& place, const std::string& name,
                                         const std::vector<std::string>& paths) {
    return write(place, name, generator_.file(paths));
  }

  // One that speaks of single paths, so that something is left to the others.
  std::shared_ptr<const IgnoreFile> file(const std::string& place, const std::string& name) {
    std::string text;
    for (std::size_t i = 0; i < kCases; ++i) {
      std::string path = paths_[generator_.below(paths_.size())];
      if (generator_.one_in(2)) path.replace(path.rfind('/') + 1, 1, "*");
      if (generator_.one_in(3)) path.insert(0, "**/");
      if (generator_.one_in(3)) path.replace(0, path.find('/'), "case[0-3]*");
      text += (generator_.one_in(4) ? "!" : "") + path + "\n";
    }
    return write(place, name, text);
  }

  std::shared_ptr<const IgnoreFile> write(const std::string& place, const std::string& name, const std::string& text) {
    vigil::testing::write_file(directory_.path() + "/" + place, text);
    auto file = IgnoreFile::parse(name, text, options_);
    EXPECT_TRUE(file);
    rule_count_ += (*file)->rules().size();
    return *file;
  }

  std::string verdict(const std::string& path) {
    const IgnoreDecision decision = rules_.decide(path, is_directory_.count(path) != 0);
    if (decision.rule == nullptr) return "::";
    ++decided_;
    if (decision.matched_bytes == path.size()) ++decided_themselves_;
    if (!decision.ignored) ++kept_;
    return decision.file->name() + ":" + std::to_string(decision.rule->line) + ":" + std::string(decision.rule->text);
  }

  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  vigil::testing::TemporaryDirectory directory_{vigil::testing::place_in_memory()};
  IgnoreGenerator generator_;
  IgnoreOptions options_;
  IgnoreRules rules_;
  std::vector<std::string> paths_;
  std::map<std::string, bool> is_directory_;
  std::size_t decided_ = 0;
  std::size_t decided_themselves_ = 0;
  std::size_t kept_ = 0;
  std::size_t rule_count_ = 0;
};

unsigned number_from(const char* variable, unsigned otherwise) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(value, nullptr, 10));
}

TEST(IgnoreAgainstGit, NoDifference) {
  if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs git";
  // VIGIL_SEED is the first seed, VIGIL_ROUNDS their number.
  const unsigned first = number_from("VIGIL_SEED", 1);
  const unsigned rounds = number_from("VIGIL_ROUNDS", 12);
  std::size_t asked = 0;
  std::size_t decided = 0;
  std::size_t decided_themselves = 0;
  std::size_t kept = 0;
  std::size_t rules = 0;
  for (unsigned seed = first; seed < first + rounds && !HasFailure(); ++seed) {
    Repository repository(seed);
    EXPECT_EQ(repository.differences(), "") << "seed " << seed;
    asked += repository.asked();
    decided += repository.decided();
    decided_themselves += repository.decided_themselves();
    kept += repository.kept();
    rules += repository.rules();
  }
  std::cout << rules << " rules, " << asked << " paths, " << decided << " decided by a rule, " << decided_themselves
            << " of them not by that of a directory above, " << kept << " kept by one with '!'\n";
  // Rules that never meet a path would prove nothing.
  EXPECT_GT(decided_themselves, asked / 5);
  EXPECT_GT(kept, asked / 50);
}

}  // namespace
}  // namespace vigil::event
