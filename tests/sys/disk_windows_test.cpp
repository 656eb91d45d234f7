#include "support/raw_files.hpp"
#include "support/temporary_directory.hpp"
#include "sys/disk.hpp"
#include "sys/error_codes.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <filesystem>
#include <map>
#include <string>

namespace vigil::sys {
namespace {

namespace raw = testing::raw;

using Listed = std::map<std::string, DirectoryEntry>;

// The names in the map live, those in the entries do not.
Listed list(Directory& directory) {
  Listed all;
  while (true) {
    const auto block = directory.read();
    EXPECT_EQ(block.error, 0);
    if (block.value.empty()) return all;
    for (const DirectoryEntry& entry : block.value) {
      EXPECT_TRUE(all.emplace(entry.name, entry).second) << entry.name << " is listed twice";
    }
  }
}

class DiskTest : public ::testing::Test {
 protected:
  // As the Disk takes it.
  std::string at(const std::string& name) const { return disk_->absolute(scratch_ / name).value; }
  std::string file(const std::string& name) const {
    EXPECT_TRUE(raw::write(scratch_ / name, "x", raw::Write::anew)) << name << ": " << raw::last_error();
    return at(name);
  }
  std::string directory(const std::string& name) const {
    EXPECT_TRUE(raw::make_directories(scratch_ / name)) << name << ": " << raw::last_error();
    return at(name);
  }
  std::unique_ptr<Directory> open(const std::string& path) {
    auto opened = disk_->open(path);
    EXPECT_EQ(opened.error, 0) << path;
    return std::move(opened.value);
  }

