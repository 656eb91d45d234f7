#include "backend/fanotify/backend.hpp"
#include "backend/fanotify_records.hpp"
#include "fake/fake_kernel.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace vigil::backend {

std::ostream& operator<<(std::ostream& out, Hint::What what) { return out << static_cast<int>(what); }

namespace fanotify {
namespace {

using What = Hint::What;

constexpr tree::NodeId kOne = 7;
constexpr tree::NodeId kOther = 8;
constexpr std::uint32_t kInodeOne = 100;
constexpr std::uint32_t kInodeOther = 200;

// A group whose queue the test fills.
class Group final : public sys::Fanotify {
 public:
  sys::Outcome<std::string> identify(const sys::Directory&) override { return {identity_of(next_inode)}; }
  int mark_file_system(const sys::Directory&, std::uint64_t) override { return mark_error; }
  int mark_directory(const sys::Directory&, std::uint64_t) override { return ++directories, 0; }
  void unmark_file_systems() override { ++unmarked; }

  sys::Outcome<std::size_t> read(std::span<std::byte> buffer) override {
    if (queue.empty()) return sys::Outcome<std::size_t>::failure(EAGAIN);
    std::size_t size = 0;
    while (!queue.empty() && size + queue.front().size() <= buffer.size()) {
      std::memcpy(buffer.data() + size, queue.front().data(), queue.front().size());
      size += queue.front().size();
      queue.pop_front();
    }
    return {size};
  }

  sys::Outcome<std::size_t> pending() override { return {queue.size()}; }
  Descriptor descriptor() const override { return {}; }

  std::deque<Bytes> queue;
  std::uint32_t next_inode = 0;
  int mark_error = 0;
  int directories = 0;
  int unmarked = 0;
};

struct Told {
  What what;
  tree::NodeId directory;
  std::string name;
  bool doubtful;

  bool operator==(const Told&) const = default;
};

void PrintTo(const Told& told, std::ostream* out) {
  *out << static_cast<int>(told.what) << " " << told.directory << " '" << told.name << "'"
       << (told.doubtful ? " doubtful" : "");
}

class Sink final : public HintSink, public Backend::TouchSink {
 public:
  void on_hint(const Hint& hint) override {
    told.push_back({hint.what, hint.directory, std::string(hint.name), hint.doubtful});
    last = hint;
  }
  void on_touch(const Backend::Touch& touch) override {
    touches.push_back(std::string(touch.name) + (touch.existed ? " was" : " was not"));
  }

  std::vector<Told> told;
  std::vector<std::string> touches;
  Hint last;
};

class FanotifyBackendTest : public ::testing::Test {
 protected:
  FanotifyBackendTest() {
    kernel_.make_directory("/d");
    directory_ = kernel_.disk().open("/d/").value;
    one_ = watch(kInodeOne, kOne);
    watch(kInodeOther, kOther);
  }

  std::int32_t watch(std::uint32_t inode, tree::NodeId node,
                     Backend::Interest interest = Backend::Interest::everything) {
    group_->next_inode = inode;
    const sys::Outcome<std::int32_t> watched = backend_.watch(node, *directory_, interest);
    EXPECT_TRUE(watched);
    backend_.listed(watched.value, node);
    return watched.value;
  }

  void queue(std::uint64_t mask, std::uint32_t directory, std::string_view name, std::uint32_t target) {
    group_->queue.push_back(record(mask, {information(kNameType, directory, name), information(kTargetType, target)}));
  }
  void queue_rename(std::uint32_t from, std::string_view old_name, std::uint32_t to, std::string_view new_name,
                    std::uint32_t target) {
    group_->queue.push_back(
        record(kRename, {information(kOldNameType, from, old_name), information(kNewNameType, to, new_name),
                         information(kTargetType, target)}));
  }

  const std::vector<Told>& drain() {
    sink_.told.clear();
    while (!backend_.drain(sink_).empty) {
    }
    return sink_.told;
  }

  fake::Kernel kernel_;
  std::unique_ptr<sys::Directory> directory_;
  Group* group_ = new Group;
  FanotifyBackend backend_{std::unique_ptr<sys::Fanotify>(group_), kDefaultKinds};
  Sink sink_;
  std::int32_t one_ = 0;
};

TEST_F(FanotifyBackendTest, OneRecordTellsAllThatWasMerged) {
  queue(kCreate | kModify | kCloseWrite, kInodeOne, "a", 1);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, kOne, "a", false},
                                        {What::written, kOne, "a", false},
                                        {What::closed, kOne, "a", false}}));
  EXPECT_EQ(sink_.last.pid, 42);
}

TEST_F(FanotifyBackendTest, WhatOthersDoIsCountedAndPassedOver) {
  queue(kCreate, 555, "a", 1);
  queue_rename(555, "a", 556, "b", 1);
  EXPECT_EQ(drain(), std::vector<Told>{});
  EXPECT_EQ(backend_.foreign_records(), 2U);
  EXPECT_EQ(backend_.records(), 2U);
}

