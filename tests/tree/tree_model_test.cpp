// The tree against a plain model of maps, by random operations. A seed replays a failure.
#include "tree/tree.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vigil::tree {
namespace {

// The model names entries by a number that is never used twice.
using Key = std::uint64_t;

struct Entry {
  Key parent = 0;
  std::string name;
  NodeId node = kNoNode;
  EntryType type = EntryType::directory;
  std::uint64_t inode = 0;
  std::int32_t watch = kNoWatch;
  std::uint8_t flags = 0;
  std::map<std::string, Key> children;
};

struct Shape {
  const char* name;
  unsigned seed;
  int operations;
  std::size_t entries_max;  // beyond, entries go rather than come
  unsigned deep_percent;    // how often the newest directory is chosen as the place of a new entry
  std::size_t names;        // how many different names there are; 0: each name is new
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name << shape.seed; }

class TreeModelTest : public testing::TestWithParam<Shape> {
 protected:
  TreeModelTest() {
    for (int count = 0; count < 2; ++count) add_root();
  }

  std::size_t below(std::uint64_t end) { return static_cast<std::size_t>(random_() % end); }
  bool percent(unsigned chance) { return below(100) < chance; }

  Entry& at(Key key) { return entries_.at(key); }

  Key any_entry() {
    const auto found = entries_.lower_bound(below(next_key_));
    return found == entries_.end() ? entries_.begin()->first : found->first;
  }

  Key any_directory() {
    const bool deep = percent(GetParam().deep_percent) && entries_.contains(newest_directory_);
    Key key = deep ? newest_directory_ : any_entry();
    while (at(key).type != EntryType::directory) key = at(key).parent;
    return key;
  }

  std::string any_name() {
    const std::uint64_t number = GetParam().names == 0 ? next_key_ : below(GetParam().names);
    return std::string(static_cast<std::size_t>(number % 23), '-') + std::to_string(number);
  }

  EntryType any_type() { return percent(40) ? EntryType::directory : static_cast<EntryType>(below(5)); }

  bool is_below(Key key, Key top) {
    while (key != top && at(key).parent != 0) key = at(key).parent;
    return key == top;
  }

  std::string path(Key key) {
    std::string path;
    for (; at(key).parent != 0; key = at(key).parent) path = at(key).name + (path.empty() ? "" : "/") + path;
    return path;
  }

  void add_root() {
    Entry root;
    root.node = tree_.add_root();
    nodes_.insert(root.node);
    entries_.emplace(next_key_++, root);
  }

  void add() {
    const Key parent = any_directory();
    const std::string name = any_name();
    if (at(parent).children.contains(name)) return;
    Entry entry;
    entry.parent = parent;
    entry.name = name;
    entry.type = any_type();
    entry.inode = random_();
    entry.node = tree_.add(at(parent).node, name, entry.type, entry.inode);
    ASSERT_TRUE(nodes_.insert(entry.node).second) << "the id was in use";
    if (entry.type == EntryType::directory) newest_directory_ = next_key_;
    at(parent).children.emplace(name, next_key_);
    entries_.emplace(next_key_++, std::move(entry));
  }

  void collect(Key top, std::vector<Key>& keys) {
    keys.push_back(top);
    for (std::size_t index = keys.size() - 1; index < keys.size(); ++index) {
      for (const auto& [name, child] : at(keys[index]).children) keys.push_back(child);
    }
  }

  void remove() {
    const Key top = any_entry();
    if (at(top).parent == 0 && !percent(5)) return;
    std::vector<Key> keys;
    collect(top, keys);
    std::set<NodeId> expected;
    for (const Key key : keys) {
      if (at(key).type == EntryType::directory) expected.insert(at(key).node);
    }
    const std::uint64_t version = tree_.shape_version();
    const bool is_directory = at(top).type == EntryType::directory;
    std::set<NodeId> told;
    tree_.remove(at(top).node, [&](NodeId node) {
      EXPECT_TRUE(told.insert(node).second);
      const NodeId parent = tree_.parent(node);
      EXPECT_TRUE(node == at(top).node || told.contains(parent)) << "parents come first";
    });
    ASSERT_EQ(told, expected);
    ASSERT_EQ(tree_.shape_version() != version, is_directory);
    if (at(top).parent != 0) at(at(top).parent).children.erase(at(top).name);
    for (const Key key : keys) {
      ASSERT_FALSE(tree_.alive(at(key).node));
      nodes_.erase(at(key).node);
      entries_.erase(key);
    }
    if (entries_.empty()) add_root();
  }

