// A root that is ready before it is listed, where directories moved meanwhile: all is told anew, in pieces.
#include "backend/inotify/backend.hpp"
#include "core/engine.hpp"
#include "fake/fake_kernel.hpp"
#include "fake/fake_lister.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using backend::Backend;
using backend::Mark;

// As if the kernel told of a whole file system from one moment on; what is held stays in its queue.
class Ahead final : public backend::Backend {
 public:
  explicit Ahead(std::unique_ptr<sys::Inotify> inotify) : inner_(std::move(inotify), kDefaultKinds) {}

  std::string_view name() const override { return "ahead"; }
  bool watches_ahead_of_listing() const override { return true; }
  void hold() override { was_held_ = holding_ = true; }
  void release(bool tree_is_from_before) override {
    holding_ = false;
    compares_ = !tree_is_from_before;
  }
  void drop_held() override {
    struct Nobody final : backend::HintSink {
      void on_hint(const backend::Hint& /*hint*/) override {}
    } nobody;
    while (inner_.drain(nobody).any) ++dropped;
    holding_ = false;
  }
  bool held(TouchSink& sink) override {
    const bool is_move = !loses;
    sink.on_touch({.directory = top_, .name = "d", .existed = true, .is_directory = true, .is_move = is_move});
    return !loses;
  }
  Drained drain(backend::HintSink& sink) override {
    if (holding_) return {.empty = true};
    const Drained drained = inner_.drain(sink);
    if (drained.empty && std::exchange(compares_, false)) sink.on_hint({.what = backend::Hint::What::everything});
    return drained;
  }
  Mark read_position() const override { return holding_ ? ~Mark{0} : inner_.position(); }

  sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory& directory, Interest interest) override {
    if (!was_held_) top_ = node;  // the root is watched last before hold()
    return inner_.watch(node, directory, interest);
  }
  sys::Outcome<std::int32_t> watch_ahead(const sys::Directory& directory) override {
    return inner_.watch_ahead(directory);
  }
  void expect(bool watches_ahead) override { inner_.expect(watches_ahead); }
  std::int32_t adopt(std::int32_t watch, tree::NodeId node) override { return inner_.adopt(watch, node); }
  void abandon(std::int32_t watch) override { inner_.abandon(watch); }
  void listed(std::int32_t watch, tree::NodeId node) override { inner_.listed(watch, node); }
  void unwatch(std::int32_t watch, tree::NodeId node) override { inner_.unwatch(watch, node); }
  Mark mark() override { return inner_.mark(); }
  Mark position() const override { return inner_.position(); }
  std::string explain(int error) const override { return inner_.explain(error); }
  Descriptor descriptor() const override { return inner_.descriptor(); }
  std::size_t watches() const override { return inner_.watches(); }
  std::uint64_t records() const override { return inner_.records(); }
  std::size_t memory_bytes() const override { return inner_.memory_bytes(); }

  int dropped = 0;
  bool loses = false;  // what comes after `d` is said to have moved

 private:
  backend::inotify::InotifyBackend inner_;
  tree::NodeId top_ = tree::kNoNode;
  bool holding_ = false;
  bool was_held_ = false;
  bool compares_ = false;
};

class EarlyRoot : public ::testing::Test {
 protected:
  static constexpr std::size_t kStepBytes = 4096;
  static constexpr int kNames = 1000;

  EarlyRoot() {
    engine_.bound_steps(kStepBytes);
    kernel_.make_directory("/r");
    kernel_.make_directory("/o");
    for (int number = 0; number < kNames; ++number) {
      kernel_.make_fifo("/r/name" + std::to_string(number));
    }
    kernel_.make_directory("/r/d");
    for (int number = 0; number < kNames; ++number) {
      kernel_.make_directory("/r/d/" + std::to_string(number));
    }
    for (const auto& [path, entry] : kernel_.snapshot("/r")) told_.insert("/r/" + path);
  }

  void SetUp() override { add_root(); }

  void add_root() {
    Batch batch;
    EXPECT_TRUE(engine_.add("/r", {}, now_, batch));
    take(batch);
  }

  void take(const Batch& batch) {
    for (const Event& event : batch) {
      const std::string path(event.path);
      kinds_.push_back(event.kind);
      if (event.kind == Kind::created) {
        EXPECT_TRUE(told_.insert(path).second) << path;
        EXPECT_TRUE(told_.contains(path.substr(0, path.rfind('/'))) || path.rfind('/') == 2) << path;
      }
      if (event.kind == Kind::removed || event.replaced) take_below(path);
      if (event.kind == Kind::renamed) {
        for (const std::string& below : take_below(std::string(event.from))) told_.insert(path + below);
      }
    }
    most_bytes_ = std::max(most_bytes_, batch.memory_bytes());
  }

  // What was at and below a path, relative to it.
  std::vector<std::string> take_below(const std::string& path) {
    std::vector<std::string> taken;
    std::erase_if(told_, [&](const std::string& each) {
      const bool is_below = each == path || each.starts_with(path + '/');
      if (is_below) taken.push_back(each.substr(path.size()));
      return is_below;
    });
    return taken;
  }

  void step() {
    Batch batch;
    engine_.step(now_, batch);
    take(batch);
    now_ += 1ms;
    kernel_.advance(1ms);
  }