  testing::TemporaryDirectory scratch_;
  std::unique_ptr<Disk> disk_ = make_disk();
};

TEST_F(DiskTest, ListsNamesTypesAndFileIds) {
  directory("dir");
  file("file");
  file("\xC3\xA4\xE2\x82\xAC \xF0\x9F\x98\x80");
  const auto top = open(at(""));
  const Listed listed = list(*top);
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed.at("dir").type, EntryType::directory);
  EXPECT_EQ(listed.at("file").type, EntryType::file);
  for (const auto& [name, entry] : listed) {
    const auto status = top->status(name);
    ASSERT_TRUE(status) << name;
    EXPECT_EQ(status.value.type, entry.type) << name;
    EXPECT_EQ(status.value.inode, entry.inode) << name;
    EXPECT_NE(entry.inode, 0U) << name;
    EXPECT_EQ(disk_->status(at(name)).value.inode, entry.inode) << name;
    EXPECT_EQ(status.value.device, top->status().value.device);
  }
  EXPECT_TRUE(top->read().value.empty());  // still at the end
}

TEST_F(DiskTest, ListsAnEmptyDirectory) {
  const auto empty = open(directory("empty"));
  EXPECT_TRUE(list(*empty).empty());
}

TEST_F(DiskTest, ListsManyNames) {
  for (int number = 0; number < 1000; ++number) file("a name that is somewhat longer " + std::to_string(number));
  EXPECT_EQ(list(*open(at(""))).size(), 1000U);
}

TEST_F(DiskTest, TellsTimes) {
  const Timestamp before = disk_->now();
  const std::string path = file("file");
  const auto first = disk_->status(path);
  ASSERT_TRUE(first);
  EXPECT_GE(first.value.modified, before);
  EXPECT_GE(first.value.changed, before);
  EXPECT_LT(first.value.changed, before + std::chrono::minutes(1));
  raw::let_clock_of_files_tick();
  const Timestamp between = disk_->now();
  EXPECT_GT(between, first.value.changed - std::chrono::seconds(1));
  ASSERT_TRUE(raw::write(scratch_ / "file", "more", raw::Write::behind));
  const auto second = disk_->status(path);
  EXPECT_GT(second.value.modified, first.value.modified);
  ASSERT_TRUE(raw::change_times(scratch_ / "file", 1'000, 2'000));
  const auto third = open(at(""))->status("file");
  EXPECT_EQ(third.value.modified, Timestamp(std::chrono::seconds(2'000)));
  EXPECT_GE(third.value.changed, second.value.changed);
}

// The tree holds the names as they are on the disk, and takes any other for another.
TEST_F(DiskTest, NamesAreExact) {
  file("Name");
  directory("Folder");
  const auto top = open(at(""));
  EXPECT_TRUE(top->status("Name"));
  EXPECT_EQ(top->status("name").error, kNotFound);
  EXPECT_EQ(top->status("NAME").error, kNotFound);
  EXPECT_EQ(disk_->status(at("folder")).error, kNotFound);
  EXPECT_EQ(top->status("").error, kNotFound);
  EXPECT_EQ(top->status("missing").error, kNotFound);
  EXPECT_EQ(top->status("\xFF").error, kNotFound);
  EXPECT_EQ(meaning_of(top->status("N*").error), ErrorMeaning::gone);
}

TEST_F(DiskTest, ResolvesToTheNameOnTheDisk) {
  directory("Some Folder/Below");
  file("Some Folder/Below/File");
  const std::string exact = disk_->resolve(at("Some Folder/Below/File")).value;
  EXPECT_TRUE(exact.ends_with("/Some Folder/Below/File")) << exact;
  EXPECT_EQ(disk_->resolve(at("some folder/BELOW/file")).value, exact);
  EXPECT_EQ(meaning_of(disk_->resolve(at("none/x")).error), ErrorMeaning::gone);
  EXPECT_EQ(meaning_of(disk_->resolve(at("Some Folder/Below/File/x")).error), ErrorMeaning::gone);
}

// The short name is the one the system itself makes up.
TEST_F(DiskTest, FindsTheListedNameByOtherNames) {
  const std::string path = file("a name that DOS could not have.text");
  file("Mixed.TXT");
  wchar_t short_path[MAX_PATH];
  const std::wstring native = std::filesystem::u8path("\\\\?" + path).make_preferred().wstring();
  const DWORD size = ::GetShortPathNameW(native.c_str(), short_path, MAX_PATH);
  ASSERT_TRUE(size > 0 && size < MAX_PATH) << raw::last_error();
  const std::string short_name = std::filesystem::path(short_path).filename().string();
  ASSERT_NE(short_name, "a name that DOS could not have.text");
  const auto top = open(at(""));
  EXPECT_EQ(top->listed_name(short_name).value, "a name that DOS could not have.text") << short_name;
  EXPECT_EQ(top->listed_name("A NAME that DOS could not have.text").value, "a name that DOS could not have.text");
  EXPECT_EQ(top->listed_name("mixed.txt").value, "Mixed.TXT");
  EXPECT_EQ(top->listed_name("Mixed.TXT").value, "Mixed.TXT");
  EXPECT_EQ(meaning_of(top->listed_name("missing").error), ErrorMeaning::gone);
  EXPECT_EQ(list(*top).size(), 2U) << "asking leaves the listing alone";
}

TEST_F(DiskTest, TellsWhichNamesAreTheSame) {
  EXPECT_TRUE(disk_->same_name("Mixed.txt", "mIXED.TXT"));
  EXPECT_TRUE(disk_->same_name("\xC3\xA4", "\xC3\x84"));  // an umlaut
  EXPECT_TRUE(disk_->same_name("", ""));
  EXPECT_FALSE(disk_->same_name("a", "b"));
  EXPECT_FALSE(disk_->same_name("co-op", "coop"));
  EXPECT_FALSE(disk_->same_name("a", "\xff"));
}

TEST_F(DiskTest, TellsWhereAPathEnds) {
  directory("A/b");
  file("A/file");
  const auto step = [&](const std::string& path) { return disk_->last_step(at(path)).value; };
  const std::string top = disk_->resolve(at("")).value;
  EXPECT_EQ(step("A/b"), (Step{top + "/A", "b"}));
  EXPECT_EQ(step("a/none"), (Step{top + "/A", "none"}));
  EXPECT_EQ(step("none/b/c"), (Step{top, "none"}));
  EXPECT_EQ(step("A/file/x/y"), (Step{top + "/A", "file"}));
  EXPECT_EQ(disk_->last_step("/Q:/x").value, (Step{"/", "Q:"}));
}

TEST_F(DiskTest, RefusesWhatIsNoDirectory) {
  EXPECT_EQ(disk_->open(file("file")).error, kNotADirectory);
  EXPECT_EQ(meaning_of(disk_->open(at("missing")).error), ErrorMeaning::gone);
  EXPECT_EQ(meaning_of(disk_->open(at("missing/below")).error), ErrorMeaning::gone);
  EXPECT_EQ(meaning_of(disk_->open("/Q:/x").error), ErrorMeaning::gone);
  // Nothing appears there, so that waiting for it would be in vain.
  for (const char* const path : {"/", "/UNC", "/UNC/server"}) {
    EXPECT_EQ(disk_->open(path).error, kNotWatchable) << path;
    EXPECT_EQ(disk_->status(path).error, kNotWatchable) << path;
  }
  EXPECT_TRUE(disk_->open("/C:"));
  EXPECT_EQ(disk_->status("/C:").value.type, EntryType::directory);
}

TEST_F(DiskTest, GoesDeeperThanAnOrdinaryPathMay) {
  const std::string name(100, 'n');
  std::string path;
  for (int depth = 0; depth < 8; ++depth) path += (path.empty() ? "" : "/") + name;
  const std::string deep = directory(path);
  file(path + "/file");
  ASSERT_GT(deep.size(), std::size_t{2 * MAX_PATH});
  const auto opened = open(deep);
  EXPECT_EQ(list(*opened).count("file"), 1U);
  EXPECT_TRUE(opened->status("file"));
  EXPECT_TRUE(disk_->status(deep + "/file"));
  EXPECT_EQ(disk_->resolve(deep).value, deep);
}

// Opened, it is in nobody's way, and stays what it is wherever it goes.
TEST_F(DiskTest, ADirectoryMayBeMovedAndRemovedMeanwhile) {
  const auto opened = open(directory("before"));
  file("before/file");
  ASSERT_TRUE(raw::rename(scratch_ / "before", scratch_ / "after")) << raw::last_error();
  EXPECT_TRUE(opened->status("file"));
  EXPECT_EQ(list(*opened).size(), 1U);
  EXPECT_EQ(opened->status().value.inode, disk_->status(at("after")).value.inode);
  EXPECT_TRUE(raw::remove_file(scratch_ / "after/file")) << raw::last_error();
  EXPECT_TRUE(raw::remove_directory(scratch_ / "after")) << raw::last_error();
  EXPECT_EQ(meaning_of(opened->status("file").error), ErrorMeaning::gone);
}

TEST_F(DiskTest, AFileMayBeOpenElsewhere) {
  file("file");
  const HANDLE exclusive =
      ::CreateFileA((scratch_ / "file").c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
  ASSERT_NE(exclusive, INVALID_HANDLE_VALUE);
  EXPECT_TRUE(disk_->status(at("file")));
  ::CloseHandle(exclusive);
}

// Whatever the file system makes of it, a name is found again by what the listing says.
TEST_F(DiskTest, ASurrogateWithoutItsOtherHalfIsAName) {
  const std::string lone = "\xED\xA0\xBD";
  const bool was_made = raw::write(scratch_ / lone, "x", raw::Write::anew);  // Wine makes none
  const auto top = open(at(""));
  EXPECT_EQ(bool(top->status(lone)), was_made);
  EXPECT_EQ(bool(disk_->status(at(lone))), was_made);
  for (const auto& [name, entry] : list(*top)) EXPECT_TRUE(top->status(name)) << name;
}

TEST_F(DiskTest, GoesOnBelowARootAsItIsWritten) {
  EXPECT_EQ(disk_->prefix("src"), "src\\");
  EXPECT_EQ(disk_->prefix("src\\"), "src\\");
  EXPECT_EQ(disk_->prefix("src/"), "src/");
  EXPECT_EQ(disk_->prefix("C:/src"), "C:/src\\");
  EXPECT_EQ(disk_->prefix("C:\\"), "C:\\");
  EXPECT_EQ(disk_->prefix("C:"), "C:");
  EXPECT_EQ(disk_->separator(), '\\');
}

}  // namespace
}  // namespace vigil::sys