  void move() {
    const Key key = any_entry();
    const Key to = any_directory();
    const std::string name = percent(30) ? at(key).name : any_name();
    if (at(key).parent == 0 || is_below(to, key) || at(to).children.contains(name)) return;
    const std::uint64_t version = tree_.shape_version();
    if (name == at(key).name) {
      tree_.move(at(key).node, at(to).node, tree_.name(at(key).node));
    } else {
      tree_.move(at(key).node, at(to).node, name);
    }
    ASSERT_EQ(tree_.shape_version() != version, at(key).type == EntryType::directory);
    at(at(key).parent).children.erase(at(key).name);
    at(to).children.emplace(name, key);
    at(key).parent = to;
    at(key).name = name;
  }

  void change() {
    Entry& entry = at(any_entry());
    entry.flags = static_cast<std::uint8_t>(random_());
    tree_.set_flags(entry.node, entry.flags);
    const EntryType type = any_type();
    if (type == EntryType::directory || (entry.children.empty() && entry.parent != 0)) {
      const std::uint64_t version = tree_.shape_version();
      tree_.set_identity(entry.node, type, random_());
      ASSERT_EQ(tree_.shape_version(), version);
      entry.type = type;
      entry.inode = tree_.inode(entry.node);
      if (type != EntryType::directory) entry.watch = kNoWatch;
    }
    if (entry.type == EntryType::directory) {
      entry.watch = percent(20) ? kNoWatch : static_cast<std::int32_t>(below(1'000'000));
      tree_.set_watch(entry.node, entry.watch);
    }
  }

  void check_lookups() {
    const Key directory = any_directory();
    const std::string name = any_name();
    const auto& children = at(directory).children;
    const auto found = children.find(name);
    ASSERT_EQ(tree_.find(at(directory).node, name), found == children.end() ? kNoNode : at(found->second).node);
    const Key key = any_entry();
    std::string appended = "before:";
    tree_.append_path(at(key).node, appended);
    ASSERT_EQ(appended, "before:" + path(key));
  }

  void check_node(const Entry& entry) {
    ASSERT_TRUE(tree_.alive(entry.node));
    ASSERT_EQ(tree_.name(entry.node), entry.name);
    ASSERT_EQ(tree_.type(entry.node), entry.type);
    ASSERT_EQ(tree_.inode(entry.node), entry.inode);
    ASSERT_EQ(tree_.watch(entry.node), entry.watch);
    ASSERT_EQ(tree_.flags(entry.node), entry.flags);
    ASSERT_EQ(tree_.parent(entry.node), entry.parent == 0 ? kNoNode : at(entry.parent).node);
    std::set<NodeId> expected;
    for (const auto& [name, child] : entry.children) {
      ASSERT_EQ(tree_.find(entry.node, name), at(child).node);
      expected.insert(at(child).node);
    }
    std::size_t count = 0;
    for (NodeId child = tree_.first_child(entry.node); child != kNoNode; child = tree_.next_sibling(child)) {
      ASSERT_TRUE(expected.contains(child));
      ++count;
    }
    ASSERT_EQ(count, expected.size());
  }

  void check_everything() {
    ASSERT_EQ(tree_.size(), entries_.size());
    std::size_t walked = 0;
    for (const auto& [key, entry] : entries_) {
      ASSERT_NO_FATAL_FAILURE(check_node(entry));
      if (entry.parent == 0) tree_.for_each(entry.node, [&](NodeId) { ++walked; });
    }
    ASSERT_EQ(walked, entries_.size());
  }

  void operate() {
    const bool full = entries_.size() > GetParam().entries_max;
    const std::size_t choice = below(100);
    if (choice < (full ? 10U : 55U)) return add();
    if (choice < 60) return remove();
    if (choice < 80) return move();
    return change();
  }

  std::mt19937_64 random_{GetParam().seed};
  Tree tree_;
  std::map<Key, Entry> entries_;
  std::set<NodeId> nodes_;
  Key next_key_ = 1;
  Key newest_directory_ = 0;
};

TEST_P(TreeModelTest, IsWhatTheModelIs) {
  for (int operation = 0; operation < GetParam().operations; ++operation) {
    ASSERT_NO_FATAL_FAILURE(operate()) << "operation " << operation;
    ASSERT_NO_FATAL_FAILURE(check_lookups()) << "operation " << operation;
    if (operation % 1'000 != 999) continue;
    ASSERT_NO_FATAL_FAILURE(check_everything()) << "operation " << operation;
  }
}

std::vector<Shape> shapes() {
  std::vector<Shape> shapes;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    shapes.push_back({"Small", seed, 4'000, 30, 10, 12});
    shapes.push_back({"SharedNames", seed, 20'000, 1'500, 10, 40});
    shapes.push_back({"NewNames", seed, 20'000, 1'500, 10, 0});
    shapes.push_back({"Deep", seed, 20'000, 1'500, 97, 200});
  }
  return shapes;
}

INSTANTIATE_TEST_SUITE_P(Shapes, TreeModelTest, testing::ValuesIn(shapes()),
                         [](const auto& test) { return test.param.name + std::to_string(test.param.seed); });

}  // namespace
}  // namespace vigil::tree
