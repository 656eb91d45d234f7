#include "tree/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::tree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr auto kIgnore = [](NodeId) {};

class TreeTest : public testing::Test {
 protected:
  NodeId add_directory(NodeId parent, std::string_view name) {
    return tree_.add(parent, name, EntryType::directory, 0);
  }
  NodeId add_file(NodeId parent, std::string_view name) { return tree_.add(parent, name, EntryType::file, 0); }

  std::string path(NodeId node) const {
    std::string path;
    tree_.append_path(node, path);
    return path;
  }

  std::vector<NodeId> children(NodeId directory) const {
    std::vector<NodeId> children;
    for (NodeId child = tree_.first_child(directory); child != kNoNode; child = tree_.next_sibling(child)) {
      children.push_back(child);
    }
    return children;
  }

  Tree tree_;
  const NodeId root_ = tree_.add_root();
};

TEST_F(TreeTest, RootIsADirectoryWithoutNameAndParent) {
  EXPECT_NE(root_, kNoNode);
  EXPECT_TRUE(tree_.alive(root_));
  EXPECT_TRUE(tree_.is_directory(root_));
  EXPECT_EQ(tree_.parent(root_), kNoNode);
  EXPECT_EQ(tree_.name(root_), "");
  EXPECT_EQ(tree_.root(root_), root_);
  EXPECT_EQ(tree_.first_child(root_), kNoNode);
  EXPECT_EQ(tree_.next_sibling(root_), kNoNode);
  EXPECT_EQ(tree_.watch(root_), kNoWatch);
  EXPECT_EQ(path(root_), "");
  EXPECT_EQ(tree_.size(), 1U);
}

TEST_F(TreeTest, NodeKeepsWhatItWasGiven) {
  const NodeId node = tree_.add(root_, "link", EntryType::symlink, 0xfedcba9876543210);
  EXPECT_EQ(tree_.type(node), EntryType::symlink);
  EXPECT_FALSE(tree_.is_directory(node));
  EXPECT_EQ(tree_.inode(node), 0xfedcba9876543210);
  EXPECT_EQ(tree_.parent(node), root_);
  EXPECT_EQ(tree_.name(node), "link");
  EXPECT_EQ(tree_.flags(node), 0);
  EXPECT_EQ(tree_.watch(node), kNoWatch);
  EXPECT_EQ(tree_.first_child(node), kNoNode);
}

TEST_F(TreeTest, EveryTypeIsKept) {
  int number = 0;
  for (const EntryType type :
       {EntryType::unknown, EntryType::file, EntryType::directory, EntryType::symlink, EntryType::other}) {
    EXPECT_EQ(tree_.type(tree_.add(root_, std::to_string(number++), type, 1)), type);
  }
}

TEST_F(TreeTest, FindsByParentAndName) {
  const NodeId left = add_directory(root_, "left");
  const NodeId right = add_directory(root_, "right");
  const NodeId same_left = add_file(left, "same");
  const NodeId same_right = add_file(right, "same");
  EXPECT_EQ(tree_.find(root_, "left"), left);
  EXPECT_EQ(tree_.find(left, "same"), same_left);
  EXPECT_EQ(tree_.find(right, "same"), same_right);
  EXPECT_EQ(tree_.find(root_, "same"), kNoNode);
  EXPECT_EQ(tree_.find(left, "nowhere"), kNoNode);
  EXPECT_EQ(tree_.find(same_left, "same"), kNoNode);
  EXPECT_EQ(tree_.find(root_, ""), kNoNode);
}

TEST_F(TreeTest, RootsAreApart) {
  const NodeId other = tree_.add_root();
  const NodeId here = add_file(root_, "file");
  const NodeId there = add_file(other, "file");
  EXPECT_EQ(tree_.find(root_, "file"), here);
  EXPECT_EQ(tree_.find(other, "file"), there);
  EXPECT_EQ(tree_.root(there), other);
  tree_.remove(root_, kIgnore);
  EXPECT_FALSE(tree_.alive(here));
  EXPECT_EQ(tree_.find(other, "file"), there);
  EXPECT_EQ(tree_.size(), 2U);
}

