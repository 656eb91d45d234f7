#include "cli/paths.hpp"

#include "base/unique_fd.hpp"
#include "cli/command.hpp"
#include "event/glob.hpp"

#include <fcntl.h>
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
  const TemporaryDirectory top;
  std::filesystem::create_directories(top / "real/deep");
  std::filesystem::create_directories(top / "links");
  std::filesystem::create_directory_symlink(top / "real/deep", top / "links/link");

  EXPECT_EQ(absolute_path("link/..", (top / "links").string()), (top / "links/link/..").string());
  EXPECT_EQ(absolute_path("link/../../links/link", (top / "links").string()), (top / "links/link").string());
  EXPECT_EQ(absolute_path("link", (top / "links").string()), (top / "links/link").string());
  EXPECT_EQ(absolute_path("../real/deep/..", (top / "links").string()), (top / "real").string());
}

TEST(RelativePath, IsShortBelowTheDirectory) {
  EXPECT_EQ(relative_path("/home/me/src/x", "/home/me"), "src/x");
  EXPECT_EQ(relative_path("/home/me", "/home/me"), ".");
  EXPECT_EQ(relative_path("/home/me.old", "/home/me"), "/home/me.old");
  EXPECT_EQ(relative_path("/home", "/home/me"), "/home");
  EXPECT_EQ(relative_path("/x", "/"), "x");
  EXPECT_EQ(relative_path("/", "/"), ".");
  EXPECT_EQ(relative_path("/x", ""), "/x");
}

base::UniqueFd create(const std::filesystem::path& path) {
  return base::UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

TEST(GlobOfFile, MatchesThisFileAlone) {
  const TemporaryDirectory top;
  std::filesystem::create_directories(top / "a[1]");
  for (const std::string name : {"plain", "a[1]/{x,y}*?\\!-.log", "\xFF\n", "*", "**", "a[1]/ "}) {
    const base::UniqueFd file = create(top / name);
    const std::optional<std::string> pattern = glob_of_file(file.get(), top.path());
    ASSERT_TRUE(pattern) << name;
    const Result<event::Glob> glob = event::Glob::parse(*pattern);
    ASSERT_TRUE(glob) << glob.error().message();
    EXPECT_TRUE(glob->matches(name, false)) << *pattern;
    for (const char* other : {"other", "a[1]/other", "a1/x.log", "deep/plain", "deep/*", "a[1]"}) {
      EXPECT_FALSE(glob->matches(other, false)) << *pattern;
    }
  }
}

TEST(GlobOfFile, FollowsTheRootAndNotTheFile) {
  const TemporaryDirectory top;
  std::filesystem::create_directories(top / "real");
  std::filesystem::create_directory_symlink("real", top / "link");
  const base::UniqueFd file = create(top / "real/log");
  EXPECT_EQ(glob_of_file(file.get(), top / "link"), "/log");
  EXPECT_EQ(glob_of_file(file.get(), top.path()), "/real/log");
  EXPECT_TRUE(glob_of_file(file.get(), "/"));
}

TEST(GlobOfFile, IsNothingWhereNothingCanLoop) {
  const TemporaryDirectory top;
  std::filesystem::create_directories(top / "root");
  const base::UniqueFd outside = create(top / "root.log");
  EXPECT_EQ(glob_of_file(outside.get(), top / "root"), std::nullopt);
  EXPECT_EQ(glob_of_file(outside.get(), top / "missing"), std::nullopt);
  EXPECT_EQ(glob_of_file(outside.get(), top / "root.log"), std::nullopt);

  const base::UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(glob_of_file(null.get(), "/"), std::nullopt);
  EXPECT_EQ(glob_of_file(-1, "/"), std::nullopt);

  const std::string name(200, '*');
  const std::filesystem::path deep = top.path() / name / name / name;
  std::filesystem::create_directories(deep);
  const base::UniqueFd far = create(deep / "log");
  EXPECT_EQ(glob_of_file(far.get(), top.path()), std::nullopt) << "better than a glob that is refused";

  const base::UniqueFd removed = create(top / "removed");
  std::filesystem::remove(top / "removed");
  EXPECT_EQ(glob_of_file(removed.get(), top.path()), std::nullopt);
}

}  // namespace
}  // namespace vigil::cli
