// Why directory reads are cancelled as they are: what the system's own calls do. If one of these ever fails, the reason
// for docs/decisions/0005-the-thread-that-asks-cancels.md is to be thought about again.
#include "sys/directory_handle_windows.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <windows.h>
#include <string>
#include <thread>

namespace vigil::sys {
namespace {

using base::UniqueHandle;

// Long enough for what is to come to come; what is not to come is waited for as long.
constexpr DWORD kPatience = 30'000;
constexpr DWORD kMoment = 100;

class CancelIoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Outcome<DirectoryHandle> opened = open_directory_handle(std::wstring(where_.path().begin(), where_.path().end()));
    ASSERT_TRUE(opened) << opened.error;
    directory_ = std::move(opened.value.handle);
  }

  void read() {
    overlapped_ = {};
    overlapped_.hEvent = completed_.get();
    ASSERT_NE(::ReadDirectoryChangesW(directory_.get(), buffer_, sizeof buffer_, FALSE, kChangesWanted, nullptr,
                                      &overlapped_, nullptr),
              0);
  }

  DWORD wait(DWORD time) { return ::WaitForSingleObject(completed_.get(), time); }

  DWORD error() {
    DWORD bytes = 0;
    return ::GetOverlappedResult(directory_.get(), &overlapped_, &bytes, FALSE) != 0 ? 0 : ::GetLastError();
  }

  testing::TemporaryDirectory where_;
  UniqueHandle directory_;
  UniqueHandle completed_{::CreateEventW(nullptr, TRUE, FALSE, nullptr)};
  OVERLAPPED overlapped_{};
  alignas(4) std::byte buffer_[1024];
};

TEST_F(CancelIoTest, FromAnotherThreadSucceedsAndDoesNothing) {
  read();
  BOOL succeeded = FALSE;
  std::thread([&] { succeeded = ::CancelIo(directory_.get()); }).join();
  EXPECT_NE(succeeded, 0);
  EXPECT_EQ(wait(kMoment), DWORD{WAIT_TIMEOUT});
  EXPECT_EQ(error(), DWORD{ERROR_IO_INCOMPLETE});

  EXPECT_NE(::CancelIo(directory_.get()), 0);
  ASSERT_EQ(wait(kPatience), DWORD{WAIT_OBJECT_0});
  EXPECT_EQ(error(), DWORD{ERROR_OPERATION_ABORTED});
}

// What a program does that starts its first read on the thread that asks for it.
TEST_F(CancelIoTest, TheThreadThatIssuedItMustNotEndBefore) {
  std::thread([&] { read(); }).join();
  ASSERT_EQ(wait(kPatience), DWORD{WAIT_OBJECT_0});
  EXPECT_EQ(error(), DWORD{ERROR_OPERATION_ABORTED});
}

}  // namespace
}  // namespace vigil::sys
