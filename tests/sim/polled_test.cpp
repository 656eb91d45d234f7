// Directories that the kernel would not watch, and what else may happen when they are compared.
#include "backend/inotify/backend.hpp"
#include "core/engine.hpp"
#include "fake/fake_kernel.hpp"
#include "fake/fake_lister.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using fake::Access;

// One watch for "/", in which the root is a name, and one for the root: none for the directory in it.
constexpr fake::KernelOptions kFewWatches{.queue_max = 8, .watches_max = 2};

class Polled : public ::testing::Test {
 protected:
  Polled() {
    kernel_.make_directory("/r");
    kernel_.make_directory("/r/d");
    write("/r/d/f");
    pass(10ms);
    Batch batch;
    EXPECT_TRUE(engine_.add("/r", {}, now_, batch));
    work();
  }

  void pass(std::chrono::nanoseconds time) {
    now_ += time;
    kernel_.advance(time);
  }

  void write(const std::string& path) {
    const sys::Outcome<int> file = kernel_.open(path, Access::write, false);
    ASSERT_TRUE(file);
    kernel_.write(file.value);
    kernel_.close(file.value);
  }

  // Steps until there is nothing more to do but wait for some time; what was told.
  std::vector<std::string> work() {
    std::vector<std::string> told;
    do {
      Batch batch;
      engine_.step(now_, batch);
      for (const Event& event : batch)
        told.push_back(std::string(to_string(event.kind)) + ' ' + std::string(event.path));
    } while (engine_.busy() || kernel_.queued() > 0);
    return told;
  }

  std::size_t times_told(const std::vector<std::string>& told, const std::string& text) {
    return static_cast<std::size_t>(std::count(told.begin(), told.end(), text));
  }

  fake::Kernel kernel_{kFewWatches};
  backend::inotify::InotifyBackend backend_{kernel_.open_inotify(), kDefaultKinds};
  core::Moment now_{std::chrono::hours(1)};
  fake::FakeLister lister_{1, 1000, kernel_.disk(), backend_};  // as good as none
  core::Engine engine_{kDefaultKinds, kernel_.disk(), backend_, lister_};
};

TEST_F(Polled, AChangeIsToldOnceThoughNothingTellsOfIt) {
  write("/r/d/f");
  EXPECT_EQ(times_told(work(), "modified /r/d/f"), 0u);
  pass(3s);
  EXPECT_EQ(times_told(work(), "modified /r/d/f"), 1u);
  pass(3s);
  EXPECT_EQ(times_told(work(), "modified /r/d/f"), 0u);
}

// The repair compares with the time of the loss, which is later than what the poll has to compare with.
TEST_F(Polled, AChangeIsToldThoughARepairFallsTogetherWithThePoll) {
  write("/r/d/f");
  pass(1s);
  work();
  pass(2s);
  for (int number = 0; number < 10; ++number) write("/r/" + std::to_string(number));
  std::vector<std::string> told = work();
  EXPECT_EQ(times_told(told, "rescan /r"), 1u);
  EXPECT_EQ(times_told(told, "modified /r/d/f"), 1u);
}

// It cannot be opened when it is its turn.
TEST_F(Polled, AChangeIsToldThoughAPollFailed) {
  pass(10ms);
  write("/r/d/f");
  kernel_.fault = [](fake::Call call) { return call == fake::Call::open ? EMFILE : 0; };
  pass(3s);
  work();
  pass(3s);
  work();
  kernel_.fault = nullptr;
  pass(3s);
  EXPECT_EQ(times_told(work(), "modified /r/d/f"), 1u);
}

}  // namespace
}  // namespace vigil::sim
