#include "sys/directory_handle_windows.hpp"

#include "sys/nt_windows.hpp"

#include <winternl.h>
#include <utility>

namespace vigil::sys {

namespace {

constexpr ULONG kRemoteDevice = 0x10;  // FILE_REMOTE_DEVICE
constexpr int kVolumeDeviceInformation = 4;

struct DeviceInformation {
  ULONG type;
  ULONG characteristics;
};

using QueryVolume = LONG(WINAPI*)(HANDLE, IO_STATUS_BLOCK*, void*, ULONG, int);

}  // namespace

bool is_remote(HANDLE directory) {
  static const auto query = reinterpret_cast<QueryVolume>(
      reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "NtQueryVolumeInformationFile")));
  if (query == nullptr) return true;
  IO_STATUS_BLOCK status{};
  DeviceInformation device{};
  if (query(directory, &status, &device, sizeof device, kVolumeDeviceInformation) < 0) return true;
  return (device.characteristics & kRemoteDevice) != 0;
}

Outcome<std::wstring> long_path(const std::wstring& path) {
  if (path.rfind(L"\\\\?\\", 0) == 0 || path.rfind(L"\\\\.\\", 0) == 0) return {path};
  std::wstring full;
  DWORD size = ::GetFullPathNameW(path.c_str(), 0, nullptr, nullptr);
  while (size > full.size()) {
    full.resize(size);
    size = ::GetFullPathNameW(path.c_str(), size, full.data(), nullptr);
  }
  if (size == 0) return Outcome<std::wstring>::failure(static_cast<int>(::GetLastError()));
  full.resize(size);
  if (full.rfind(L"\\\\", 0) == 0) return {L"\\\\?\\UNC" + full.substr(1)};
  return {L"\\\\?\\" + full};
}

Outcome<DirectoryHandle> open_directory_handle(const std::wstring& path) {
  using Failure = Outcome<DirectoryHandle>;
  const Outcome<std::wstring> full = long_path(path);
  if (!full) return Failure::failure(full.error);
  base::UniqueHandle handle(::CreateFileW(full.value.c_str(), FILE_LIST_DIRECTORY | SYNCHRONIZE,
                                          FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                          OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, nullptr));
  if (!handle) return Failure::failure(static_cast<int>(::GetLastError()));
  BY_HANDLE_FILE_INFORMATION information{};
  if (::GetFileInformationByHandle(handle.get(), &information) == 0) {
    return Failure::failure(static_cast<int>(::GetLastError()));
  }
  if ((information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0) return Failure::failure(ERROR_DIRECTORY);
  DirectoryHandle directory;
  directory.is_remote = is_remote(handle.get());
  directory.handle = std::move(handle);
  return {std::move(directory)};
}

Outcome<DirectoryHandle> open_directory_handle(HANDLE directory) {
  UNICODE_STRING no_name{};
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &no_name, 0, directory, nullptr);
  HANDLE handle = nullptr;
  IO_STATUS_BLOCK io{};
  const NTSTATUS status =
      ::NtOpenFile(&handle, FILE_LIST_DIRECTORY | SYNCHRONIZE, &attributes, &io,
                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nt::kDirectory | nt::kBackupIntent);
  if (status < 0) return Outcome<DirectoryHandle>::failure(nt::error_of(status));
  DirectoryHandle opened;
  opened.handle.reset(handle);
  opened.is_remote = is_remote(handle);
  return {std::move(opened)};
}

}  // namespace vigil::sys
