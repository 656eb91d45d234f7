// What a repair says about content: what was written during a loss is told, what was left alone is not.
#include "replay/playground.hpp"
#include "replay/watching_process.hpp"
#include "support/files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <optional>

namespace vigil::replay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Told;
using ::testing::UnorderedElementsAre;

class Content : public OnEachFileSystem {
 protected:
  void SetUp() override {
    OnEachFileSystem::SetUp();
    if (IsSkipped()) return;
    directory_.emplace(place_);
    testing::make_directory(*directory_ / "filler");
  }

  std::string path(std::string_view name) const { return *directory_ / name; }

  // From here on, nothing that happens is in the kernel's queue.
  void lose() {
    // Well before the last moment in which nothing was lost is what was made so far, and well after it what follows.
    testing::let_clock_of_files_tick();
    process_.emplace(directory_->path());
    ASSERT_EQ(Kind::ready, process_->next().value_or(Told()).kind);
    testing::let_clock_of_files_tick();
    process_->stop();
    testing::overflow_queue(path("filler"));
  }

  // What is told once the process goes on, but for what caused the loss.
  std::vector<std::string> repair() {
    process_->go_on();
    std::vector<std::string> texts;
    while (const std::optional<Told> told = process_->next()) {
      if (told->path.starts_with(path("filler"))) continue;
      EXPECT_TRUE(told->synthetic || told->kind == Kind::rescan || told->kind == Kind::live) << to_string(*told);
      texts.push_back(to_string(*told, directory_->path()));
      if (told->kind == Kind::live) return texts;
    }
    ADD_FAILURE() << "no 'live' came";
    return texts;
  }

 private:
  std::optional<testing::TemporaryDirectory> directory_;
  std::optional<WatchingProcess> process_;
};
INSTANTIATE_TEST_SUITE_P(, Content, both_file_systems(), file_system_name);

TEST_P(Content, NothingTouchedNothingTold) {
  testing::write_file(path("a"));
  testing::make_directory(path("d/e"));
  testing::write_file(path("d/e/f"));
  lose();
  EXPECT_THAT(repair(), ElementsAre("rescan directory .", "live directory ."));
}

TEST_P(Content, WrittenDuringTheLoss) {
  testing::make_directory(path("d"));
  testing::write_file(path("d/written"));
  testing::write_file(path("d/untouched"));
  lose();
  testing::append_to(path("d/written"));
  EXPECT_THAT(repair(), ElementsAre("rescan directory .", "modified file d/written", "live directory ."));
}

TEST_P(Content, WrittenAndItsTimeSetBack) {
  testing::write_file(path("written"));
  lose();
  testing::append_to(path("written"));
  const timespec old[] = {{1, 0}, {1, 0}};
  ASSERT_EQ(0, ::utimensat(AT_FDCWD, path("written").c_str(), old, 0));
  EXPECT_THAT(repair(), Contains("modified file written"));
}

TEST_P(Content, AttributesDuringTheLoss) {
  testing::write_file(path("file"));
  testing::make_directory(path("directory"));
  testing::write_file(path("untouched"));
  lose();
  testing::change_mode(path("file"), 0600);
  testing::change_mode(path("directory"), 0700);
  const std::vector<std::string> told = repair();
  EXPECT_THAT(told, Contains("attributes file file"));
  EXPECT_THAT(told, Contains("attributes directory directory"));
  EXPECT_THAT(told, Not(Contains(::testing::HasSubstr("untouched"))));
}

TEST_P(Content, ReplacedDuringTheLoss) {
  testing::write_file(path("file"));
  lose();
  testing::save_atomically(path("file"));
  EXPECT_THAT(repair(), ElementsAre("rescan directory .", "modified file file", "live directory ."));
}

// Inode numbers are used again at once on some file systems.
TEST_P(Content, RemovedAndCreatedDuringTheLoss) {
  testing::write_file(path("file"));
  lose();
  testing::remove(path("file"));
  testing::write_file(path("file"));
  EXPECT_THAT(repair(), ElementsAre("rescan directory .", "modified file file", "live directory ."));
}

TEST_P(Content, MovedDuringTheLoss) {
  testing::make_directory(path("d/e"));
  testing::write_file(path("d/e/f"));
  testing::write_file(path("file"));
  lose();
  testing::move(path("d"), path("moved"));
  testing::move(path("file"), path("moved/e/file"));
  const std::vector<std::string> told = repair();
  EXPECT_THAT(told, Contains("renamed directory d -> moved"));
  EXPECT_THAT(told, Contains("renamed file file -> moved/e/file"));
  EXPECT_THAT(told, Not(Contains(::testing::StartsWith("created"))));
  EXPECT_THAT(told, Not(Contains(::testing::StartsWith("removed"))));
}

TEST_P(Content, WrittenAndMovedDuringTheLoss) {
  testing::write_file(path("file"));
  lose();
  testing::append_to(path("file"));
  testing::move(path("file"), path("moved"));
  const std::vector<std::string> told = repair();
  EXPECT_THAT(told, Contains("renamed file file -> moved"));
  EXPECT_THAT(told, Contains("modified file moved"));
}

}  // namespace
}  // namespace vigil::replay
