// The native calls of Windows that vigil makes, all of them as old as NT 5.2. Only for *_windows.cpp.
#pragma once

#include <vigil/event.hpp>

#include "base/unique_handle.hpp"
#include "sys/disk.hpp"
#include "sys/outcome.hpp"

#include <windows.h>
#include <winternl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::sys::nt {

// What the file system has entered under a name. The name is valid until the next read.
struct Entry {
  std::u16string_view name;
  ULONG attributes = 0;
  ULONG reparse_tag = 0;  // where the attributes say that there is one
  std::uint64_t file_id = 0;
  std::int64_t created = 0;  // times as in a FILETIME; 0 where the file system does not keep it
  std::int64_t written = 0;
  std::int64_t changed = 0;
};

// GetLastError()'s code for a status.
int error_of(NTSTATUS status);

// Opens a name in a directory, or an absolute name of the object manager ("\??\C:\Users") if that is null. A link is
// not followed. With an empty name the directory itself is opened anew.
Outcome<base::UniqueHandle> open(HANDLE directory, std::u16string_view name, ACCESS_MASK access, ULONG options);

inline constexpr ACCESS_MASK kLook = FILE_READ_ATTRIBUTES | SYNCHRONIZE;
inline constexpr ACCESS_MASK kRead = FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
inline constexpr ACCESS_MASK kList = FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES | SYNCHRONIZE;

// For NtOpenFile(); <winternl.h> has those of Win32 only.
inline constexpr ULONG kDirectory = 0x00000001;     // FILE_DIRECTORY_FILE
inline constexpr ULONG kSynchronous = 0x00000020;   // FILE_SYNCHRONOUS_IO_NONALERT
inline constexpr ULONG kBackupIntent = 0x00004000;  // FILE_OPEN_FOR_BACKUP_INTENT
inline constexpr ULONG kReparsePoint = 0x00200000;  // FILE_OPEN_REPARSE_POINT

// Whether only upper and lower case differ, by the system's own table.
bool same_name(std::u16string_view one, std::u16string_view other);

// Whether the attributes and the tag are those of a link of any kind: a symbolic link, a junction, a mount point.
bool is_link(ULONG attributes, ULONG reparse_tag);
EntryType type_of(ULONG attributes, ULONG reparse_tag);

// Since 1970 instead of 1601; what a Timestamp cannot hold is cut to its ends.
Timestamp timestamp(std::int64_t time);

// Of an open file or directory.
Outcome<Entry> information(HANDLE handle);              // the name is empty
Outcome<std::u16string> name_on_volume(HANDLE handle);  // "\Users\me", "\server\share\me"
Outcome<std::uint32_t> volume_serial(HANDLE handle);

// "NTFS", "FAT32", ...
Outcome<std::u16string> file_system_name(HANDLE handle);

// Whether the file system's file ids stay with a file for as long as it exists. Those of FAT do not.
bool has_file_ids(HANDLE handle);

// Where the link leads: what its target begins with if it is relative, or else an absolute name ("\??\C:\Users").
struct LinkTarget {
  std::u16string path;
  bool is_relative = false;
};
Outcome<LinkTarget> link_target(HANDLE link);

// Walks the entries of a directory. One thread at a time.
class EntryReader {
 public:
  // The handle is the caller's. Only entries of this name, upper and lower case being the same; all if it is empty.
  // That takes a handle from which no entries were read before.
  explicit EntryReader(HANDLE directory, std::u16string_view only = {});

  // The next entries; none at the end. Valid until the next call.
  Outcome<std::span<const Entry>> next();

 private:
  NTSTATUS query();
  void parse(std::size_t size);

  HANDLE directory_;
  std::u16string only_;
  bool begun_ = false;
  bool with_ids_ = true;  // not every network file system tells them
  std::vector<std::byte> block_;
  std::vector<Entry> entries_;
};

// Turns the bytes of a reparse point into a target; nothing for what is no link or lies about its lengths.
std::optional<LinkTarget> parse_link(std::span<const std::byte> data);

}  // namespace vigil::sys::nt