TEST_F(FanotifyBackendTest, ARenameIsOneMoveOfTwoHalves) {
  queue_rename(kInodeOne, "a", kInodeOther, "b", 1);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::moved_from, kOne, "a", false}, {What::moved_to, kOther, "b", false}}));
  EXPECT_NE(sink_.last.token, 0U);
}

TEST_F(FanotifyBackendTest, ARenameToWhereNothingIsWatchedIsComplete) {
  queue_rename(kInodeOne, "a", 555, "b", 1);
  queue_rename(555, "c", kInodeOne, "d", 2);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::moved_away, kOne, "a", false}, {What::moved_to, kOne, "d", false}}));
}

// a to b, b to a, a to b: the kernel merges the third with the first.
TEST_F(FanotifyBackendTest, ARenameInACircleIsUncertain) {
  queue_rename(kInodeOne, "a", kInodeOne, "b", 1);
  queue_rename(kInodeOne, "b", kInodeOne, "a", 1);
  const std::vector<Told>& told = drain();
  ASSERT_EQ(told.size(), 7U);
  EXPECT_EQ(told[4], (Told{What::uncertain, kOne, "a", false}));
  EXPECT_EQ(told[5], (Told{What::uncertain, kOne, "a", false}));
  EXPECT_EQ(told[6], (Told{What::uncertain, kOne, "b", false}));
}

TEST_F(FanotifyBackendTest, ThereAndBackByDifferentEntriesIsNoCircle) {
  queue_rename(kInodeOne, "a", kInodeOne, "b", 1);
  queue_rename(kInodeOne, "b", kInodeOne, "a", 2);
  EXPECT_EQ(drain().size(), 4U);
}

// A removal stands where the first of what it was merged with happened.
TEST_F(FanotifyBackendTest, AMergedRemovalIsDoubtfulUnlessItIsAlone) {
  queue(kAttrib | kDelete, kInodeOne, "a", 1);
  EXPECT_EQ(drain().back(), (Told{What::vanished, kOne, "a", false}));
  queue(kAttrib | kDelete, kInodeOne, "a", 1);
  queue(kCreate, kInodeOne, "b", 2);
  EXPECT_EQ(drain()[1], (Told{What::vanished, kOne, "a", true}));
}

TEST_F(FanotifyBackendTest, WhatCameAndWentMayHaveGoneAndCome) {
  queue(kCreate | kDelete, kInodeOne, "a", 1);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, kOne, "a", false},
                                        {What::vanished, kOne, "a", false},
                                        {What::uncertain, kOne, "a", false}}));
}

// Of the same inode number, perhaps, so that nobody else sees that it is another.
TEST_F(FanotifyBackendTest, ADirectoryThatIsNotKnownIsWatchedAnew) {
  queue(kCreate | kOnDirectory, kInodeOne, "a", 555);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, kOne, "a", false}, {What::unknown, kOne, "a", false}}));
  queue(kCreate | kOnDirectory, kInodeOne, "a", kInodeOther);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, kOne, "a", false}}));
}

TEST_F(FanotifyBackendTest, AttributesOfADirectoryAreItsOwn) {
  queue(kAttrib | kOnDirectory, kInodeOne, ".", 0);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::attributes, kOne, "", false}}));
}

TEST_F(FanotifyBackendTest, OverflowPutsAllInDoubt) {
  group_->queue.push_back(record(kQueueOverflow, {}));
  EXPECT_EQ(drain(), (std::vector<Told>{{What::everything, tree::kNoNode, "", false}}));
}

TEST_F(FanotifyBackendTest, DamageIsALoss) {
  group_->queue.push_back(Bytes(10));
  EXPECT_EQ(drain(), (std::vector<Told>{{What::everything, tree::kNoNode, "", false}}));
}

TEST_F(FanotifyBackendTest, ADirectoryOfTwoNodesIsToldOfTwice) {
  watch(kInodeOne, 9);
  queue(kCreate, kInodeOne, "a", 1);
  EXPECT_EQ(drain().size(), 2U);
  backend_.unwatch(one_, kOne);
  queue(kCreate, kInodeOne, "b", 1);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, 9, "b", false}}));
}

TEST_F(FanotifyBackendTest, WhatIsUnwatchedIsForeign) {
  backend_.unwatch(one_, kOne);
  queue(kCreate, kInodeOne, "a", 1);
  EXPECT_EQ(drain(), std::vector<Told>{});
}

TEST_F(FanotifyBackendTest, DirectoriesAboveARootDoNotMarkTheirFileSystem) {
  group_->mark_error = EXDEV;
  watch(300, 9, Backend::Interest::names);
  EXPECT_EQ(group_->directories, 1);
}

TEST_F(FanotifyBackendTest, WhatIsQueuedBeforeAListingIsDoubtful) {
  queue(kCreate, kInodeOne, "a", 1);
  backend_.listed(one_, kOne);
  queue(kCreate, kInodeOne, "b", 1);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, kOne, "a", true}, {What::appeared, kOne, "b", false}}));
}

