// The runner must be able to fail: watchers with one fault each, and the verdict each deserves.
#include "conformance/runner.hpp"

#include "conformance/files.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace vigil::conformance {
namespace {

using Events = std::vector<Observation>;

// Tells the differences between two listings, and then what a test makes of them.
class ComparingSubject final : public Subject {
 public:
  using Fault = std::function<void(Told&)>;

  ComparingSubject(bool exact, Fault fault) : exact_(exact), fault_(std::move(fault)) {}

  bool can(Ability ability) const override {
    return ability == Ability::exact ? exact_ : ability != Ability::process && ability != Ability::options;
  }

  Status start(const Setup& setup) override {
    for (const WatchedRoot& root : setup.roots) {
      if (auto added = add_root(root); !added) return added;
    }
    return Done{};
  }

  Status add_root(const WatchedRoot& root) override {
    if (files::type_of(root.path) == EntryType::unknown) return Error(ErrorCode::not_found, "no " + root.path);
    known_[root.path] = files::list(root.path);
    return Done{};
  }

  Status remove_root(const std::string& path) override {
    known_.erase(path);
    return Done{};
  }

  Told collect(std::chrono::milliseconds) override {
    Told told;
    for (auto& [root, known] : known_) {
      const Listing disk = files::list(root);
      for (const auto& [path, type] : known) {
        if (disk.count(path) == 0 && disk.count(path.substr(0, path.rfind('/'))) != 0) {
          told.events.push_back(event(Kind::removed, path, type));
        }
      }
      for (const auto& [path, type] : disk) {
        if (known.count(path) == 0) told.events.push_back(event(Kind::created, path, type));
      }
      known = disk;
    }
    fault_(told);
    return told;
  }

  void stop() override {}

  static Observation event(Kind kind, const std::string& path, EntryType type) {
    Observation observation;
    observation.kind = kind;
    observation.path = path;
    observation.type = type;
    return observation;
  }