TEST_F(TreeTest, ChildrenAreLinked) {
  EXPECT_THAT(children(root_), IsEmpty());
  const NodeId a = add_file(root_, "a");
  const NodeId b = add_file(root_, "b");
  const NodeId c = add_file(root_, "c");
  EXPECT_THAT(children(root_), UnorderedElementsAre(a, b, c));
  tree_.remove(b, kIgnore);
  EXPECT_THAT(children(root_), UnorderedElementsAre(a, c));
  tree_.remove(c, kIgnore);
  EXPECT_THAT(children(root_), ElementsAre(a));
  tree_.remove(a, kIgnore);
  EXPECT_THAT(children(root_), IsEmpty());
}

TEST_F(TreeTest, RemovedNodesAreGone) {
  const NodeId directory = add_directory(root_, "directory");
  const NodeId file = add_file(directory, "file");
  tree_.remove(directory, kIgnore);
  EXPECT_FALSE(tree_.alive(directory));
  EXPECT_FALSE(tree_.alive(file));
  EXPECT_EQ(tree_.find(root_, "directory"), kNoNode);
  EXPECT_EQ(tree_.size(), 1U);
}

TEST_F(TreeTest, NoIdOutsideIsAlive) {
  EXPECT_FALSE(tree_.alive(kNoNode));
  EXPECT_FALSE(tree_.alive(root_ + 1));
  EXPECT_FALSE(tree_.alive(0xffff'ffff));
}

TEST_F(TreeTest, IdsFreedLastAreUsedFirst) {
  const NodeId a = add_file(root_, "a");
  const NodeId b = add_file(root_, "b");
  tree_.remove(a, kIgnore);
  tree_.remove(b, kIgnore);
  EXPECT_EQ(add_file(root_, "c"), b);
  EXPECT_EQ(add_file(root_, "d"), a);
}

TEST_F(TreeTest, UsedAgainANodeIsNew) {
  const NodeId old = tree_.add(root_, "old", EntryType::directory, 5);
  tree_.set_flags(old, 0xff);
  tree_.set_watch(old, 9);
  tree_.remove(old, kIgnore);
  const NodeId node = tree_.add(root_, "new", EntryType::directory, 0);
  ASSERT_EQ(node, old);
  EXPECT_EQ(tree_.flags(node), 0);
  EXPECT_EQ(tree_.watch(node), kNoWatch);
  EXPECT_EQ(tree_.inode(node), 0U);
  EXPECT_EQ(tree_.first_child(node), kNoNode);
}

TEST_F(TreeTest, RemoveTellsOfEachDirectoryBeforeAnyIsFreed) {
  const NodeId top = add_directory(root_, "top");
  const NodeId left = add_directory(top, "left");
  const NodeId right = add_directory(top, "right");
  const NodeId deep = add_directory(left, "deep");
  add_file(deep, "file");
  add_file(top, "file");
  add_directory(root_, "beside");
  std::vector<std::string> told;
  tree_.remove(top, [&](NodeId directory) {
    for (const NodeId node : {top, left, right, deep}) EXPECT_TRUE(tree_.alive(node));
    told.push_back(path(directory));
  });
  EXPECT_THAT(told, UnorderedElementsAre("top", "top/left", "top/right", "top/left/deep"));
  EXPECT_EQ(told.front(), "top");
  EXPECT_LT(std::find(told.begin(), told.end(), "top/left"), std::find(told.begin(), told.end(), "top/left/deep"));
  EXPECT_EQ(tree_.size(), 2U);
}

TEST_F(TreeTest, RemovingAFileTellsOfNoDirectory) {
  tree_.remove(add_file(root_, "file"), [](NodeId) { ADD_FAILURE(); });
}

TEST_F(TreeTest, MoveTakesTheSubtreeAlong) {
  const NodeId from = add_directory(root_, "from");
  const NodeId to = add_directory(root_, "to");
  const NodeId moved = add_directory(from, "moved");
  const NodeId file = add_file(add_directory(moved, "deep"), "file");
  tree_.set_watch(moved, 3);
  tree_.set_flags(moved, 4);
  tree_.move(moved, to, "renamed");
  EXPECT_EQ(path(file), "to/renamed/deep/file");
  EXPECT_EQ(tree_.find(from, "moved"), kNoNode);
  EXPECT_EQ(tree_.find(to, "renamed"), moved);
  EXPECT_EQ(tree_.find(to, "moved"), kNoNode);
  EXPECT_THAT(children(from), IsEmpty());
  EXPECT_THAT(children(to), ElementsAre(moved));
  EXPECT_EQ(tree_.watch(moved), 3);
  EXPECT_EQ(tree_.flags(moved), 4);
  EXPECT_EQ(tree_.size(), 6U);
}

TEST_F(TreeTest, MoveInTheSameDirectoryRenames) {
  const NodeId a = add_file(root_, "a");
  const NodeId b = add_file(root_, "b");
  const NodeId c = add_file(root_, "c");
  for (const NodeId node : {a, b, c}) tree_.move(node, root_, "new" + std::string(tree_.name(node)));
  EXPECT_THAT(children(root_), UnorderedElementsAre(a, b, c));
  EXPECT_EQ(tree_.find(root_, "newb"), b);
  EXPECT_EQ(tree_.find(root_, "b"), kNoNode);
}

TEST_F(TreeTest, MoveFromRootToRoot) {
  const NodeId other = tree_.add_root();
  const NodeId node = add_directory(root_, "node");
  tree_.move(node, other, "node");
  EXPECT_EQ(tree_.root(node), other);
  EXPECT_THAT(children(root_), IsEmpty());
}

TEST_F(TreeTest, TakesNamesFromItself) {
  const NodeId directory = add_directory(root_, "only one use of this name");
  const NodeId file = add_file(directory, tree_.name(directory));
  EXPECT_EQ(tree_.name(file), "only one use of this name");
  const NodeId moved = add_file(root_, "moved with its own name");
  tree_.move(moved, directory, tree_.name(moved));
  EXPECT_EQ(path(moved), "only one use of this name/moved with its own name");
  tree_.move(moved, root_, tree_.name(moved).substr(6));
  EXPECT_EQ(path(moved), "with its own name");
}

TEST_F(TreeTest, IdentityChangesInPlace) {
  const NodeId node = tree_.add(root_, "node", EntryType::file, 1);
  tree_.set_flags(node, 0x81);
  tree_.set_identity(node, EntryType::directory, 2);
  EXPECT_TRUE(tree_.is_directory(node));
  EXPECT_EQ(tree_.inode(node), 2U);
  EXPECT_EQ(tree_.watch(node), kNoWatch);
  EXPECT_EQ(tree_.flags(node), 0x81);
  tree_.set_watch(node, 5);
  const NodeId child = add_file(node, "child");
  tree_.set_identity(node, EntryType::directory, 3);
  EXPECT_EQ(tree_.watch(node), 5);
  EXPECT_EQ(tree_.first_child(node), child);
  tree_.remove(child, kIgnore);
  tree_.set_identity(node, EntryType::symlink, 4);
  EXPECT_EQ(tree_.type(node), EntryType::symlink);
  EXPECT_EQ(tree_.watch(node), kNoWatch);
  EXPECT_EQ(tree_.find(root_, "node"), node);
}

TEST_F(TreeTest, WatchesAndFlagsBelongToTheirNode) {
  std::map<NodeId, int> expected;
  for (int number = 0; number < 256; ++number) {
    const NodeId node = add_directory(root_, std::to_string(number));
    tree_.set_watch(node, 1'000'000 + number);
    tree_.set_flags(node, static_cast<std::uint8_t>(number));
    expected[node] = number;
  }
  for (const auto& [node, number] : expected) {
    EXPECT_EQ(tree_.watch(node), 1'000'000 + number);
    EXPECT_EQ(tree_.flags(node), number);
    EXPECT_EQ(tree_.type(node), EntryType::directory);
  }
  tree_.set_watch(expected.begin()->first, kNoWatch);
  EXPECT_EQ(tree_.watch(expected.begin()->first), kNoWatch);
}

TEST_F(TreeTest, PathIsAppended) {
  std::string path = "/prefix/";
  tree_.append_path(root_, path);
  EXPECT_EQ(path, "/prefix/");
  tree_.append_path(add_file(add_directory(root_, "a"), "b"), path);
  EXPECT_EQ(path, "/prefix/a/b");
}

TEST_F(TreeTest, ShapeChangesWithDirectoriesOnly) {
  const NodeId directory = add_directory(root_, "directory");
  const NodeId file = add_file(root_, "file");
  std::uint64_t version = tree_.shape_version();
  const auto changed = [&] {
    const std::uint64_t before = std::exchange(version, tree_.shape_version());
    return version != before;
  };
  tree_.move(file, directory, "moved");
  tree_.set_identity(file, EntryType::symlink, 1);
  tree_.remove(file, kIgnore);
  EXPECT_FALSE(changed());
  tree_.move(directory, root_, "renamed");
  EXPECT_TRUE(changed());
  tree_.remove(directory, kIgnore);
  EXPECT_TRUE(changed());
  tree_.remove(root_, kIgnore);
  EXPECT_TRUE(changed());
}

TEST_F(TreeTest, WalksParentsFirst) {
  const NodeId a = add_directory(root_, "a");
  const NodeId b = add_directory(a, "b");
  const NodeId file = add_file(b, "file");
  const NodeId beside = add_file(a, "beside");
  add_file(root_, "outside");
  std::vector<NodeId> nodes;
  tree_.for_each(a, [&](NodeId node) { nodes.push_back(node); });
  EXPECT_THAT(nodes, UnorderedElementsAre(a, b, file, beside));
  EXPECT_EQ(nodes.front(), a);
  EXPECT_LT(std::find(nodes.begin(), nodes.end(), b), std::find(nodes.begin(), nodes.end(), file));
  std::vector<NodeId> directories;
  tree_.for_each_directory(a, [&](NodeId node) {
    tree_.set_watch(node, 1);
    directories.push_back(node);
  });
  EXPECT_THAT(directories, ElementsAre(a, b));
}

TEST_F(TreeTest, MayBeAHundredThousandLevelsDeep) {
  constexpr int kLevels = 100'000;
  NodeId deepest = root_;
  std::string expected;
  for (int level = 0; level < kLevels; ++level) {
    deepest = add_directory(deepest, "d" + std::to_string(level % 7));
    expected += (level == 0 ? "d" : "/d") + std::to_string(level % 7);
  }
  EXPECT_EQ(path(deepest), expected);
  EXPECT_EQ(tree_.root(deepest), root_);
  const NodeId top = tree_.first_child(root_);
  tree_.move(top, root_, "moved");
  EXPECT_EQ(path(deepest), "moved" + expected.substr(2));
  int told = 0;
  tree_.remove(top, [&](NodeId) { ++told; });
  EXPECT_EQ(told, kLevels);
  EXPECT_EQ(tree_.size(), 1U);
}

TEST_F(TreeTest, ADirectoryMayHaveAHundredThousandEntries) {
  constexpr int kEntries = 100'000;
  std::vector<NodeId> nodes;
  for (int number = 0; number < kEntries; ++number) nodes.push_back(add_file(root_, "file " + std::to_string(number)));
  EXPECT_EQ(children(root_).size(), nodes.size());
  for (int number = 0; number < kEntries; ++number) {
    ASSERT_EQ(tree_.find(root_, "file " + std::to_string(number)), nodes[static_cast<std::size_t>(number)]);
  }
  // Oldest first: nothing may depend on walking the siblings.
  for (const NodeId node : nodes) tree_.remove(node, kIgnore);
  EXPECT_THAT(children(root_), IsEmpty());
}

TEST_F(TreeTest, ALargeTreeIsSmall) {
  for (int directory = 0; directory < 50'000; ++directory) {
    const NodeId node = add_directory(root_, "dir_" + std::to_string(10'000'000 + directory));
    for (int file = 0; file < 4; ++file) add_file(node, "fil_" + std::to_string(20'000'000 + directory * 4 + file));
  }
  ASSERT_EQ(tree_.size(), 250'001U);
  EXPECT_LE(tree_.memory_bytes(), std::size_t{17} << 20);
}

TEST_F(TreeTest, ASmallTreeIsTiny) {
  for (int number = 0; number < 100; ++number) add_file(root_, "file " + std::to_string(number));
  EXPECT_LE(tree_.memory_bytes(), std::size_t{32} << 10);
}

TEST_F(TreeTest, MemoryStaysFlatWhileEntriesComeAndGo) {
  std::size_t settled = 0;
  std::vector<NodeId> recent(100, kNoNode);
  for (int number = 0; number < 1'000'000; ++number) {
    NodeId& node = recent[static_cast<std::size_t>(number) % recent.size()];
    if (node != kNoNode) tree_.remove(node, kIgnore);
    const auto type = number % 3 == 0 ? EntryType::directory : EntryType::file;
    node = tree_.add(root_, "temporary." + std::to_string(number), type, 0);
    if (number == 100'000) settled = tree_.memory_bytes();
  }
  EXPECT_LE(tree_.memory_bytes(), settled);
}

TEST_F(TreeTest, MemoryStaysFlatWhileEntriesChange) {
  const NodeId node = add_file(root_, "first name");
  std::size_t settled = 0;
  for (int number = 0; number < 100'000; ++number) {
    tree_.move(node, root_, "name " + std::to_string(1'000'000 + number));
    tree_.set_identity(node, number % 2 == 0 ? EntryType::directory : EntryType::file, 0);
    if (number == 1'000) settled = tree_.memory_bytes();
  }
  EXPECT_LE(tree_.memory_bytes(), settled);
}

TEST_F(TreeTest, RemovedRoomIsUsedAgain) {
  std::size_t most = 0;
  for (int round = 0; round < 5; ++round) {
    const NodeId top = add_directory(root_, "top");
    for (int number = 0; number < 20'000; ++number) {
      add_directory(top, std::to_string(round) + "." + std::to_string(number));
    }
    if (round == 0) most = tree_.memory_bytes();
    EXPECT_LE(tree_.memory_bytes(), most + most / 20);
    tree_.remove(top, kIgnore);
    EXPECT_LT(tree_.memory_bytes(), most * 4 / 5);
  }
}

#ifndef NDEBUG
using TreeDeathTest = TreeTest;

TEST_F(TreeDeathTest, MistakesOfTheProgramAreCaught) {
  const NodeId file = add_file(root_, "file");
  const NodeId directory = add_directory(root_, "directory");
  const NodeId below = add_directory(directory, "below");
  EXPECT_DEATH(add_file(root_, "file"), "");
  EXPECT_DEATH(add_file(file, "child"), "");
  EXPECT_DEATH(add_file(kNoNode, "child"), "");
  EXPECT_DEATH(tree_.move(directory, below, "itself"), "");
  EXPECT_DEATH(tree_.move(file, root_, "directory"), "");
  EXPECT_DEATH(tree_.move(root_, directory, "root"), "");
  EXPECT_DEATH(tree_.set_identity(directory, EntryType::file, 1), "");
  EXPECT_DEATH(tree_.set_watch(file, 1), "");
}
#endif

}  // namespace
}  // namespace vigil::tree