TEST_F(FanotifyBackendTest, WhatIsHeldIsToldLater) {
  backend_.hold();
  queue(kCreate, kInodeOne, "a", 1);
  queue(kDelete, kInodeOther, "b", 2);
  queue_rename(kInodeOne, "c", kInodeOther, "d", 3);
  EXPECT_EQ(drain(), std::vector<Told>{});
  EXPECT_EQ(backend_.read_position(), backend_.mark());
  EXPECT_LT(backend_.position(), backend_.mark());
  backend_.listed(one_, kOne);
  EXPECT_TRUE(backend_.held(sink_));
  EXPECT_EQ(sink_.touches, (std::vector<std::string>{"a was not", "b was", "c was", "d was not"}));
  backend_.release(true);
  queue(kCreate, kInodeOne, "e", 4);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, kOne, "a", false},
                                        {What::vanished, kOther, "b", false},
                                        {What::moved_from, kOne, "c", false},
                                        {What::moved_to, kOther, "d", false},
                                        {What::appeared, kOne, "e", false}}));
  EXPECT_EQ(backend_.position(), backend_.mark());
}

TEST_F(FanotifyBackendTest, WhatIsHeldIsDoubtfulWhereTheTreeIsFromLater) {
  backend_.hold();
  queue(kCreate, kInodeOne, "a", 1);
  drain();
  backend_.listed(one_, kOne);
  backend_.release(false);
  EXPECT_EQ(drain(),
            (std::vector<Told>{{What::appeared, kOne, "a", true}, {What::everything, tree::kNoNode, "", false}}));
}

TEST_F(FanotifyBackendTest, ALossWhileRecordsAreHeldIsToldInTheEnd) {
  backend_.hold();
  queue(kCreate, kInodeOne, "a", 1);
  group_->queue.push_back(record(kQueueOverflow, {}));
  drain();
  EXPECT_FALSE(backend_.held(sink_));
  backend_.release(false);
  EXPECT_EQ(drain(),
            (std::vector<Told>{{What::appeared, kOne, "a", false}, {What::everything, tree::kNoNode, "", false}}));
}

TEST_F(FanotifyBackendTest, WhatIsHeldIsGivenUpToALoss) {
  backend_.hold();
  queue(kCreate, kInodeOne, "a", 1);
  drain();
  queue(kDelete, kInodeOne, "b", 1);
  EXPECT_TRUE(backend_.held(sink_));
  EXPECT_EQ(sink_.touches, (std::vector<std::string>{"a was not"}));
  group_->queue.push_back(record(kQueueOverflow, {}));
  queue(kCreate, kInodeOne, "c", 1);
  drain();
  sink_.touches.clear();
  EXPECT_FALSE(backend_.held(sink_));
  EXPECT_EQ(sink_.touches, (std::vector<std::string>{"a was not", "b was"}));
}

// Whoever waits for a place behind them would wait for ever otherwise.
TEST_F(FanotifyBackendTest, WhatDoesNotFitWhileRecordsAreHeldCountsAsRead) {
  backend_.hold();
  const std::string name(250, 'n');
  Mark mark = 0;
  for (int batch = 0; batch < 25; ++batch) {  // of some 3 MiB each, where 64 MiB may be held
    for (int number = 0; number < 10'000; ++number) queue(kCreate, kInodeOne, name, 1);
    mark = backend_.mark();
    drain();
  }
  EXPECT_EQ(backend_.read_position(), mark);
  EXPECT_FALSE(backend_.held(sink_));
  backend_.release(false);
  sink_.told.clear();
  while (backend_.position() < mark) backend_.drain(sink_);
  EXPECT_EQ(sink_.told.back().what, What::everything);
}

// A file that goes to and fro for ever has two names.
TEST_F(FanotifyBackendTest, NamesThatWereLeftAreRememberedOnce) {
  for (int number = 0; number < 1000; ++number) {
    queue_rename(kInodeOne, "a", kInodeOne, "b", 1);
    queue_rename(kInodeOne, "b", kInodeOne, "a", 1);
  }
  EXPECT_LT(drain().size(), 2000U * 6);
}

TEST_F(FanotifyBackendTest, WhatWasBegunAheadIsAdoptedUnlessSomethingWasPassedOver) {
  backend_.expect(true);
  group_->next_inode = 400;
  const std::int32_t ahead = backend_.watch_ahead(*directory_).value;
  queue(kCreate, 555, "a", 1);
  drain();
  EXPECT_NE(backend_.adopt(ahead, 9), tree::kNoWatch);
  queue(kCreate, 400, "a", 1);
  EXPECT_EQ(drain(), (std::vector<Told>{{What::appeared, 9, "a", true}}));

  group_->next_inode = 500;
  const std::int32_t late = backend_.watch_ahead(*directory_).value;
  queue(kCreate, 500, "a", 1);
  drain();
  EXPECT_EQ(backend_.adopt(late, 10), tree::kNoWatch);
}

TEST_F(FanotifyBackendTest, TheLastWatchEndsTheMarks) {
  backend_.unwatch(one_, kOne);
  EXPECT_EQ(group_->unmarked, 0);
  backend_.unwatch(one_ + 1, kOther);
  EXPECT_EQ(group_->unmarked, 1);
}

}  // namespace
}  // namespace fanotify
}  // namespace vigil::backend
