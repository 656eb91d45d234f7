// What entries look like to a poll.
#include "core/signature.hpp"
#include "core/poll_pace.hpp"
#include "core/signatures.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kTime{1'700'000'000'123'456'789ns};

sys::FileStatus file() {
  return {.type = EntryType::file,
          .inode = 7,
          .device = 1,
          .modified = kTime,
          .changed = kTime,
          .born = kTime - 1h,
          .size = 10,
          .access = 0644};
}

TEST(Signature, SaysWhatIsDifferent) {
  const Signature before = signature_of(file());
  EXPECT_NE(before, kUnsigned);
  EXPECT_FALSE(difference(before, signature_of(file())).any);
  const auto changed = [&](auto change) {
    sys::FileStatus status = file();
    change(status);
    return difference(before, signature_of(status));
  };
  EXPECT_TRUE(changed([](auto& status) { status.size = 11; }).content);
  EXPECT_TRUE(changed([](auto& status) { status.modified += 1ns; }).content);
  const Difference touched = changed([](auto& status) { status.changed -= 1ns; });  // back is another time, too
  EXPECT_TRUE(touched.any);
  EXPECT_FALSE(touched.content);
  const Difference closed = changed([](auto& status) { status.access = 0600; });
  EXPECT_TRUE(closed.any && closed.access);
  EXPECT_FALSE(closed.content);
  EXPECT_TRUE(changed([](auto& status) { status.type = EntryType::symlink; }).any);
  EXPECT_FALSE(changed([](auto& status) { status.inode = 8; }).any);  // compared by itself
}

TEST(Signature, OfADirectoryIsTheSameWhateverComesAndGoesInIt) {
  sys::FileStatus directory = file();
  directory.type = EntryType::directory;
  const Signature before = signature_of(directory);
  directory.modified = directory.changed = kTime + 1s;
  directory.size = 20;
  EXPECT_EQ(before, signature_of(directory));
  EXPECT_NE(times_of(directory), times_of(file()));
  directory.changed += 1s;
  EXPECT_NE(before, signature_of(directory));
}

TEST(Signature, TellsWhoWasBornAtAnotherMoment) {
  sys::FileStatus other = file();
  EXPECT_TRUE(born_alike(signature_of(file()), signature_of(other)));
  other.born = kTime;
  EXPECT_FALSE(born_alike(signature_of(file()), signature_of(other)));
  other.born.reset();
  EXPECT_FALSE(born_alike(signature_of(other), signature_of(other)));  // nobody knows
}

TEST(Signature, InDoubtIsAnotherWhateverComes) {
  const Signature doubted = in_doubt(signature_of(file()));
  EXPECT_NE(doubted, kUnsigned);
  EXPECT_TRUE(difference(doubted, signature_of(file())).content);
  EXPECT_EQ(doubted, in_doubt(doubted));
}

TEST(Signature, KnowsWhoKeepsWholeSecondsOnly) {
  EXPECT_LE(tick_of(file()), 100ms);
  sys::FileStatus coarse = file();
  coarse.modified = coarse.changed = Timestamp(1'700'000'000s);
  EXPECT_GE(tick_of(coarse), 2s);
}

TEST(ListingSum, IsOfNamesInAnyOrder) {
  const sys::DirectoryEntry a{"a", EntryType::file, 1};
  const sys::DirectoryEntry b{"b", EntryType::file, 2};
  ListingSum one, other;
  one.add(a), one.add(b);
  other.add(b), other.add(a);
  EXPECT_EQ(one, other);
  other.add({"c", EntryType::file, 3});
  EXPECT_NE(one.names, other.names);
  ListingSum renumbered;
  renumbered.add({"a", EntryType::file, 2}), renumbered.add({"b", EntryType::file, 1});
  EXPECT_EQ(one.names, renumbered.names);
  EXPECT_NE(one.inodes, renumbered.inodes);
}

TEST(Signatures, AreNoneUntilSet) {
  Signatures signatures;
  EXPECT_TRUE(signatures.empty());
  signatures.set(5, kUnsigned);
  EXPECT_TRUE(signatures.empty());
  signatures.set(100'000, 42);
  EXPECT_EQ(signatures.get(100'000), 42u);
  EXPECT_EQ(signatures.get(99'999), kUnsigned);
  EXPECT_EQ(signatures.get(5), kUnsigned);
  EXPECT_EQ(signatures.get(1'000'000), kUnsigned);
}

TEST(PollPace, TakesAShareOfAProcessor) {
  const PollPace::Moment now{1h};
  PollPace pace;
  EXPECT_FALSE(pace.next(true));
  pace.begin(now);
  EXPECT_FALSE(pace.is_due(now));
  EXPECT_TRUE(pace.is_due(now + PollPace::kIdleMin));
  pace.passed(true, 20ms, now);
  EXPECT_EQ(pace.next(false), now + 2s);
  EXPECT_EQ(pace.next(true), now + 400ms);
  pace.passed(true, 1us, now);
  EXPECT_EQ(pace.next(false), now + PollPace::kIdleMin);
  EXPECT_EQ(pace.next(true), now + PollPace::kActiveMin);
  pace.passed(true, 10s, now);
  EXPECT_EQ(pace.next(false), now + PollPace::kMax);
  pace.passed(false, 1ms, now + 1s);
  EXPECT_EQ(pace.next(false), now + PollPace::kMax);  // of everything, as before
  pace.end();
  EXPECT_FALSE(pace.next(true));
}

}  // namespace
}  // namespace vigil::core