  void work() {
    for (int steps = 0; engine_.busy() || kernel_.queued() > 0; ++steps) {
      ASSERT_LT(steps, 20000);
      step();
    }
  }

  std::size_t count(Kind kind) const {
    return static_cast<std::size_t>(std::count(kinds_.begin(), kinds_.end(), kind));
  }

  std::set<std::string> on_disk() const {
    std::set<std::string> all;
    for (const auto& [path, entry] : kernel_.snapshot("/r")) all.insert("/r/" + path);
    return all;
  }

  fake::Kernel kernel_;
  Ahead backend_{kernel_.open_inotify()};
  core::Moment now_{1h};
  fake::FakeLister lister_{1, 1000, kernel_.disk(), backend_};
  core::Engine engine_{kDefaultKinds, kernel_.disk(), backend_, lister_};
  std::set<std::string> told_;
  std::vector<Kind> kinds_;
  std::size_t most_bytes_ = 0;
};

TEST_F(EarlyRoot, IsToldAnewInPieces) {
  ASSERT_EQ(count(Kind::ready), 1U);
  kernel_.rename("/r/d", "/r/moved");
  work();
  EXPECT_EQ(told_, on_disk());
  EXPECT_EQ(count(Kind::ready), 1U);
  EXPECT_EQ(count(Kind::rescan), 1U);
  EXPECT_EQ(count(Kind::live), 1U);
  EXPECT_EQ(count(Kind::created), 2U * kNames + 1);
  EXPECT_GE(count(Kind::removed), 1U * kNames);
  // What one more event needs where the memory is full, and the rest of the block of a listing.
  EXPECT_LE(most_bytes_, 4 * kStepBytes);
  EXPECT_GE(backend_.dropped, 1);
}

// From the first moment on.
TEST_F(EarlyRoot, IsToldAnewWhereRecordsWereLostBeforeItWasListed) {
  ASSERT_EQ(count(Kind::ready), 1U);
  backend_.loses = true;
  for (int number = 0; number < kNames; ++number) {
    kernel_.remove("/r/name" + std::to_string(number));
  }
  kernel_.rename("/r/d", "/r/moved");
  kernel_.make_fifo("/r/new");
  work();
  EXPECT_EQ(told_, on_disk());
  EXPECT_EQ(count(Kind::ready), 1U);
  EXPECT_EQ(count(Kind::rescan), 1U);
  EXPECT_EQ(count(Kind::live), 1U);
}

class RootThatLosesAtOnce : public EarlyRoot {
 protected:
  void SetUp() override {
    backend_.loses = true;
    add_root();
  }
};

// For nobody would know what was in it at first.
TEST_F(RootThatLosesAtOnce, IsListedFirst) {
  EXPECT_EQ(count(Kind::ready), 0U);
  work();
  EXPECT_THAT(kinds_, ::testing::ElementsAre(Kind::ready));
  kernel_.remove("/r/name0");
  kernel_.rename("/r/d", "/r/moved");
  work();
  EXPECT_EQ(told_, on_disk());
  EXPECT_EQ(count(Kind::rescan), 0U);
}

TEST_F(EarlyRoot, ThatChangesMeanwhileIsToldRightly) {
  kernel_.rename("/r/d", "/r/moved");
  for (int number = 0; number < 2000 && count(Kind::live) == 0; ++number) {
    kernel_.remove("/r/name" + std::to_string(number));
    kernel_.make_fifo("/r/later" + std::to_string(number));
    kernel_.rename("/r/moved/" + std::to_string(number), "/r/name" + std::to_string(number));
    step();
  }
  work();
  now_ += 1s;
  work();
  EXPECT_EQ(told_, on_disk());
}

// What is held is told for the sake of the other.
TEST_F(EarlyRoot, MayHaveAnotherBesideIt) {
  Batch batch;
  ASSERT_TRUE(engine_.add("/o", {}, now_, batch));
  take(batch);
  kernel_.rename("/r/d", "/r/moved");
  for (int steps = 0; count(Kind::ready) < 2; ++steps) {
    ASSERT_LT(steps, 20000);
    step();
  }
  kernel_.make_directory("/o/d");
  kernel_.make_fifo("/o/d/pipe");
  work();
  now_ += 1s;
  work();
  EXPECT_EQ(backend_.dropped, 0);
  EXPECT_GE(count(Kind::removed), 1U * kNames);
  std::set<std::string> expected = on_disk();
  expected.insert({"/o/d", "/o/d/pipe"});
  EXPECT_EQ(told_, expected);
}

// Between its removals there is no time to tell the rest in pieces.
TEST_F(EarlyRoot, MayBeLostInBetween) {
  kernel_.rename("/r/d", "/r/moved");
  while (count(Kind::removed) == 0) step();
  EXPECT_LT(count(Kind::removed), 1U * kNames);
  kernel_.rename("/r", "/o/r");
  backend_.release(false);  // so that the loss is told at once
  work();
  EXPECT_EQ(count(Kind::lost), 1U);
  kernel_.rename("/o/r", "/r");
  work();
  EXPECT_EQ(count(Kind::restored), 1U);
  EXPECT_EQ(told_, on_disk());
}

}  // namespace
}  // namespace vigil::sim
