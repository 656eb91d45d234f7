#include "cli/paths.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace vigil::cli {
namespace {

TEST(AbsolutePath, IsNormalised) {
  EXPECT_EQ(absolute_path(".", "/home/me"), "/home/me");
  EXPECT_EQ(absolute_path("src", "/home/me"), "/home/me/src");
  EXPECT_EQ(absolute_path("./src//lib/./", "/home/me"), "/home/me/src/lib");
  EXPECT_EQ(absolute_path("/tmp/", "/home/me"), "/tmp");
  EXPECT_EQ(absolute_path("//tmp", "/home/me"), "/tmp");
  EXPECT_EQ(absolute_path("x", "/"), "/x");
  EXPECT_EQ(absolute_path("/", "/home/me"), "/");
  EXPECT_EQ(absolute_path("...", "/home/me"), "/home/me/...");
  EXPECT_EQ(absolute_path("/home/me/[a,b]", "/"), "/home/me/[a,b]");
}

TEST(AbsolutePath, ParentsAreTakenAway) {
  EXPECT_EQ(absolute_path("../you", "/no/such/me"), "/no/such/you");
  EXPECT_EQ(absolute_path("..", "/"), "/");
  EXPECT_EQ(absolute_path("../../../..", "/tmp"), "/");
  EXPECT_EQ(absolute_path("/tmp/../tmp", "/"), "/tmp");
}

// "link/.." is the parent of what the link leads to. Taking the link away would watch another directory than the one
// every other program finds there.
TEST(AbsolutePath, ParentsBehindALinkStay) {
  const std::filesystem::path top = std::filesystem::path(testing::TempDir()) / "vigil_paths_test";
  std::filesystem::remove_all(top);
  std::filesystem::create_directories(top / "real/deep");
  std::filesystem::create_directories(top / "links");
  std::filesystem::create_directory_symlink(top / "real/deep", top / "links/link");

  EXPECT_EQ(absolute_path("link/..", (top / "links").string()), (top / "links/link/..").string());
  EXPECT_EQ(absolute_path("link/../../links/link", (top / "links").string()), (top / "links/link").string());
  EXPECT_EQ(absolute_path("link", (top / "links").string()), (top / "links/link").string());
  EXPECT_EQ(absolute_path("../real/deep/..", (top / "links").string()), (top / "real").string());
  std::filesystem::remove_all(top);
}

TEST(RelativePath, IsShortBelowTheDirectory) {
  EXPECT_EQ(relative_path("/home/me/src/x", "/home/me"), "src/x");
  EXPECT_EQ(relative_path("/home/me", "/home/me"), ".");
  EXPECT_EQ(relative_path("/home/melon", "/home/me"), "/home/melon");
  EXPECT_EQ(relative_path("/home", "/home/me"), "/home");
  EXPECT_EQ(relative_path("/x", "/"), "x");
  EXPECT_EQ(relative_path("/", "/"), ".");
  EXPECT_EQ(relative_path("/x", ""), "/x");
}

}  // namespace
}  // namespace vigil::cli
