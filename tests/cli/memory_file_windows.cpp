#include "cli/memory_file.hpp"

#include <gtest/gtest.h>
#include <windows.h>

namespace vigil::cli {

MemoryFile::MemoryFile() {
  wchar_t folder[MAX_PATH + 1];
  wchar_t path[MAX_PATH + 1];
  EXPECT_NE(::GetTempPathW(MAX_PATH + 1, folder), DWORD{0});
  EXPECT_NE(::GetTempFileNameW(folder, L"vgl", 0, path), 0U);
  // In memory unless that runs short, and gone with its handle.
  file_ = ::CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS,
                        FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
  EXPECT_NE(file_, INVALID_HANDLE_VALUE);
}

MemoryFile::~MemoryFile() { ::CloseHandle(file_); }

std::string MemoryFile::text() const {
  std::string text(::GetFileSize(file_, nullptr), '\0');
  OVERLAPPED from_the_start{};
  DWORD size = 0;
  if (!text.empty()) {
    EXPECT_NE(::ReadFile(file_, text.data(), static_cast<DWORD>(text.size()), &size, &from_the_start), 0);
  }
  EXPECT_EQ(size, text.size());
  ::SetFilePointer(file_, 0, nullptr, FILE_END);
  return text;
}

}  // namespace vigil::cli
