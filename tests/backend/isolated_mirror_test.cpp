// The program's copy of what a helper told: nothing that cannot be gets into it.
#include "backend/isolated/mirror.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vigil::backend::isolated {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class IsolatedMirror : public ::testing::Test {
 protected:
  std::string apply(Kind kind, std::string_view path, EntryType type = EntryType::file, std::string_view from = {},
                    bool replaced = false, std::uint64_t inode = 0) {
    ToldEvent told;
    told.event.kind = kind;
    told.event.type = type;
    told.event.path = path;
    told.event.from = from;
    told.event.replaced = replaced;
    told.inode = inode;
    return std::string(mirror_.apply(told).fault);
  }

  std::string make_directory(std::string_view path) { return apply(Kind::created, path, EntryType::directory); }

  // "up type inode name" for each entry as another helper is told of it.
  std::vector<std::string> walked() {
    Mirror::Walk walk(mirror_);
    std::vector<std::string> all;
    while (!walk.done()) {
      std::string bytes;
      {
        Writer writer(bytes, MessageType::entries);
        walk.write_some(writer, 1, "only");  // one at a time
      }
      Reader reader(std::string_view(bytes).substr(kHeaderBytes));
      Entry entry;
      read(reader, entry);
      EXPECT_TRUE(reader.complete());
      all.push_back(std::to_string(entry.up) + " " + std::string(to_string(entry.type)) + " " +
                    std::to_string(entry.inode) + " " + std::string(entry.name));
    }
    return all;
  }

  tree::Tree tree_;
  Mirror mirror_{tree_};
};

TEST_F(IsolatedMirror, FollowsEvents) {
  EXPECT_EQ("", make_directory("d"));
  EXPECT_EQ("", apply(Kind::created, "d/f", EntryType::file, {}, false, 5));
  EXPECT_THAT(walked(), ::testing::ElementsAre("0 directory 0 d", "0 file 5 f"));
  EXPECT_EQ("", apply(Kind::renamed, "e", EntryType::directory, "d"));
  EXPECT_EQ("", apply(Kind::modified, "e/f", EntryType::file, {}, false, 6));
  EXPECT_THAT(walked(), ::testing::ElementsAre("0 directory 0 e", "0 file 6 f"));
  EXPECT_EQ("", apply(Kind::created, "g"));
  EXPECT_EQ("", apply(Kind::renamed, "g", EntryType::file, "e/f", true, 6));
  EXPECT_EQ("", apply(Kind::removed, "e", EntryType::directory));
  EXPECT_THAT(walked(), ::testing::ElementsAre("0 file 6 g"));
}

TEST_F(IsolatedMirror, WhatCannotBeIsRefused) {
  ASSERT_EQ("", make_directory("d"));
  ASSERT_EQ("", make_directory("d/e"));
  ASSERT_EQ("", apply(Kind::created, "f"));
  const std::vector<std::string> before = walked();
  EXPECT_NE("", apply(Kind::created, "x/y"));
  EXPECT_NE("", apply(Kind::created, "f/y"));
  EXPECT_NE("", apply(Kind::created, "f"));
  EXPECT_NE("", apply(Kind::created, ""));
  EXPECT_NE("", apply(Kind::removed, "x"));
  EXPECT_NE("", apply(Kind::removed, ""));
  EXPECT_NE("", apply(Kind::modified, "x"));
  EXPECT_NE("", apply(Kind::renamed, "y", EntryType::file, "x"));
  EXPECT_NE("", apply(Kind::renamed, "d/e/d", EntryType::directory, "d"));
  EXPECT_NE("", apply(Kind::renamed, "d", EntryType::directory, "d/e", true));
  EXPECT_NE("", apply(Kind::renamed, "f", EntryType::file, "f", true));
  EXPECT_NE("", apply(Kind::renamed, "d", EntryType::file, "f"));
  EXPECT_NE("", apply(Kind::renamed, "g", EntryType::file, "f", true));
  EXPECT_NE("", apply(Kind::renamed, "", EntryType::file, "f"));
  EXPECT_EQ(before, walked()) << "nothing was changed";
}

TEST_F(IsolatedMirror, AFileAsTheRoot) {
  EXPECT_EQ("", apply(Kind::created, ""));
  EXPECT_NE("", apply(Kind::created, ""));
  EXPECT_EQ("", apply(Kind::modified, ""));
  mirror_.identify({"", 9});
  EXPECT_THAT(walked(), ::testing::ElementsAre("0 file 9 only"));
  EXPECT_EQ("", apply(Kind::removed, ""));
  EXPECT_THAT(walked(), IsEmpty());
}

TEST_F(IsolatedMirror, WalksUpAgain) {
  for (const char* const path : {"a", "a/b", "a/b/c", "d"}) ASSERT_EQ("", make_directory(path));
  // Entries come in no particular order, but each where it belongs.
  EXPECT_THAT(walked(),
              ::testing::AnyOf(
                  ::testing::ElementsAre("0 directory 0 a", "0 directory 0 b", "0 directory 0 c", "3 directory 0 d"),
                  ::testing::ElementsAre("0 directory 0 d", "1 directory 0 a", "0 directory 0 b", "0 directory 0 c")));
}

TEST_F(IsolatedMirror, SaysWhatAnEntryCarries) {
  ASSERT_EQ("", make_directory("d"));
  ASSERT_EQ("", apply(Kind::created, "d/f"));
  ToldEvent told;
  told.event.kind = Kind::removed;
  told.event.path = "d";
  const Mirror::Applied applied = mirror_.apply(told);
  EXPECT_TRUE(applied.carries_entries);
  EXPECT_TRUE(applied.is_directory);
  EXPECT_EQ(1u, tree_.size());
}

TEST_F(IsolatedMirror, LeavesNothingInTheTree) {
  const std::size_t before = tree_.size();
  {
    Mirror other(tree_);
    ToldEvent told;
    told.event.kind = Kind::created;
    told.event.type = EntryType::directory;
    told.event.path = "x";
    EXPECT_EQ("", other.apply(told).fault);
  }
  EXPECT_EQ(before, tree_.size());
}

}  // namespace
}  // namespace vigil::backend::isolated
