// What everybody who reads changes on Windows does alike. Only for *_windows.cpp.
#pragma once

#include "base/unique_handle.hpp"
#include "sys/outcome.hpp"

#include <windows.h>
#include <string>

namespace vigil::sys {

// Everything but reading (FILE_NOTIFY_CHANGE_LAST_ACCESS).
inline constexpr DWORD kChangesWanted =
    FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_ATTRIBUTES |
    FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE | FILE_NOTIFY_CHANGE_CREATION | FILE_NOTIFY_CHANGE_SECURITY;

// For a read of a whole tree: what a busy writer makes while the thread is not scheduled.
inline constexpr DWORD kSubtreeBufferBytes = 256 * 1024;

// More than this a redirector refuses: the request has to fit in a packet of the network.
inline constexpr DWORD kNetworkBufferBytesMax = 64 * 1024;

// The status of a read that succeeded in telling that changes were lost. It is no failure to the system, so that only
// the number of bytes, which is 0, or the OVERLAPPED itself shows it.
inline constexpr ULONG_PTR kNotifyEnumDir = 0x10C;

// The path as the system takes it at any length: absolute, with the prefix that switches its parser off. ERROR_*.
Outcome<std::wstring> long_path(const std::wstring& path);

// A drive letter may stand for a share and a path may lead into one by a mount point, so the open handle is asked.
bool is_remote(HANDLE directory);

struct DirectoryHandle {
  base::UniqueHandle handle;
  bool is_remote = false;
};

// Opened for overlapped reads of its changes, and so that others may do with it what they like, deleting included.
// ERROR_DIRECTORY for a file.
Outcome<DirectoryHandle> open_directory_handle(const std::wstring& path);

// The same, of exactly the directory that a handle is open on, whatever became of its path.
Outcome<DirectoryHandle> open_directory_handle(HANDLE directory);

}  // namespace vigil::sys
