#include "core/lister.hpp"

#include "backend/inotify/backend.hpp"
#include "support/temporary_directory.hpp"
#include "sys/inotify.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace vigil::core {
namespace {

class ListerTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return directory_ / name; }

  void make_files(const std::string& name, int count) {
    std::filesystem::create_directories(path(name));
    for (int file = 0; file < count; ++file) std::ofstream(path(name) + "/" + std::to_string(file));
  }

  std::vector<Listed> take_all(std::size_t count) {
    std::vector<Listed> all;
    while (all.size() < count) {
      for (Listed& listed : lister_->take(true)) all.push_back(std::move(listed));
    }
    return all;
  }

  static std::set<std::string> names(sys::Directory& directory) {
    std::set<std::string> names;
    while (true) {
      const auto block = directory.read();
      EXPECT_TRUE(block);
      if (!block || block.value.empty()) return names;
      for (const sys::DirectoryEntry& entry : block.value) {
        EXPECT_TRUE(names.insert(std::string(entry.name)).second) << entry.name;
      }
    }
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<sys::Disk> disk_ = sys::make_disk();
  backend::inotify::InotifyBackend backend_{sys::open_inotify().value, kDefaultKinds};
  std::unique_ptr<Lister> lister_ = make_lister(*disk_, backend_);
};

TEST_F(ListerTest, OpensWatchesAndReads) {
  constexpr std::uint32_t kDirectories = 30;
  std::vector<Errand> errands;
  for (std::uint32_t number = 0; number < kDirectories; ++number) {
    make_files(std::to_string(number), static_cast<int>(number));
    errands.push_back({number, path(std::to_string(number))});
  }
  backend_.expect(true);
  lister_->ask(std::move(errands));
  std::set<std::uint32_t> numbers;
  for (Listed& listed : take_all(kDirectories)) {
    ASSERT_TRUE(listed.opened);
    EXPECT_TRUE(listed.watched);
    EXPECT_TRUE(listed.opened.value->status());
    EXPECT_TRUE(numbers.insert(listed.number).second);
    EXPECT_EQ(names(*listed.opened.value).size(), listed.number);
    EXPECT_EQ(backend_.adopt(listed.watched.value, listed.number + 1), listed.watched.value);
  }
  EXPECT_EQ(numbers.size(), kDirectories);
  EXPECT_EQ(backend_.watches(), kDirectories);
}

TEST_F(ListerTest, ADirectoryTooLargeToBeReadAheadIsReadOn) {
  constexpr int kFiles = 4200;
  make_files("large", kFiles);
  lister_->ask({{1, path("large")}});
  const std::vector<Listed> listed = take_all(1);
  ASSERT_TRUE(listed[0].opened);
  EXPECT_EQ(names(*listed[0].opened.value).size(), static_cast<std::size_t>(kFiles));
}

TEST_F(ListerTest, SaysWhatCannotBeOpened) {
  make_files("file", 0);
  std::ofstream(path("not-a-directory"));
  lister_->ask({{1, path("missing")}, {2, path("not-a-directory")}});
  for (const Listed& listed : take_all(2)) EXPECT_EQ(listed.opened.error, listed.number == 1 ? ENOENT : ENOTDIR);
}

TEST_F(ListerTest, EndsWithWorkLeft) {
  make_files("directory", 10);
  for (int round = 0; round < 100; ++round) {
    lister_->ask(std::vector<Errand>(20, {1, path("directory")}));
    if (round % 2 == 0) lister_->rest();
    lister_ = make_lister(*disk_, backend_);
  }
}

TEST_F(ListerTest, WorksAgainAfterARest) {
  make_files("directory", 3);
  for (int round = 0; round < 3; ++round) {
    lister_->ask({{1, path("directory")}});
    EXPECT_EQ(names(*take_all(1)[0].opened.value).size(), 3U);
    lister_->rest();
  }
}

}  // namespace
}  // namespace vigil::core
