// Two backends as one, by hand.
#include "backend/combined/backend.hpp"

#include "support/no_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <utility>

namespace vigil::backend::combined {
namespace {

using Interest = Backend::Interest;

// Watches what it is told to, and has the records that it is told to have.
class ByHand final : public Backend {
 public:
  ByHand(std::string name, Mark position) : name_(std::move(name)), position_(position) {}

  std::string_view name() const override { return name_; }
  sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory&, Interest) override {
    if (error != 0) return sys::Outcome<std::int32_t>::failure(error);
    watched.insert(node);
    return {static_cast<std::int32_t>(node) + 10};
  }
  sys::Outcome<std::int32_t> watch_without_limit(tree::NodeId node, const sys::Directory& directory,
                                                 Interest interest) override {
    if (is_limited) return sys::Outcome<std::int32_t>::failure(sys::kNoSpace);
    return watch(node, directory, interest);
  }
  sys::Outcome<std::int32_t> watch_ahead(const sys::Directory&) override { return {1}; }
  void expect(bool) override {}
  std::int32_t adopt(std::int32_t watch, tree::NodeId) override { return watch; }
  void abandon(std::int32_t) override {}
  void listed(std::int32_t watch, tree::NodeId) override { listed_ = watch; }
  void unwatch(std::int32_t watch, tree::NodeId node) override {
    EXPECT_EQ(static_cast<std::int32_t>(node) + 10, watch);
    watched.erase(node);
  }
  Drained drain(HintSink&) override {
    const bool any = queued != 0;
    position_ += std::exchange(queued, 0);
    return {.any = any, .empty = true, .error = drain_error};
  }
  Mark mark() override { return position_ + queued; }
  Mark position() const override { return position_; }
  std::string explain(int code) const override { return code == explained ? "the reason" : ""; }
  Descriptor descriptor() const override { return {}; }
  std::size_t watches() const override { return watched.size(); }
  std::size_t limited_watches() const override { return is_limited ? watched.size() : 0; }
  std::uint64_t records() const override { return position_; }
  std::size_t memory_bytes() const override { return 1; }

  int error = 0;
  int drain_error = 0;
  int explained = sys::kNoSpace;
  bool is_limited = true;
  Mark queued = 0;
  std::set<tree::NodeId> watched;
  std::int32_t listed_ = 0;

 private:
  std::string name_;
  Mark position_;
};

class Deaf final : public HintSink {
 public:
  void on_hint(const Hint&) override {}
};

class Combined : public ::testing::Test {
 protected:
  std::int32_t watch(tree::NodeId node) { return both_.watch(node, directory_, Interest::everything).value; }
  void drain() { (void)both_.drain(deaf_); }

  // The second is there from now on.
  std::int32_t open_second() {
    first_->error = sys::kNoSpace;
    const std::int32_t watch = this->watch(7);
    first_->error = 0;
    return watch;
  }

