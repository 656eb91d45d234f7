// The engine over one watch that tells of a whole subtree, driven by hand.
#include "backend/windows/backend.hpp"
#include "core/engine.hpp"
#include "fake/fake_kernel.hpp"
#include "fake/fake_lister.hpp"
#include "fake/fake_reads.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <memory>
#include <set>
#include <string>

namespace vigil::sim {
namespace {

class Subtree : public ::testing::Test {
 protected:
  explicit Subtree(bool by_wine = false) : backend_(std::make_unique<fake::FakeReads>(kernel_, by_wine)) {}

  void add(const RootOptions& options) {
    Batch batch;
    ASSERT_TRUE(engine_.add("/r", options, now_, batch));
    work();
  }

  // The paths that were told as created.
  std::set<std::string> work() {
    std::set<std::string> created;
    for (int quiet = 0; quiet < 3; ++quiet) {
      do {
        Batch batch;
        engine_.step(now_, batch);
        for (const Event& event : batch) {
          if (event.kind == Kind::created) created.emplace(event.path);
        }
      } while (engine_.busy() || kernel_.queued() > 0);
      now_ += std::chrono::milliseconds(50);
      kernel_.advance(std::chrono::milliseconds(50));
    }
    return created;
  }

  fake::Kernel kernel_{fake::KernelOptions{}};
  backend::windows::WindowsBackend backend_;
  core::Moment now_{std::chrono::hours(1)};
  fake::FakeLister lister_{1, 1000, kernel_.disk(), backend_};  // as good as none
  core::Engine engine_{kDefaultKinds, kernel_.disk(), backend_, lister_};
};

// The move into the hidden name could be one half of an exchange, for something was moved into "a" just before. So "a"
// is only looked at, when it is back already, and no record tells of what was made in it meanwhile.
TEST_F(Subtree, WhatWasMadeInADirectoryWhileItHadAHiddenNameIsToldOnceItIsBack) {
  kernel_.make_directory("/r");
  kernel_.make_directory("/r/c");
  RootOptions options;
  options.exclude = {"d"};
  add(options);
  kernel_.rename("/r/c", "/r/a");
  work();
  kernel_.rename("/r/a", "/r/d");
  kernel_.make_directory("/r/d/new");
  kernel_.rename("/r/d", "/r/a");
  EXPECT_TRUE(work().contains("/r/a/new"));
}

// The directory that is found at the path is not in the one whose names were watched when the root was added.
TEST_F(Subtree, ARootIsGuardedWhereItIsThoughADirectoryAboveItIsAnother) {
  kernel_.make_directory("/t");
  kernel_.make_directory("/t/r");
  Batch batch;
  ASSERT_TRUE(engine_.add("/t/r", {}, now_, batch));
  kernel_.rename("/t", "/u");
  kernel_.make_directory("/t");
  kernel_.make_directory("/t/r");
  work();
  kernel_.rename("/t/r", "/t/gone");
  kernel_.make_directory("/t/r");
  work();
  kernel_.make_directory("/t/r/new");
  EXPECT_TRUE(work().contains("/t/r/new"));
}

class SubtreeByWine : public Subtree {
 protected:
  SubtreeByWine() : Subtree(true) {}
};

// Each removal is doubted there, so that something is in doubt at every moment.
TEST_F(SubtreeByWine, ARepairEndsWhileFilesComeAndGoWithoutPause) {
  kernel_.make_directory("/r");
  kernel_.make_directory("/r/d");
  kernel_.make_directory("/r/0");
  add({});
  kernel_.rename("/r/d", "/r/e");
  bool is_repaired = false;
  for (int number = 0; number < 1000; ++number) {
    now_ += std::chrono::milliseconds(1);
    kernel_.advance(std::chrono::milliseconds(1));
    kernel_.make_directory("/r/" + std::to_string(number + 1));
    kernel_.remove_directory("/r/" + std::to_string(number));
    Batch batch;
    engine_.step(now_, batch);
    for (const Event& event : batch) is_repaired = is_repaired || event.kind == Kind::live;
  }
  EXPECT_TRUE(is_repaired);
}

}  // namespace
}  // namespace vigil::sim
