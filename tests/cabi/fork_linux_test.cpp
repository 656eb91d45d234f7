// fork(): what the child has of its parent's handles.
#include <vigil/vigil.h>

#include "support/files.hpp"
#include "support/process_state.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace vigil::testing {
namespace {

// What `body` gives in a forked child; -1 when it did not end by itself.
int in_fork(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

// Descriptors that only vigil makes here.
std::size_t notifying_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry, gone).string();
    count += target.rfind("anon_inode:", 0) == 0 || target.find("mountinfo") != std::string::npos ? 1 : 0;
  }
  return count;
}

class ForkTest : public ::testing::Test {
 protected:
  ForkTest() {
    EXPECT_EQ(VIGIL_OK, vigil_watcher_open(nullptr, &watcher_));
    EXPECT_EQ(VIGIL_OK, vigil_watcher_add(watcher_, path_.data(), path_.size(), nullptr));
    EXPECT_NE(-1, vigil_watcher_descriptor(watcher_));
  }
  ~ForkTest() override { vigil_watcher_free(watcher_); }

  // Whether a watcher tells of a file that is made now.
  bool tells(vigil_watcher* watcher, const std::string& name) {
    write_file(path_ + "/" + name);
    if (vigil_watcher_sync(watcher, -1) != VIGIL_OK) return false;
    bool found = false;
    while (true) {
      vigil_batch* batch = nullptr;
      if (vigil_watcher_wait(watcher, 0, &batch) != VIGIL_OK) return false;
      const bool is_last = vigil_batch_size(batch) == 0;
      std::size_t stride = 0;
      const vigil_event* const events = vigil_batch_events(batch, &stride);
      for (std::size_t index = 0; index < vigil_batch_size(batch); ++index) {
        found = found || path_ + "/" + name == events[index].path.data;
      }
      vigil_batch_free(batch);
      if (is_last) return found;
    }
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_.path();
  vigil_watcher* watcher_ = nullptr;
};

TEST_F(ForkTest, HandlesOfTheParentAreBad) {
  vigil_directory read = 0;
  ASSERT_EQ(VIGIL_OK, vigil_get_directory_handle(path_.c_str(), 1, &read));
  EXPECT_EQ(0, in_fork([&] {
              vigil_batch* batch = nullptr;
              std::uint32_t buffer[16];
              std::size_t filled = 0;
              if (vigil_watcher_wait(watcher_, -1, &batch) != VIGIL_ERROR_BAD_HANDLE) return 1;
              if (vigil_watcher_sync(watcher_, -1) != VIGIL_ERROR_BAD_HANDLE) return 2;
              if (vigil_watcher_descriptor(watcher_) != -1) return 3;
              if (vigil_read_directory_changes(read, buffer, sizeof buffer, -1, &filled) != VIGIL_ERROR_BAD_HANDLE)
                return 4;
              if (vigil_close_directory_handle(read) != VIGIL_ERROR_BAD_HANDLE) return 5;
              vigil_watcher_free(watcher_);
              return 0;
            }));
  EXPECT_TRUE(tells(watcher_, "in_the_parent"));
  EXPECT_EQ(VIGIL_OK, vigil_close_directory_handle(read));
}

TEST_F(ForkTest, DescriptorsAreClosedInTheChildAlone) {
  vigil_directory read = 0;
  ASSERT_EQ(VIGIL_OK, vigil_get_directory_handle(path_.c_str(), 1, &read));
  EXPECT_LT(0U, notifying_descriptors());
  EXPECT_EQ(0, in_fork([] { return static_cast<int>(notifying_descriptors()); }));
  EXPECT_TRUE(tells(watcher_, "in_the_parent"));
  EXPECT_EQ(VIGIL_OK, vigil_close_directory_handle(read));
}

TEST_F(ForkTest, DescriptorsOfOthersStayOpen) {
  int ends[2];
  ASSERT_EQ(0, ::pipe(ends));
  EXPECT_EQ(0, in_fork([&] { return ::write(ends[1], "x", 1) == 1 ? 0 : 1; }));
  char byte = 0;
  EXPECT_EQ(1, ::read(ends[0], &byte, 1));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(ForkTest, BatchesAreMemoryAndStay) {
  vigil_batch* batch = nullptr;
  ASSERT_EQ(VIGIL_OK, vigil_watcher_wait(watcher_, -1, &batch));
  EXPECT_EQ(0, in_fork([&] {
              std::size_t stride = 0;
              const vigil_event* const events = vigil_batch_events(batch, &stride);
              return events != nullptr && path_ == events->path.data ? 0 : 1;
            }));
  vigil_batch_free(batch);
}

#ifndef __SANITIZE_THREAD__  // which does not allow threads in the child of a process that has some

TEST_F(ForkTest, TheChildCanOpenItsOwn) {
  EXPECT_EQ(0, in_fork([&] {
              vigil_watcher* own = nullptr;
              if (vigil_watcher_open(nullptr, &own) != VIGIL_OK || own == watcher_) return 1;
              if (vigil_watcher_add(own, path_.data(), path_.size(), nullptr) != VIGIL_OK) return 2;
              if (!tells(own, "in_the_child")) return 3;
              vigil_watcher_free(own);
              // And its own child again.
              return notifying_descriptors() == 0 ? 0 : 4;
            }));
  EXPECT_TRUE(tells(watcher_, "in_the_parent"));
}

#endif

// However busy the others were.
TEST_F(ForkTest, AtAnyMoment) {
  std::atomic<bool> enough = false;
  std::vector<std::thread> others;
  others.emplace_back([&] {
    while (!enough) {
      vigil_watcher* other = nullptr;
      if (vigil_watcher_open(nullptr, &other) != VIGIL_OK) continue;
      (void)vigil_watcher_add(other, path_.data(), path_.size(), nullptr);
      vigil_watcher_free(other);
    }
  });
  others.emplace_back([&] {
    while (!enough) {
      vigil_batch* batch = nullptr;
      (void)vigil_watcher_wait(watcher_, 1000000, &batch);
      vigil_batch_free(batch);
    }
  });
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(0, in_fork([&] { return vigil_watcher_stop(watcher_) == VIGIL_ERROR_BAD_HANDLE ? 0 : 1; }));
  }
  enough = true;
  for (std::thread& other : others) other.join();
}

}  // namespace
}  // namespace vigil::testing
