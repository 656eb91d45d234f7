#include <vigil/event.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace vigil {
namespace {

TEST(Kind, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int kind = 0; kind < kKindCount; ++kind) names.insert(to_string(static_cast<Kind>(kind)));
  EXPECT_EQ(names.size(), std::size_t{kKindCount});
  EXPECT_EQ(names.count("unknown"), 0u);
  EXPECT_EQ(to_string(Kind::created), "created");
  EXPECT_EQ(to_string(Kind::error), "error");
}

TEST(Kind, ANumberFromALaterVersionIsUnknown) {
  EXPECT_EQ(to_string(static_cast<Kind>(kKindCount)), "unknown");
  EXPECT_EQ(to_string(static_cast<EntryType>(200)), "unknown");
}

TEST(EntryType, Names) {
  EXPECT_EQ(to_string(EntryType::unknown), "unknown");
  EXPECT_EQ(to_string(EntryType::file), "file");
  EXPECT_EQ(to_string(EntryType::directory), "directory");
  EXPECT_EQ(to_string(EntryType::symlink), "symlink");
  EXPECT_EQ(to_string(EntryType::other), "other");
}

}  // namespace
}  // namespace vigil
