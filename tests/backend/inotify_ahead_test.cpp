// Watches that are begun ahead of the engine, on another thread, and adopted later.
#include "backend/inotify/backend.hpp"
#include "fake/fake_kernel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace vigil::backend::inotify {
namespace {

constexpr tree::NodeId kNode = 7;
constexpr tree::NodeId kOther = 8;

class Hints final : public HintSink {
 public:
  void on_hint(const Hint& hint) override { hints.push_back(hint); }
  std::vector<Hint> hints;
};

class InotifyAhead : public ::testing::Test {
 protected:
  InotifyAhead() { backend_.expect(true); }

  std::int32_t watch_ahead() {
    const auto watched = backend_.watch_ahead(*directory_);
    EXPECT_TRUE(watched);
    return watched.value;
  }

  std::size_t drain() {
    hints_.hints.clear();
    backend_.drain(hints_);
    return hints_.hints.size();
  }

  fake::Kernel kernel_;
  InotifyBackend backend_{kernel_.open_inotify(), kDefaultKinds};
  Hints hints_;
  std::unique_ptr<sys::Directory> directory_ = (kernel_.make_directory("/d"), kernel_.disk().open("/d/").value);
};

TEST_F(InotifyAhead, WhatIsAdoptedTells) {
  const std::int32_t watch = watch_ahead();
  ASSERT_EQ(backend_.adopt(watch, kNode), watch);
  kernel_.make_directory("/d/a");
  ASSERT_EQ(drain(), 1U);
  EXPECT_EQ(hints_.hints[0].directory, kNode);
}

TEST_F(InotifyAhead, WhatWasQueuedBeforeItWasAdoptedIsDoubtful) {
  const std::int32_t watch = watch_ahead();
  kernel_.make_directory("/d/a");
  ASSERT_EQ(backend_.adopt(watch, kNode), watch);
  backend_.listed(watch, kNode);
  kernel_.make_directory("/d/b");
  ASSERT_EQ(drain(), 2U);
  EXPECT_TRUE(hints_.hints[0].doubtful);
  EXPECT_FALSE(hints_.hints[1].doubtful);
}

TEST_F(InotifyAhead, WhatWasPassedOverIsNotForgotten) {
  const std::int32_t watch = watch_ahead();
  kernel_.make_directory("/d/a");
  EXPECT_EQ(drain(), 0U);
  backend_.expect(true);  // more are begun
  EXPECT_EQ(backend_.adopt(watch, kNode), tree::kNoWatch);
  EXPECT_EQ(kernel_.watches(), 0U);
}

// The engine has another node for the same directory (a bind mount), which got the records.
TEST_F(InotifyAhead, AWatchThatIsAnothersIsNotAdopted) {
  ASSERT_TRUE(backend_.watch(kOther, *directory_, Backend::Interest::everything));
  const std::int32_t watch = watch_ahead();
  EXPECT_EQ(backend_.adopt(watch, kNode), tree::kNoWatch);
  backend_.abandon(watch);
  EXPECT_EQ(kernel_.watches(), 1U);
  kernel_.make_directory("/d/a");
  ASSERT_EQ(drain(), 1U);
  EXPECT_EQ(hints_.hints[0].directory, kOther);
}

TEST_F(InotifyAhead, WhatIsAbandonedIsWatchedNoMore) {
  backend_.abandon(watch_ahead());
  EXPECT_EQ(kernel_.watches(), 0U);
}

// The directory was asked for by the path it had and by the one it has.
TEST_F(InotifyAhead, AWatchThatWasGivenUpForOneIsNotAdoptedForTheOther) {
  const std::int32_t one = watch_ahead();
  const std::int32_t other = watch_ahead();
  ASSERT_EQ(one, other);
  backend_.abandon(one);
  EXPECT_EQ(backend_.adopt(other, kNode), tree::kNoWatch);
}

TEST_F(InotifyAhead, AWatchThatEndedWithItsLastNodeIsNotAdopted) {
  const auto watched = backend_.watch(kOther, *directory_, Backend::Interest::everything);
  const std::int32_t ahead = watch_ahead();
  ASSERT_EQ(watched.value, ahead);
  backend_.unwatch(watched.value, kOther);
  EXPECT_EQ(backend_.adopt(ahead, kNode), tree::kNoWatch);
}

}  // namespace
}  // namespace vigil::backend::inotify
