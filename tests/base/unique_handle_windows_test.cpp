#include "base/unique_handle.hpp"

#include <gtest/gtest.h>
#include <windows.h>

namespace vigil::base {
namespace {

bool is_open(void* handle) {
  DWORD flags = 0;
  return ::GetHandleInformation(handle, &flags) != 0;
}

void* new_handle() { return ::CreateEventW(nullptr, FALSE, FALSE, nullptr); }

TEST(UniqueHandle, ClosesWhatItOwnsOnce) {
  void* const handle = new_handle();
  {
    UniqueHandle owner(handle);
    EXPECT_TRUE(owner);
    const UniqueHandle heir(std::move(owner));
    EXPECT_FALSE(owner);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(heir.get(), handle);
    EXPECT_TRUE(is_open(handle));
  }
  EXPECT_FALSE(is_open(handle));
}

TEST(UniqueHandle, KnowsBothValuesForNone) {
  EXPECT_FALSE(UniqueHandle());
  EXPECT_FALSE(UniqueHandle(INVALID_HANDLE_VALUE));
}

TEST(UniqueHandle, GivesAwayAndTakes) {
  UniqueHandle owner(new_handle());
  void* const first = owner.release();
  EXPECT_TRUE(is_open(first));
  owner.reset(first);
  owner.reset(new_handle());
  EXPECT_FALSE(is_open(first));
  UniqueHandle other;
  other = std::move(owner);
  EXPECT_TRUE(is_open(other.get()));
}

TEST(UniqueHandle, KeepsTheErrorOfTheCallThatFailed) {
  UniqueHandle owner(new_handle());
  ::SetLastError(ERROR_FILE_NOT_FOUND);
  owner.reset();
  EXPECT_EQ(::GetLastError(), DWORD{ERROR_FILE_NOT_FOUND});
}

}  // namespace
}  // namespace vigil::base