  vigil::testing::NoDirectory directory_;
  Deaf deaf_;
  ByHand* first_ = new ByHand("first", 100);
  ByHand* second_ = nullptr;
  int opened_ = 0;
  bool can_open_ = true;
  CombinedBackend both_{std::unique_ptr<Backend>(first_), "", [this]() -> std::unique_ptr<Backend> {
                          ++opened_;
                          if (!can_open_) return nullptr;
                          second_ = new ByHand("second", 5000);
                          return std::unique_ptr<Backend>(second_);
                        }};
};

TEST_F(Combined, TheSecondIsForWhatTheFirstCannotWatch) {
  const std::int32_t by_first = watch(1);
  EXPECT_EQ(0, opened_);
  const std::int32_t by_second = open_second();
  EXPECT_EQ(1, opened_);
  EXPECT_NE(tree::kNoWatch, by_second);
  EXPECT_EQ("first", both_.name_of(by_first));
  EXPECT_EQ("second", both_.name_of(by_second));
  EXPECT_EQ("", both_.why(by_first));
  EXPECT_EQ("the reason", both_.why(by_second));
  EXPECT_EQ(2u, both_.watches());
  both_.listed(by_second, 7);
  EXPECT_EQ(17, second_->listed_);
  EXPECT_EQ(0, first_->listed_);
  both_.unwatch(by_second, 7);
  EXPECT_TRUE(second_->watched.empty());
  both_.unwatch(by_first, 1);
  EXPECT_TRUE(first_->watched.empty());
}

TEST_F(Combined, WithoutASecondTheReasonIsTheFirsts) {
  can_open_ = false;
  first_->error = sys::kNoSpace;
  for (int time = 0; time < 3; ++time) {
    EXPECT_EQ(sys::kNoSpace, both_.watch(1, directory_, Interest::everything).error);
  }
  EXPECT_EQ(1, opened_);
  EXPECT_EQ("the reason", both_.explain(sys::kNoSpace));
}

TEST_F(Combined, OfTwoReasonsTheLimitIsTold) {
  (void)open_second();
  first_->error = sys::kNoSpace;
  second_->error = sys::kNotWatchable;
  EXPECT_EQ(sys::kNoSpace, both_.watch(1, directory_, Interest::everything).error);
  std::swap(first_->error, second_->error);
  EXPECT_EQ(sys::kNoSpace, both_.watch(1, directory_, Interest::everything).error);
}

TEST_F(Combined, WhatIsGoneIsNotTriedTwice) {
  first_->error = sys::kNotFound;
  EXPECT_EQ(sys::kNotFound, both_.watch(1, directory_, Interest::everything).error);
  first_->error = sys::kDenied;
  EXPECT_EQ(sys::kDenied, both_.watch(1, directory_, Interest::everything).error);
  EXPECT_EQ(0, opened_);
}

TEST_F(Combined, WithoutLimitIsByWhicheverHasNone) {
  (void)open_second();
  EXPECT_EQ(sys::kNoSpace, both_.watch_without_limit(1, directory_, Interest::everything).error);
  second_->is_limited = false;
  const sys::Outcome<std::int32_t> watched = both_.watch_without_limit(1, directory_, Interest::everything);
  ASSERT_TRUE(watched);
  EXPECT_EQ("second", both_.name_of(watched.value));
  EXPECT_EQ(0u, both_.limited_watches());
}

// A mark is reached when both streams have reached it, however far one of them is ahead.
TEST_F(Combined, AMarkIsBehindWhatBothHave) {
  (void)open_second();
  first_->queued = 3;
  second_->queued = 2;
  const Mark mark = both_.mark();
  const Mark before = both_.position();
  EXPECT_LT(before, mark);
  first_->queued = 1000;
  second_->queued = 0;  // it does not come to its records yet
  drain();
  EXPECT_LT(both_.position(), mark);
  EXPECT_GE(both_.position(), before);
  second_->queued = 1;
  drain();
  EXPECT_LT(both_.position(), mark);
  second_->queued = 1;
  drain();
  EXPECT_GE(both_.position(), mark);
}

TEST_F(Combined, MarksAreReachedInTheirOrder) {
  (void)open_second();
  first_->queued = 1;
  const Mark early = both_.mark();
  second_->queued = 1;
  const Mark late = both_.mark();
  EXPECT_EQ(late, both_.mark());
  EXPECT_LE(early, late);
  second_->queued = 0;
  drain();
  EXPECT_GE(both_.position(), early);
  EXPECT_LT(both_.position(), late);
  Mark last = both_.position();
  for (int step = 0; step < 5; ++step) {
    second_->queued = 1;
    (void)both_.mark();
    drain();
    EXPECT_GE(both_.position(), last);
    last = both_.position();
  }
  EXPECT_GE(last, late);
}

TEST_F(Combined, WhereOneIsDeafBothAre) {
  (void)open_second();
  second_->drain_error = 5;
  EXPECT_EQ(5, both_.drain(deaf_).error);
}

TEST(CombinedWhy, IsSaidOfTheFirstWhereThatIsNotWhatWasAskedFor) {
  CombinedBackend both(std::make_unique<ByHand>("first", 0), "no privilege", [] { return nullptr; });
  EXPECT_EQ("no privilege", both.why(3));
}

}  // namespace
}  // namespace vigil::backend::combined
