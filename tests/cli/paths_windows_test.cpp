#include "cli/paths.hpp"

#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "support/raw_files.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <windows.h>

namespace vigil::cli {
namespace {

TEST(AbsolutePath, StaysAsItIsWritten) {
  EXPECT_EQ(absolute_path("C:\\src", "D:\\"), "C:\\src");
  EXPECT_EQ(absolute_path("C:/src", "D:\\"), "C:/src");
  EXPECT_EQ(absolute_path("c:\\Src\\", "D:\\"), "c:\\Src");
  EXPECT_EQ(absolute_path("C:\\", "D:\\"), "C:\\");
  EXPECT_EQ(absolute_path("\\\\server\\share\\a", "D:\\"), "\\\\server\\share\\a");
  EXPECT_EQ(absolute_path("\\\\?\\C:\\a", "D:\\"), "\\\\?\\C:\\a");
}

TEST(AbsolutePath, IsCompletedByTheSystem) {
  const std::string here = *working_directory();
  EXPECT_TRUE(is_absolute(here)) << here;
  EXPECT_EQ(absolute_path(".", here), here);
  EXPECT_EQ(absolute_path("a/b/../c", here), here + "\\a\\c");
  EXPECT_EQ(absolute_path("\\x", here), here.substr(0, 2) + "\\x");
}

TEST(RelativePath, IsWhatFollows) {
  EXPECT_EQ(relative_path("C:\\a\\b", "C:\\a"), "b");
  EXPECT_EQ(relative_path("C:\\a", "C:\\a"), ".");
  EXPECT_EQ(relative_path("C:/a\\b", "C:/a"), "b");
  EXPECT_EQ(relative_path("C:\\ab", "C:\\a"), "C:\\ab");
  EXPECT_EQ(relative_path("C:\\a", "C:\\"), "a");
  EXPECT_EQ(relative_path("C:\\a", ""), "C:\\a");
}

// What is written below a directory that is watched is left out of what is told of it.
TEST(GlobOfFile, NamesTheFileAndNoOther) {
  const testing::TemporaryDirectory top;
  ASSERT_TRUE(testing::raw::make_directories(top / "in/deep"));
  const auto create = [&](const std::string& name) {
    const std::u16string path = base::to_utf16(top / name).value();
    return base::UniqueHandle(::CreateFileW(reinterpret_cast<const wchar_t*>(path.c_str()), GENERIC_WRITE,
                                            FILE_SHARE_READ, nullptr, CREATE_ALWAYS, 0, nullptr));
  };
  EXPECT_EQ(glob_of_file(create("in/deep/log{1}").get(), top / "in"), "/deep/log\\{1\\}");
  EXPECT_EQ(glob_of_file(create("outside").get(), top / "in"), std::nullopt);
  EXPECT_EQ(glob_of_file(create("in.log").get(), top / "in"), std::nullopt);
  EXPECT_EQ(glob_of_file(create("in/log").get(), top / "missing"), std::nullopt);
  EXPECT_EQ(glob_of_file(INVALID_HANDLE_VALUE, top / "in"), std::nullopt);
}

}  // namespace
}  // namespace vigil::cli