 private:
  bool exact_;
  Fault fault_;
  std::map<std::string, Listing> known_;
};

void no_fault(Told&) {}

Report run(const std::string& text, const ComparingSubject::Fault& fault, bool exact = false) {
  const auto script = parse_script("group/case", "# About.\n" + text);
  EXPECT_TRUE(script) << script.error().message();
  const SubjectKind kind{"fake", [] { return "1"; }, [&] { return std::make_unique<ComparingSubject>(exact, fault); }};
  return run_script(*script, kind, {files::default_scratch_parents(), std::chrono::milliseconds(1000)});
}

constexpr const char* kScript =
    "watch .\n"
    "mkdir d\n"
    "write d/f\n"
    "expect unordered:\n"
    "  created d directory\n"
    "  created d/f file\n"
    "rm -r d\n"
    "mkdir e\n"
    "probe e\n"
    "final-tree\n";

TEST(Runner, PassesAWatcherWithoutFault) {
  EXPECT_EQ(run(kScript, no_fault).verdict, Verdict::pass);
  const Report exact = run(kScript, no_fault, true);
  EXPECT_EQ(exact.verdict, Verdict::pass) << exact.text();
}

TEST(Runner, MissedEventsAreLost) {
  const auto misses_files = [](Told& told) {
    std::erase_if(told.events, [](const Observation& event) { return event.path.ends_with("/f"); });
  };
  EXPECT_EQ(run(kScript, misses_files).verdict, Verdict::lost);
  EXPECT_EQ(run(kScript, misses_files, true).verdict, Verdict::wrong);
}

TEST(Runner, MissedRemovalsAreLost) {
  const auto misses_removals = [](Told& told) {
    std::erase_if(told.events, [](const Observation& event) { return event.kind == Kind::removed; });
  };
  EXPECT_EQ(run(kScript, misses_removals).verdict, Verdict::lost);
}

TEST(Runner, SilenceAboutLaterFilesIsBlindness) {
  const auto misses_later_files = [](Told& told) {
    std::erase_if(told.events, [](const Observation& event) { return event.path.find("/e/") != std::string::npos; });
  };
  EXPECT_EQ(run(kScript, misses_later_files).verdict, Verdict::blind);
}

TEST(Runner, AWatcherThatHasEndedIsBlind) {
  EXPECT_EQ(run(kScript, [](Told& told) { told.failure = "has ended"; }).verdict, Verdict::blind);
}

TEST(Runner, InventedPathsAreWrong) {
  const auto invents = [](Told& told) {
    for (Observation& event : told.events) {
      if (event.path.ends_with("/d/f")) event.path.replace(event.path.size() - 3, 1, "x");
    }
  };
  EXPECT_EQ(run(kScript, invents).verdict, Verdict::wrong);
}

TEST(Runner, OldPathsForNewFilesAreWrong) {
  const auto stale = [](Told& told) {
    for (Observation& event : told.events) {
      const std::size_t name = event.path.find("/e/");
      if (name != std::string::npos) event.path.replace(name, 3, "/d/");
    }
  };
  EXPECT_EQ(run(kScript, stale).verdict, Verdict::wrong);
}

TEST(Runner, WrongTypesAreWrong) {
  const auto mistypes = [](Told& told) {
    for (Observation& event : told.events) event.type = EntryType::symlink;
  };
  EXPECT_EQ(run("watch .\nwrite f\nfinal-tree\n", mistypes).verdict, Verdict::wrong);
}

TEST(Runner, RepetitionIsWrongOnlyWhereEachEventCounts) {
  const auto repeats = [](Told& told) {
    const Events once = told.events;
    told.events.insert(told.events.end(), once.begin(), once.end());
  };
  EXPECT_EQ(run("watch .\nwrite f\nfinal-tree\n", repeats).verdict, Verdict::pass);
  EXPECT_EQ(run("watch .\nwrite f\nfinal-tree\n", repeats, true).verdict, Verdict::wrong);
}

TEST(Runner, UnexpectedErrorsOfVigilAreWrong) {
  const auto errs = [](Told& told) {
    told.events.push_back(ComparingSubject::event(Kind::error, "/somewhere", EntryType::unknown));
  };
  EXPECT_EQ(run("watch .\nwrite f\nfinal-tree\n", errs, true).verdict, Verdict::wrong);
}

TEST(Runner, AnUntoldLossThatShowsHasNoNotice) {
  const auto loses = [](Told& told) { told.events.clear(); };
  const auto loses_and_says_so = [](Told& told) {
    told.events = {ComparingSubject::event(Kind::rescan, "/", EntryType::unknown)};
  };
  const std::string text = "watch .\nwrite f\nexpect loss-reported\nfinal-tree\n";
  EXPECT_EQ(run(text, loses).verdict, Verdict::no_notice);
  EXPECT_EQ(run(text, loses_and_says_so).verdict, Verdict::lost);
  EXPECT_EQ(run(text, no_fault).verdict, Verdict::pass);
  EXPECT_EQ(run(text, no_fault, true).verdict, Verdict::no_notice);
}

TEST(Runner, ALostRootMustBeTold) {
  const std::string text = "mkdir r\nwatch r\nrm r\nexpect root-lost\n";
  const auto tells = [](Told& told) {
    told.events = {ComparingSubject::event(Kind::removed, "", EntryType::directory)};
  };
  EXPECT_EQ(run(text, [](Told& told) { told.events.clear(); }).verdict, Verdict::no_notice);
  EXPECT_EQ(run(text, tells).verdict, Verdict::no_notice) << "another path is not the root";
  EXPECT_EQ(run(text, [](Told& told) { told.failure = "ended with the root"; }).verdict, Verdict::pass);
}

TEST(Runner, AScriptThatFailsIsBroken) {
  EXPECT_EQ(run("watch .\nrm no-such-file\nfinal-tree\n", no_fault).verdict, Verdict::broken);
  EXPECT_EQ(run("watch .\ntry rm no-such-file\nfinal-tree\n", no_fault).verdict, Verdict::pass);
  EXPECT_EQ(run("watch .\ntouch $unknown\nfinal-tree\n", no_fault).verdict, Verdict::broken);
  EXPECT_EQ(run("watch .\nthreads 2\n  rm no-such-file\nend\nfinal-tree\n", no_fault).verdict, Verdict::broken);
}

TEST(Runner, RefusalsMustHappenAndForTheReasonGiven) {
  EXPECT_EQ(run("watch missing fails not_found\nwatch .\nfinal-tree\n", no_fault, true).verdict, Verdict::pass);
  EXPECT_EQ(run("watch missing fails permission_denied\nwatch .\nfinal-tree\n", no_fault, true).verdict,
            Verdict::wrong);
  EXPECT_EQ(run("watch . fails not_found\nwatch .\nfinal-tree\n", no_fault, true).verdict, Verdict::wrong);
}

TEST(Runner, VariablesCountBlocks) {
  const Report report =
      run("let long ab 3\nwatch .\nrepeat 2\n  touch $long$i\nend\nthreads 2\n  touch t$t\nend\n"
          "expect unordered:\n  created ababab1\n  created ababab2\n  created t1\n  created t2\n",
          no_fault, true);
  EXPECT_EQ(report.verdict, Verdict::pass) << report.text();
}

TEST(Runner, WindowsEndWhereSomethingHappensAfterAnExpectation) {
  const Report report = run(
      "watch .\ntouch a\nexpect ordered:\n  created a\nexpect no removed a\ntouch b\nexpect ordered:\n  created b\n",
      no_fault, true);
  EXPECT_EQ(report.verdict, Verdict::pass) << report.text();
}

TEST(Runner, ScriptsThatNeedMoreThanTheWatcherHasDoNotApply) {
  EXPECT_EQ(run("watch .\nstop-watcher\ncontinue-watcher\nfinal-tree\n", no_fault).verdict, Verdict::not_applicable);
  EXPECT_EQ(run("options net\nwatch .\nfinal-tree\n", no_fault).verdict, Verdict::not_applicable);
  EXPECT_EQ(run("watch .\nexpect contains:\n  live .\n", no_fault).verdict, Verdict::not_applicable);
  EXPECT_EQ(run("limit user.max_inotify_watches 5\nwatch .\nfinal-tree\n", no_fault).verdict, Verdict::not_applicable);
}

TEST(Runner, WhatAScriptNeedsByNameTheWatcherMustHave) {
  EXPECT_EQ(run("needs returning-root\nwatch .\nfinal-tree\n", no_fault).verdict, Verdict::pass);
  EXPECT_EQ(run("needs clairvoyance\nwatch .\nfinal-tree\n", no_fault).verdict, Verdict::not_applicable);
}

TEST(Runner, WhatIsToldLateIsWaitedFor) {
  Events kept;
  int looks = 0;
  const auto tells_late = [&](Told& told) {
    if (!told.events.empty()) kept = std::exchange(told.events, {});
    if (++looks == 4) told.events = kept;
  };
  EXPECT_EQ(run("watch .\nwrite f\neventually f\n", tells_late).verdict, Verdict::pass);
  EXPECT_EQ(looks, 4);
  EXPECT_EQ(run("watch .\nwrite f\neventually g\n", no_fault).verdict, Verdict::lost);
}

TEST(Runner, AsksOnceForEachThingThatHappens) {
  int looks = 0;
  const auto counts = [&](Told&) { ++looks; };
  run("watch .\nwrite f\nsync\nseen f\nfinal-tree\nwrite g\nfinal-tree\nfinal-tree\n", counts);
  EXPECT_EQ(looks, 2);
}

TEST(Runner, WhatTheMachineCannotDoIsSkippedByName) {
  const Report report = run("require teleportation\nwatch .\nfinal-tree\n", no_fault);
  EXPECT_EQ(report.verdict, Verdict::skipped);
  EXPECT_NE(report.reason.find("teleportation"), std::string::npos);
}

TEST(Runner, DroppedRootsAreNotAskedForAnyMore) {
  const Report report = run("mkdir a\nwatch a\nunwatch a\ntouch a/f\nfinal-tree\n", no_fault, true);
  EXPECT_EQ(report.verdict, Verdict::pass) << report.text();
}

}  // namespace
}  // namespace vigil::conformance
