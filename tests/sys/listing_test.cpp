#include "sys/listing_linux.hpp"

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <cstring>
#include <string>

namespace vigil::sys {
namespace {

// Appends an entry as the kernel lays it out; gives the new size.
std::size_t put(Listing& listing, std::size_t offset, std::uint64_t inode, unsigned char type,
                const std::string& name) {
  const std::size_t size = (offsetof(dirent64, d_name) + name.size() + 1 + 7) / 8 * 8;
  std::byte* at = listing.block().data() + offset;
  std::memset(at, 0xff, size);
  const auto size16 = static_cast<unsigned short>(size);
  std::memcpy(at + offsetof(dirent64, d_ino), &inode, sizeof(inode));
  std::memcpy(at + offsetof(dirent64, d_reclen), &size16, sizeof(size16));
  std::memcpy(at + offsetof(dirent64, d_type), &type, sizeof(type));
  std::memcpy(at + offsetof(dirent64, d_name), name.c_str(), name.size() + 1);
  return offset + size;
}

TEST(Listing, LeavesOutDotAndDotDotOnly) {
  Listing listing;
  std::size_t size = 0;
  for (const char* name : {".", "..", "...", ".a", "..a"}) size = put(listing, size, 7, DT_REG, name);
  const auto entries = listing.parse(size);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].name, "...");
  EXPECT_EQ(entries[1].name, ".a");
  EXPECT_EQ(entries[2].name, "..a");
}

TEST(Listing, TellsEveryTypeAndLeavesTheUntoldUnknown) {
  Listing listing;
  std::size_t size = 0;
  const std::pair<unsigned char, EntryType> types[] = {
      {DT_REG, EntryType::file},   {DT_DIR, EntryType::directory}, {DT_LNK, EntryType::symlink},
      {DT_FIFO, EntryType::other}, {DT_SOCK, EntryType::other},    {DT_BLK, EntryType::other},
      {DT_CHR, EntryType::other},  {DT_WHT, EntryType::other},     {DT_UNKNOWN, EntryType::unknown},
  };
  for (const auto& [type, expected] : types) size = put(listing, size, type + 100U, type, std::string(type + 1U, 'n'));
  const auto entries = listing.parse(size);
  ASSERT_EQ(entries.size(), std::size(types));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].type, types[i].second) << i;
    EXPECT_EQ(entries[i].inode, types[i].first + 100U);
    EXPECT_EQ(entries[i].name.size(), types[i].first + 1U);
  }
}

TEST(Listing, ForgetsTheBlockBefore) {
  Listing listing;
  EXPECT_EQ(listing.parse(put(listing, 0, 1, DT_REG, "first")).size(), 1U);
  EXPECT_EQ(listing.parse(put(listing, 0, 1, DT_REG, "second"))[0].name, "second");
  EXPECT_TRUE(listing.parse(0).empty());
}

TEST(Listing, TellsTheTypeOfEveryMode) {
  EXPECT_EQ(type_of_mode(S_IFREG | 0644), EntryType::file);
  EXPECT_EQ(type_of_mode(S_IFDIR | 0755), EntryType::directory);
  EXPECT_EQ(type_of_mode(S_IFLNK | 0777), EntryType::symlink);
  for (const unsigned mode : {S_IFIFO, S_IFSOCK, S_IFBLK, S_IFCHR}) EXPECT_EQ(type_of_mode(mode), EntryType::other);
}

}  // namespace
}  // namespace vigil::sys
