// Who uses inotify, in a proc(5) made for the test.
#include "backend/inotify/usage.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace vigil::backend::inotify {
namespace {

namespace fs = std::filesystem;

class UsageTest : public ::testing::Test {
 protected:
  UsageTest() {
    fs::create_directories(proc_ / "self");
    std::ofstream(proc_ / "self" / "status") << "Name:\ttest\nUid:\t1000\t1000\t1000\t1000\n";
    fs::create_directories(proc_ / "sys" / "fs");
    std::ofstream(proc_ / "uptime") << "1 1\n";
  }

  void add_process(int id, const std::string& name, int user) {
    const fs::path process = proc_ / std::to_string(id);
    fs::create_directories(process / "fd");
    fs::create_directories(process / "fdinfo");
    std::ofstream(process / "status") << "Name:\t" << name << "\nUmask:\t0022\nUid:\t0\t" << user << "\t0\t0\n";
    fs::create_symlink("/dev/null", process / "fd" / "0");
    std::ofstream(process / "fdinfo" / "0") << "pos:\t0\ninotify wd:1\n";
  }

  void add_instance(int id, int descriptor, int watches) {
    const fs::path process = proc_ / std::to_string(id);
    fs::create_symlink("anon_inode:inotify", process / "fd" / std::to_string(descriptor));
    std::ofstream information(process / "fdinfo" / std::to_string(descriptor));
    information << "pos:\t0\nflags:\t02004000\n";
    for (int watch = 0; watch < watches; ++watch) information << "inotify wd:" << watch << " ino:1 sdev:1 mask:1\n";
  }

  Usage look(std::chrono::milliseconds time = std::chrono::seconds(30)) { return look_at_usage(proc_.string(), time); }

  std::string watches() { return describe_usage(look(), &Usage::Process::watches); }
  std::string instances() { return describe_usage(look(), &Usage::Process::instances); }

  testing::TemporaryDirectory directory_;
  fs::path proc_ = directory_ / "proc";
};

TEST_F(UsageTest, TheThreeThatUseMostAreNamed) {
  for (const auto& [id, count] : {std::pair(10, 5), std::pair(11, 700), std::pair(12, 30), std::pair(13, 1)}) {
    add_process(id, "p" + std::to_string(id), 1000);
    add_instance(id, 4, count);
  }
  add_instance(11, 5, 300);
  EXPECT_EQ("of which 1036 are in use: p11 (process 11) 1000, p12 (process 12) 30, p10 (process 10) 5, others 1",
            watches());
  EXPECT_THAT(instances(), ::testing::StartsWith("of which 5 are in use: p11 (process 11) 2, "));
}

TEST_F(UsageTest, OnlyOfTheUser) {
  add_process(10, "mine", 1000);
  add_instance(10, 4, 1);
  add_process(11, "another's", 1001);
  add_instance(11, 4, 1);
  EXPECT_EQ("of which 1 is in use: mine (process 10) 1", watches());
}

TEST_F(UsageTest, FanotifyIsCountedToo) {
  add_process(10, "scanner", 1000);
  const fs::path process = proc_ / "10";
  fs::create_symlink("anon_inode:[fanotify]", process / "fd" / "4");
  std::ofstream(process / "fdinfo" / "4") << "pos:\t0\nfanotify flags:0 event-flags:0\n"
                                          << "fanotify mnt_id:12 mflags:0 mask:38 ignored_mask:0\n"
                                          << "fanotify ino:4f969 sdev:800013 mflags:0 mask:3b\n"
                                          << "fanotify sdev:800013 mflags:0 mask:3b ignored_mask:0\n";
  const Usage usage = look();
  ASSERT_EQ(1u, usage.processes.size());
  EXPECT_EQ(3u, usage.processes[0].fanotify_marks);
  EXPECT_EQ(1u, usage.processes[0].fanotify_groups);
  EXPECT_EQ(0u, usage.processes[0].instances);
  EXPECT_EQ("", watches());
  EXPECT_EQ("of which 3 are in use: scanner (process 10) 3", describe_usage(usage, &Usage::Process::fanotify_marks));
}

TEST_F(UsageTest, NothingIsSaidWhereNobodyUsesAny) {
  add_process(10, "idle", 1000);
  EXPECT_EQ("", watches());
  fs::remove_all(proc_);
  EXPECT_EQ("", watches());
}

TEST_F(UsageTest, AProcessThatGoesMeanwhileIsPassedOver) {
  add_process(10, "going", 1000);
  fs::remove_all(proc_ / "10" / "fd");
  add_process(11, "there", 1000);
  add_instance(11, 4, 2);
  EXPECT_EQ("of which at least 2 are in use: there (process 11) 2", watches());
}

TEST_F(UsageTest, TakesNoLongerThanItMay) {
  add_process(10, "p", 1000);
  add_instance(10, 4, 1);
  const Usage none = look(std::chrono::milliseconds(0));
  EXPECT_FALSE(none.complete);
  EXPECT_EQ("and who uses them was not found out in time", describe_usage(none, &Usage::Process::watches));
}

}  // namespace
}  // namespace vigil::backend::inotify
