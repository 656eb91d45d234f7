#include "sys/nt_windows.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace vigil::sys::nt {
namespace {

constexpr ULONG kMountPoint = 0xA0000003;
constexpr ULONG kSymbolicLink = 0xA000000C;

template <typename T>
void put(std::vector<std::byte>& data, std::size_t offset, T value) {
  if (data.size() < offset + sizeof value) data.resize(offset + sizeof value);
  std::memcpy(data.data() + offset, &value, sizeof value);
}

std::vector<std::byte> reparse_point(ULONG tag, const std::u16string& target, USHORT begin = 0, ULONG flags = 0) {
  std::vector<std::byte> data;
  put(data, 0, tag);
  put(data, 8, begin);
  put(data, 10, static_cast<USHORT>(target.size() * 2));
  std::size_t text = 16;
  if (tag == kSymbolicLink) {
    put(data, 16, flags);
    text = 20;
  }
  for (std::size_t index = 0; index < target.size(); ++index) put(data, text + begin + index * 2, target[index]);
  return data;
}

TEST(Links, SayWhereTheyLead) {
  const auto junction = parse_link(reparse_point(kMountPoint, u"\\??\\C:\\target"));
  ASSERT_TRUE(junction);
  EXPECT_EQ(junction->path, u"\\??\\C:\\target");
  EXPECT_FALSE(junction->is_relative);
  const auto link = parse_link(reparse_point(kSymbolicLink, u"..\\target", 4, 1));
  ASSERT_TRUE(link);
  EXPECT_EQ(link->path, u"..\\target");
  EXPECT_TRUE(link->is_relative);
}

TEST(Links, MayLieAboutTheirLengths) {
  std::vector<std::byte> data = reparse_point(kMountPoint, u"\\??\\C:\\target");
  for (std::size_t size = 0; size < data.size(); ++size) EXPECT_FALSE(parse_link(std::span(data).first(size))) << size;
  put(data, 8, USHORT{0xFFFF});
  EXPECT_FALSE(parse_link(data));
  put(data, 8, USHORT{2});
  put(data, 10, USHORT{0xFFFF});
  EXPECT_FALSE(parse_link(data));
  EXPECT_FALSE(parse_link(reparse_point(0x80000013, u"\\??\\C:\\target")));
}

TEST(Entries, OfAllKinds) {
  EXPECT_EQ(type_of(FILE_ATTRIBUTE_ARCHIVE, 0), EntryType::file);
  EXPECT_EQ(type_of(FILE_ATTRIBUTE_DIRECTORY, 0), EntryType::directory);
  EXPECT_EQ(type_of(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT, kMountPoint), EntryType::symlink);
  EXPECT_EQ(type_of(FILE_ATTRIBUTE_REPARSE_POINT, kSymbolicLink), EntryType::symlink);
  // Files that were deduplicated, or whose content is elsewhere for now, are files.
  EXPECT_EQ(type_of(FILE_ATTRIBUTE_REPARSE_POINT, 0x80000013), EntryType::file);
  EXPECT_EQ(type_of(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT, 0x9000001A), EntryType::directory);
  // Nobody says where it leads.
  EXPECT_EQ(type_of(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT, 0), EntryType::symlink);
}

TEST(Times, CountFrom1970) {
  EXPECT_EQ(timestamp(116'444'736'000'000'000), Timestamp{});
  EXPECT_EQ(timestamp(116'444'736'000'000'001), Timestamp(std::chrono::nanoseconds(100)));
  EXPECT_LT(timestamp(0), Timestamp{});
  EXPECT_GT(timestamp(std::numeric_limits<std::int64_t>::max()), timestamp(200'000'000'000'000'000));
}

}  // namespace
}  // namespace vigil::sys::nt
