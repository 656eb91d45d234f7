// The replay law where ignore files are heeded: what the events lead to is what git itself lists.
#include "replay/watching.hpp"
#include "support/raw_files.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace vigil::replay {
namespace {

using testing::Model;

// The only settings are those of the repository.
class WithoutOwnSettings {
 public:
  WithoutOwnSettings() {
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    ::setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
  }
  ~WithoutOwnSettings() {
    for (const char* const name : {"GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"}) ::unsetenv(name);
  }
  WithoutOwnSettings(const WithoutOwnSettings&) = delete;
  WithoutOwnSettings& operator=(const WithoutOwnSettings&) = delete;
};

// The files and links that git would add, or has.
std::set<std::string> listed_by_git(const std::string& directory) {
  const std::string command = "git -C '" + directory + "' ls-files -o -c --exclude-standard -z .";
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  std::set<std::string> paths;
  std::string path;
  for (int c = 0; output != nullptr && (c = std::fgetc(output.get())) != EOF;) {
    if (c != 0) {
      path += static_cast<char>(c);
    } else {
      paths.insert(std::exchange(path, {}));
    }
  }
  return paths;
}

std::set<std::string> files_of(const Model& model) {
  std::set<std::string> paths;
  for (const auto& [path, type] : model.listing()) {
    if (type == EntryType::file || type == EntryType::symlink) paths.insert(path);
  }
  return paths;
}

// Rules for the names that the work uses.
class RuleWriter {
 public:
  RuleWriter(std::uint64_t seed, std::string top) : random_(seed), top_(std::move(top)) {}

  // Somewhere below the top, or in the repository above it.
  void write() {
    const std::string above = top_.substr(0, top_.rfind('/'));
    std::string path = top_ + '/';
    for (auto depth = random_() % 3; depth > 0; --depth) path += name() + '/';
    if (random_() % 6 == 0) path = above + '/';
    path += random_() % 8 == 0 ? "nothing" : ".gitignore";
    if (random_() % 8 == 0) path = above + "/.git/info/exclude";
    if (random_() % 4 == 0) {
      (void)std::remove(path.c_str());
      return;
    }
    std::ofstream file(path);  // where there is no such directory, nothing is written
    for (auto lines = random_() % 4; lines > 0; --lines) file << rule() << '\n';
  }

 private:
  std::string name() { return testing::raw::names()[random_() % testing::raw::names().size()]; }

  std::string rule() {
    switch (random_() % 8) {
      case 0: return '!' + name();
      case 1: return '/' + name();
      case 2: return name() + '/';
      case 3: return name() + '/' + name();
      case 4: return "**/" + name() + "/*";
      case 5: return name().substr(0, 1) + '*';
      default: return name();
    }
  }

  std::mt19937_64 random_;
  const std::string top_;
};

class ReplayIgnoring : public OnEachFileSystem {
 protected:
  void keep_law(const Options& options) {
    const WithoutOwnSettings settings;
    // Most of the time is git's, and that of rules that wait to be written.
    constexpr std::uint64_t kSeeds = VIGIL_REPLAY_SEEDS < 20 ? 1 : VIGIL_REPLAY_SEEDS / 10;
    run_seeds(GetParam() == "memory" ? kSeeds : 1, [&](std::uint64_t seed) {
      Playground playground(place_, seed);
      const std::string top = playground.inside().substr(0, playground.inside().rfind('/'));
      if (std::system(("git init -q '" + top + "'").c_str()) != 0) GTEST_SKIP() << "no git";
      RuleWriter rules(seed, playground.inside());
      const std::unique_ptr<Watcher> watcher = open(options);
      RootOptions root;
      root.ignore.standard = true;
      root.initial = true;
      add(*watcher, playground.inside(), root);
      Model model(playground.inside());
      for (std::size_t round = 0; round < kRounds / 2 && !HasFailure(); ++round) {
        std::thread writer([&] {
          for (int count = 0; count < 5; ++count) rules.write();
        });
        playground.work();
        writer.join();
        apply_all(model, *watcher);
        EXPECT_EQ("", model.violations());
        EXPECT_EQ(listed_by_git(playground.inside()), files_of(model)) << model.history();
      }
    });
  }
};
INSTANTIATE_TEST_SUITE_P(, ReplayIgnoring, both_file_systems(), file_system_name);

TEST_P(ReplayIgnoring, WhatIsToldIsWhatGitLists) { keep_law({}); }

TEST_P(ReplayIgnoring, ByNetEffect) { keep_law({.settle = std::chrono::milliseconds(5)}); }

TEST_P(ReplayIgnoring, WithFewWatches) { keep_law({.max_watches = 6}); }

TEST_P(ReplayIgnoring, ByMarksOnFileSystems) {
  const Result<Watcher> watcher = Watcher::open({.backend = BackendChoice::fanotify});
  if (!watcher) GTEST_SKIP() << watcher.error().message();
  keep_law({.backend = BackendChoice::fanotify});
}

TEST_P(ReplayIgnoring, Polled) { keep_law({.backend = BackendChoice::poll}); }

}  // namespace
}  // namespace vigil::replay
