#include "event/net.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "event/net_law.hpp"

namespace vigil::event {
namespace {

// One event from words: "renamed a b replaced" is a move from a to b. Without a type it is a file.
Event parse(const std::string& line, std::vector<std::string>& words) {
  std::istringstream stream(line);
  words.clear();
  for (std::string word; stream >> word;) words.push_back(word);
  Event event;
  event.type = EntryType::file;
  for (int kind = 0; kind < kKindCount; ++kind) {
    if (to_string(static_cast<Kind>(kind)) == words[0]) event.kind = static_cast<Kind>(kind);
  }
  std::size_t next = 1;
  if (event.kind == Kind::renamed) event.from = words[next++];
  event.path = words[next++];
  for (; next < words.size(); ++next) {
    for (int type = 0; type < 5; ++type) {
      if (to_string(static_cast<EntryType>(type)) == words[next]) event.type = static_cast<EntryType>(type);
    }
    if (words[next] == "replaced") event.replaced = true;
    if (words[next] == "synthetic") event.synthetic = true;
  }
  return event;
}

std::string print(const Event& event) {
  std::string line(to_string(event.kind));
  if (event.kind == Kind::renamed) line += " " + std::string(event.from);
  line += " " + std::string(event.path);
  if (event.type != EntryType::file) line += " " + std::string(to_string(event.type));
  if (event.replaced) line += " replaced";
  if (event.synthetic) line += " synthetic";
  return line;
}

using Lines = std::vector<std::string>;

void add_all(NetEffect& effect, const Lines& lines) {
  std::vector<std::string> words;
  std::uint64_t seq = 0;
  for (const std::string& line : lines) {
    Event event = parse(line, words);
    event.seq = seq += event.kind == Kind::renamed ? 3 : 1;
    effect.add(event);
  }
}

Lines net(const Lines& raw) {
  NetEffect effect;
  add_all(effect, raw);
  Batch batch;
  effect.take(batch);
  Lines lines;
  for (const Event& event : batch) lines.push_back(print(event));
  return lines;
}

TEST(NetEffect, CreatedAndWrittenIsCreated) {
  EXPECT_EQ(net({"created d/f", "opened d/f", "modified d/f", "closed d/f"}), Lines{"created d/f"});
  EXPECT_EQ(net({"created d/f", "attributes d/f", "modified d/f"}), Lines{"created d/f"});
}

TEST(NetEffect, CreatedAndRemovedIsNothing) {
  EXPECT_EQ(net({"created f", "modified f", "removed f"}), Lines{});
  EXPECT_EQ(net({"created f", "renamed f g", "removed g"}), Lines{});
  EXPECT_EQ(net({"created f unknown", "removed f unknown"}), Lines{});
}

TEST(NetEffect, WrittenAgainAndAgainIsModifiedOnce) {
  EXPECT_EQ(net({"modified f", "closed f", "modified f", "closed f"}), Lines{"modified f"});
}

TEST(NetEffect, OfSeveralChangesTheFirstInTheTableIsTold) {
  EXPECT_EQ(net({"accessed f", "opened f", "closed f", "attributes f", "modified f"}), Lines{"modified f"});
  EXPECT_EQ(net({"accessed f", "opened f", "closed f", "attributes f"}), Lines{"attributes f"});
  EXPECT_EQ(net({"accessed f", "opened f", "closed f"}), Lines{"closed f"});
  EXPECT_EQ(net({"accessed f", "opened f"}), Lines{"opened f"});
  EXPECT_EQ(net({"accessed f"}), Lines{"accessed f"});
}

TEST(NetEffect, WrittenAndRemovedIsRemoved) { EXPECT_EQ(net({"modified f", "removed f"}), Lines{"removed f"}); }

TEST(NetEffect, RemovedAndMadeAnewIsModified) {
  EXPECT_EQ(net({"removed f", "created f", "modified f"}), Lines{"modified f"});
  EXPECT_EQ(net({"removed f symlink", "created f symlink"}), Lines{"modified f symlink"});
}

TEST(NetEffect, AnotherTypeIsRemovedAndCreated) {
  EXPECT_EQ(net({"removed f", "created f directory"}), (Lines{"removed f", "created f directory"}));
  EXPECT_EQ(net({"removed f symlink", "created f"}), (Lines{"removed f symlink", "created f"}));
  EXPECT_EQ(net({"removed f symlink", "renamed g f"}), (Lines{"removed f symlink", "renamed g f"}));
}

TEST(NetEffect, ATypeNobodyKnowsMayHaveBeenAnother) {
  EXPECT_EQ(net({"removed f unknown", "created f"}), (Lines{"removed f unknown", "created f"}));
  EXPECT_EQ(net({"removed f unknown", "created f unknown"}), (Lines{"removed f unknown", "created f unknown"}));
}

TEST(NetEffect, ATypeIsLearntFromLaterEvents) {
  EXPECT_EQ(net({"created f unknown", "modified f"}), Lines{"created f"});
  EXPECT_EQ(net({"attributes f unknown", "removed f", "created f"}), Lines{"modified f"});
}

TEST(NetEffect, RenamedAgainAndAgainIsRenamedOnce) {
  EXPECT_EQ(net({"renamed a b", "renamed b c"}), Lines{"renamed a c"});
  EXPECT_EQ(net({"renamed a b", "renamed b a"}), Lines{});
  EXPECT_EQ(net({"renamed a b", "removed b"}), Lines{"removed a"});
}

TEST(NetEffect, RenamedAndChangedIsRemovedAndCreated) {
  EXPECT_EQ(net({"renamed a b", "modified b"}), (Lines{"removed a", "created b"}));
  EXPECT_EQ(net({"modified a", "renamed a b"}), (Lines{"removed a", "created b"}));
  EXPECT_EQ(net({"attributes a", "renamed a b"}), (Lines{"removed a", "created b"}));
  EXPECT_EQ(net({"opened a", "closed a", "renamed a b"}), Lines{"renamed a b"});
}

TEST(NetEffect, WrittenElsewhereAndBackIsModified) {
  EXPECT_EQ(net({"renamed a b", "modified b", "renamed b a"}), Lines{"modified a"});
}

TEST(NetEffect, AnOldPathTakenAgainIsNoMove) {
  EXPECT_EQ(net({"renamed a b", "created a"}), (Lines{"created b", "modified a"}));
}

TEST(NetEffect, SwappedFilesAreBothModified) {
  EXPECT_EQ(net({"renamed a t", "renamed b a", "renamed t b"}), (Lines{"modified a", "modified b"}));
}

TEST(NetEffect, AMoveOverAnotherFile) {
  EXPECT_EQ(net({"renamed a b replaced"}), (Lines{"removed a", "modified b"}));
  EXPECT_EQ(net({"created a", "renamed a b replaced"}), Lines{"modified b"});
}

TEST(NetEffect, EditorsSaves) {
  const Lines saved{"modified d/f"};
  // Through a temporary file.
  EXPECT_EQ(net({"created d/.f.tmp", "modified d/.f.tmp", "closed d/.f.tmp", "attributes d/.f.tmp",
                 "renamed d/.f.tmp d/f replaced"}),
            saved);
  // The old file becomes the backup, which goes.
  EXPECT_EQ(net({"renamed d/f d/f~", "created d/f", "modified d/f", "closed d/f", "removed d/f~"}), saved);
  // The backup stays.
  EXPECT_EQ(net({"renamed d/f d/f~", "created d/f", "modified d/f", "closed d/f"}),
            (Lines{"created d/f~", "modified d/f"}));
  // And replaces the one from before.
  EXPECT_EQ(net({"renamed d/f d/f~ replaced", "created d/f", "modified d/f"}),
            (Lines{"modified d/f~", "modified d/f"}));
  // Removed and written anew.
  EXPECT_EQ(net({"removed d/f", "created d/f", "modified d/f", "closed d/f"}), saved);
  // In place.
  EXPECT_EQ(net({"opened d/f", "modified d/f", "modified d/f", "closed d/f"}), saved);
}

TEST(NetEffect, ARemovedDirectoryTellsItsSubtree) {
  EXPECT_EQ(net({"removed d/e/f", "removed d/e directory", "removed d/g", "removed d directory"}),
            Lines{"removed d directory"});
  EXPECT_EQ(net({"modified d/f", "created d/g", "removed d directory"}), Lines{"removed d directory"});
  // "de" is not below "d".
  EXPECT_EQ(net({"modified de", "modified d/f", "removed d directory"}), (Lines{"modified de", "removed d directory"}));
}

TEST(NetEffect, ADirectoryMadeAnewHoldsNewEntries) {
  EXPECT_EQ(net({"removed d/f", "removed d directory", "created d directory", "created d/f"}),
            (Lines{"removed d directory", "created d directory", "created d/f"}));
  EXPECT_EQ(net({"modified d/f", "removed d directory", "created d directory", "created d/e directory", "created d/e/f",
                 "removed d directory"}),
            Lines{"removed d directory"});
}

TEST(NetEffect, WhatLeftADirectoryBeforeItsRemovalIsRenamed) {
  EXPECT_EQ(net({"renamed d/f g", "removed d directory"}), (Lines{"renamed d/f g", "removed d directory"}));
  EXPECT_EQ(net({"renamed d/f g", "removed d directory", "created d directory", "renamed g d/f"}),
            (Lines{"removed d directory", "created d directory", "created d/f"}));
}

TEST(NetEffect, AMoveThatEndsAfterItsDirectoryWasRemovedIsCreated) {
  EXPECT_EQ(net({"renamed d/f g", "removed d directory", "renamed g h"}), (Lines{"removed d directory", "created h"}));
  // The outermost of its directories counts, though the inner one comes back later.
  EXPECT_EQ(net({"renamed d/e/f g", "removed d/e directory", "removed d directory", "created d directory",
                 "renamed g h", "created d/e directory"}),
            (Lines{"removed d directory", "created d directory", "created h", "created d/e directory"}));
}

TEST(NetEffect, ParentsComeFirstWhateverHappensToThemLater) {
  EXPECT_EQ(net({"created d directory", "created d/f", "attributes d directory"}),
            (Lines{"created d directory", "created d/f"}));
}

// Takes a hundred times as long where every directory above is asked for anew with every path.
TEST(NetEffect, ADeepTreeIsNotSlow) {
  constexpr std::size_t kDepth = 5000;
  std::string path;
  for (std::size_t depth = 0; depth < kDepth; ++depth) path += "a/";
  NetEffect effect;
  Event event;
  event.kind = Kind::removed;
  event.type = EntryType::directory;
  for (std::size_t depth = kDepth; depth > 0; --depth) {
    event.path = std::string_view(path).substr(0, 2 * depth - 1);
    ++event.seq;
    effect.add(event);
  }
  Batch batch;
  effect.take(batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].path, "a");
}

TEST(NetEffect, SyntheticWhenAllWere) {
  EXPECT_EQ(net({"created f synthetic", "modified f synthetic"}), Lines{"created f synthetic"});
  EXPECT_EQ(net({"created f synthetic", "modified f"}), Lines{"created f"});
  EXPECT_EQ(net({"renamed a b synthetic"}), Lines{"renamed a b synthetic"});
  EXPECT_EQ(net({"opened a", "renamed a b synthetic", "accessed b synthetic"}), Lines{"renamed a b synthetic"});
}

// Events without the ones before them, as when only some kinds are given: what is said last holds.
TEST(NetEffect, AnEventOfAnEntryThoughtGoneProvesThatItExists) {
  EXPECT_EQ(net({"removed f", "modified f"}), Lines{"modified f"});
  EXPECT_EQ(net({"created d directory", "removed d directory", "attributes d directory"}),
            Lines{"created d directory"});
}

TEST(NetEffect, KeepsNumberTimeAndProcessOfTheLastChange) {
  NetEffect effect;
  const auto add = [&](Kind kind, const char* path, std::uint64_t seq) {
    Event event;
    event.kind = kind;
    event.type = EntryType::file;
    event.path = path;
    event.seq = seq;
    event.time = Timestamp(std::chrono::nanoseconds(seq * 1000));
    event.pid = static_cast<int>(seq) + 5;
    effect.add(event);
  };
  add(Kind::created, "new", 10);
  add(Kind::modified, "old", 11);
  add(Kind::modified, "new", 12);
  add(Kind::closed, "old", 13);
  add(Kind::removed, "gone", 14);
  Batch batch;
  effect.take(batch);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(batch[0].seq, 10u);
  EXPECT_EQ(batch[1].seq, 13u);
  EXPECT_EQ(batch[1].time, Timestamp(std::chrono::nanoseconds(13000)));
  EXPECT_EQ(batch[1].pid, 18);
  EXPECT_EQ(batch[2].seq, 14u);
}

TEST(NetEffect, AMoveToldAsThreeEventsUsesTheNumbersBeforeItsOwn) {
  NetEffect effect;
  std::vector<std::string> words;
  Event link = parse("removed b symlink", words);
  link.seq = 10;
  effect.add(link);
  std::vector<std::string> move_words;
  Event move = parse("renamed a b", move_words);
  move.seq = 13;
  effect.add(move);
  Event write = parse("modified b", words);
  write.seq = 14;
  effect.add(write);
  Batch batch;
  effect.take(batch);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(batch[0].seq, 11u);
  EXPECT_EQ(batch[1].seq, 12u);
  EXPECT_EQ(batch[2].seq, 13u);
}

TEST(NetEffect, AcceptsOnlyWhatCanBeMerged) {
  for (int number = 0; number < kKindCount; ++number) {
    Event event;
    event.kind = static_cast<Kind>(number);
    event.type = EntryType::file;
    EXPECT_EQ(NetEffect::accepts(event), number < static_cast<int>(Kind::rescan)) << to_string(event.kind);
  }
  Event move;
  move.kind = Kind::renamed;
  for (const EntryType type : {EntryType::file, EntryType::symlink, EntryType::other}) {
    move.type = type;
    EXPECT_TRUE(NetEffect::accepts(move));
  }
  for (const EntryType type : {EntryType::directory, EntryType::unknown}) {
    move.type = type;
    EXPECT_FALSE(NetEffect::accepts(move));
  }
}

TEST(NetEffect, StartsAnewAfterTake) {
  NetEffect effect;
  Batch batch;
  EXPECT_TRUE(effect.empty());
  EXPECT_EQ(effect.memory_bytes(), 0u);
  effect.take(batch);
  add_all(effect, {"created f"});
  EXPECT_FALSE(effect.empty());
  EXPECT_GT(effect.memory_bytes(), 0u);
  effect.take(batch);
  EXPECT_TRUE(effect.empty());
  EXPECT_EQ(effect.memory_bytes(), 0u);
  // What happened before is what there is now.
  add_all(effect, {"removed f"});
  effect.take(batch);
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(print(batch[0]), "created f");
  EXPECT_EQ(print(batch[1]), "removed f");
}

TEST(NetLaw, HoldsForRandomSequences) {
  constexpr unsigned kSeeds = 20000;
  std::size_t raw = 0;
  std::size_t net = 0;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    std::mt19937 random(seed);
    tests::Scenario scenario([&](unsigned end) { return static_cast<unsigned>(random() % end); });
    for (unsigned steps = 1 + seed % 24; steps > 0; --steps) scenario.step();
    const tests::NetLaw law(scenario);
    ASSERT_EQ(law.broken(), "") << "seed " << seed;
    raw += scenario.told().size();
    net += law.net().size();
  }
  // The generator is alive, and merging merges.
  EXPECT_GT(raw, kSeeds * 5);
  EXPECT_LT(net, raw);
}

}  // namespace
}  // namespace vigil::event
