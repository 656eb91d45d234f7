#include "sys/paths_windows.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <map>
#include <string>

namespace vigil::sys {
namespace {

TEST(Paths, OfUsersBecomeAbsolute) {
  const std::map<std::string, std::string> expected = {
      {"C:\\Work\\me", "/C:/Work/me"},
      {"c:/Work//me/", "/C:/Work/me"},
      {"C:\\", "/C:"},
      {"C:\\a\\.\\b\\..\\c", "/C:/a/c"},
      {"C:\\a\\..\\..\\..", "/C:"},
      {"\\\\server\\share", "/UNC/server/share"},
      {"//server/share/a/b/", "/UNC/server/share/a/b"},
      {"\\\\?\\C:\\a b\\c.", "/C:/a b/c."},
      {"\\\\?\\c:\\", "/C:"},
      {"\\\\?\\unc\\server\\share\\a", "/UNC/server/share/a"},
      {"\\\\?\\Volume{01234567-89ab-cdef-0123-456789abcdef}\\a", "/Volume{01234567-89ab-cdef-0123-456789abcdef}/a"},
      {"C:\\\xC3\xA4\\\xF0\x9F\x98\x80", "/C:/\xC3\xA4/\xF0\x9F\x98\x80"},
  };
  for (const auto& [given, absolute] : expected) EXPECT_EQ(absolute_path(given).value, absolute) << given;
}

TEST(Paths, OfUsersBeginWhereTheyAre) {
  const std::string here = absolute_path(".").value;
  EXPECT_TRUE(here.starts_with('/') && here[2] == ':') << here;
  EXPECT_EQ(absolute_path("a/b").value, here + "/a/b");
  EXPECT_EQ(absolute_path("a\\..\\b").value, here + "/b");
  EXPECT_EQ(absolute_path("\\x").value, here.substr(0, 3) + "/x");
  const std::string drive = here.substr(1, 2);
  EXPECT_EQ(absolute_path(drive + "x").value, here + "/x");
}

TEST(Paths, OfUsersMayBeLong) {
  const std::string name(200, 'n');
  std::string path = "C:";
  for (int depth = 0; depth < 20; ++depth) path += '\\' + name;
  const auto absolute = absolute_path(path);
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute.value.size(), path.size() + 1);
}

TEST(Paths, OfUsersThatNoFileCanHave) {
  EXPECT_EQ(absolute_path("").error, ERROR_INVALID_NAME);
  EXPECT_EQ(absolute_path("C:\\\xFF").error, ERROR_INVALID_NAME);
  EXPECT_EQ(absolute_path("NUL").error, ERROR_NOT_SUPPORTED);
  EXPECT_EQ(absolute_path("\\\\.\\PhysicalDrive0").error, ERROR_NOT_SUPPORTED);
}

TEST(Paths, HaveAVolume) {
  EXPECT_EQ(volume_size("/"), 0U);
  EXPECT_EQ(volume_size(""), 0U);
  EXPECT_EQ(volume_size("/UNC"), 0U);
  EXPECT_EQ(volume_size("/UNC/server"), 0U);
  EXPECT_EQ(volume_size("/UNC/server/share"), 17U);
  EXPECT_EQ(volume_size("/UNC/server/share/a"), 17U);
  EXPECT_EQ(volume_size("/C:"), 3U);
  EXPECT_EQ(volume_size("/C:/a"), 3U);
}

TEST(Paths, AreTakenByTheSystem) {
  EXPECT_EQ(to_native("/C:/a/b"), u"\\??\\C:\\a\\b");
  EXPECT_EQ(to_native("/C:/a/b/"), u"\\??\\C:\\a\\b");
  EXPECT_EQ(to_native("/C:"), u"\\??\\C:\\");
  EXPECT_EQ(to_native("/UNC/server/share"), u"\\??\\UNC\\server\\share\\");
  EXPECT_EQ(to_native("/UNC/server/share/a"), u"\\??\\UNC\\server\\share\\a");
  EXPECT_EQ(to_native("/C:/\xED\xA0\xBD"), std::u16string(u"\\??\\C:\\") + char16_t{0xD83D});
  EXPECT_EQ(to_native("/C:/\xFF"), std::nullopt);
}

TEST(Paths, ComeBackFromLinks) {
  EXPECT_EQ(from_native(u"\\??\\C:\\target\\"), "/C:/target");
  EXPECT_EQ(from_native(u"\\??\\UNC\\server\\share"), "/UNC/server/share");
  EXPECT_EQ(from_native(u"C:\\target"), std::nullopt);
  EXPECT_EQ(from_native(u""), std::nullopt);
}

}  // namespace
}  // namespace vigil::sys
