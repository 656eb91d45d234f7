#include "sys/nt_windows.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

// Exported by ntdll since NT 3, but declared only for drivers.
extern "C" {
NTSTATUS NTAPI NtQueryDirectoryFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, PVOID context,
                                    PIO_STATUS_BLOCK status, PVOID buffer, ULONG size,
                                    FILE_INFORMATION_CLASS information, BOOLEAN single, PUNICODE_STRING name,
                                    BOOLEAN restart);
BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING one, PCUNICODE_STRING other, BOOLEAN any_case);
}

namespace vigil::sys::nt {
namespace {

constexpr NTSTATUS status_of(std::uint32_t value) { return static_cast<NTSTATUS>(value); }

constexpr NTSTATUS kNoMoreFiles = status_of(0x80000006);
constexpr NTSTATUS kInvalidInfoClass = status_of(0xC0000003);
constexpr NTSTATUS kInvalidParameter = status_of(0xC000000D);
constexpr NTSTATUS kNoSuchFile = status_of(0xC000000F);
constexpr NTSTATUS kDeletePending = status_of(0xC0000056);
constexpr NTSTATUS kNotSupported = status_of(0xC00000BB);
constexpr NTSTATUS kBufferOverflow = status_of(0x80000005);

// A block of entries fits in a packet of any network file system.
constexpr std::size_t kBlockBytes = std::size_t{32} << 10;
constexpr std::size_t kOneEntryBytes = std::size_t{2} << 10;

// A UNICODE_STRING counts bytes in 16 bits.
constexpr std::size_t kNameUnitsMax = 0x7fff;

// Tags with this bit stand for another named thing (IsReparseTagNameSurrogate).
constexpr ULONG kNameSurrogate = 0x20000000;
constexpr ULONG kMountPoint = 0xA0000003;    // IO_REPARSE_TAG_MOUNT_POINT: junctions as well
constexpr ULONG kSymbolicLink = 0xA000000C;  // IO_REPARSE_TAG_SYMLINK

constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;  // in a FILETIME

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  if (offset <= bytes.size() && sizeof value <= bytes.size() - offset) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  }
  return value;
}

UNICODE_STRING unicode_string(std::u16string_view text) {
  UNICODE_STRING string;
  string.Length = static_cast<USHORT>(text.size() * sizeof(char16_t));
  string.MaximumLength = string.Length;
  string.Buffer = reinterpret_cast<wchar_t*>(const_cast<char16_t*>(text.data()));
  return string;
}

template <typename Information>
NTSTATUS query_file(HANDLE handle, Information& information, FILE_INFORMATION_CLASS which) {
  IO_STATUS_BLOCK io{};
  return ::NtQueryInformationFile(handle, &io, &information, sizeof information, which);
}

template <typename Information>
NTSTATUS query_volume(HANDLE handle, Information& information, FS_INFORMATION_CLASS which) {
  IO_STATUS_BLOCK io{};
  const NTSTATUS status = ::NtQueryVolumeInformationFile(handle, &io, &information, sizeof information, which);
  return status == kBufferOverflow ? 0 : status;  // only a name did not fit
}

}  // namespace

int error_of(NTSTATUS status) {
  // To most programs what waits for its last handle to be closed is something they may not touch; to vigil it is gone.
  if (status == kDeletePending) return ERROR_DELETE_PENDING;
  return static_cast<int>(::RtlNtStatusToDosError(status));
}

Outcome<base::UniqueHandle> open(HANDLE directory, std::u16string_view name, ACCESS_MASK access, ULONG options) {
  using Failure = Outcome<base::UniqueHandle>;
  if (name.size() > kNameUnitsMax) return Failure::failure(ERROR_FILENAME_EXCED_RANGE);
  UNICODE_STRING string = unicode_string(name);
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &string, OBJ_CASE_INSENSITIVE, directory, nullptr);
  HANDLE handle = nullptr;
  IO_STATUS_BLOCK io{};
  constexpr ULONG kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const NTSTATUS status = ::NtOpenFile(&handle, access, &attributes, &io, kShareAll,
                                       options | kSynchronous | kBackupIntent | kReparsePoint);
  if (status < 0) return Failure::failure(error_of(status));
  return {base::UniqueHandle(handle)};
}

bool same_name(std::u16string_view one, std::u16string_view other) {
  if (one.size() != other.size() || one.size() > kNameUnitsMax) return false;
  const UNICODE_STRING first = unicode_string(one);
  const UNICODE_STRING second = unicode_string(other);
  return ::RtlEqualUnicodeString(&first, &second, TRUE) != FALSE;
}

bool is_link(ULONG attributes, ULONG reparse_tag) {
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) return false;
  // Without a tag nobody can tell; as a link it leads nowhere, and not in a circle.
  return reparse_tag == 0 || (reparse_tag & kNameSurrogate) != 0;
}

EntryType type_of(ULONG attributes, ULONG reparse_tag) {
  if (is_link(attributes, reparse_tag)) return EntryType::symlink;
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return EntryType::directory;
  return (attributes & FILE_ATTRIBUTE_DEVICE) != 0 ? EntryType::other : EntryType::file;
}

Timestamp timestamp(std::int64_t time) {
  constexpr std::int64_t kTicksMax = std::numeric_limits<std::int64_t>::max() / 100;
  return Timestamp(std::chrono::nanoseconds(100 * std::clamp(time - kUnixEpoch, -kTicksMax, kTicksMax)));
}

Outcome<Entry> information(HANDLE handle) {
  FILE_BASIC_INFORMATION basic{};
  FILE_INTERNAL_INFORMATION internal{};
  NTSTATUS status = query_file(handle, basic, FileBasicInformation);
  if (status >= 0) status = query_file(handle, internal, FileInternalInformation);
  if (status < 0) return Outcome<Entry>::failure(error_of(status));
  Entry entry;
  entry.attributes = basic.FileAttributes;
  if ((basic.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    FILE_ATTRIBUTE_TAG_INFORMATION tag{};
    if (query_file(handle, tag, FileAttributeTagInformation) >= 0) entry.reparse_tag = tag.ReparseTag;
  }
  entry.file_id = static_cast<std::uint64_t>(internal.IndexNumber.QuadPart);
  entry.created = basic.CreationTime.QuadPart;
  entry.written = basic.LastWriteTime.QuadPart;
  entry.changed = basic.ChangeTime.QuadPart;
  return {entry};
}

Outcome<std::u16string> name_on_volume(HANDLE handle) {
  std::vector<std::byte> buffer(sizeof(ULONG) + (kNameUnitsMax + 1) * sizeof(char16_t));
  IO_STATUS_BLOCK io{};
  const NTSTATUS status =
      ::NtQueryInformationFile(handle, &io, buffer.data(), static_cast<ULONG>(buffer.size()), FileNameInformation);
  if (status < 0) return Outcome<std::u16string>::failure(error_of(status));
  const std::size_t size = std::min<std::size_t>(load<ULONG>(buffer, 0), buffer.size() - sizeof(ULONG));
  std::u16string name(size / sizeof(char16_t), u'\0');
  std::memcpy(name.data(), buffer.data() + sizeof(ULONG), name.size() * sizeof(char16_t));
  return {std::move(name)};
}

Outcome<std::uint32_t> volume_serial(HANDLE handle) {
  struct {
    FILE_FS_VOLUME_INFORMATION information;
    std::array<wchar_t, 64> rest_of_label;
  } volume{};
  const NTSTATUS status = query_volume(handle, volume, FileFsVolumeInformation);
  if (status < 0) return Outcome<std::uint32_t>::failure(error_of(status));
  return {static_cast<std::uint32_t>(volume.information.VolumeSerialNumber)};
}

Outcome<std::u16string> file_system_name(HANDLE handle) {
  struct {
    FILE_FS_ATTRIBUTE_INFORMATION information;
    std::array<wchar_t, 64> rest_of_name;
  } volume{};
  const NTSTATUS status = query_volume(handle, volume, FileFsAttributeInformation);
  if (status < 0) return Outcome<std::u16string>::failure(error_of(status));
  const std::span<const std::byte> bytes = std::as_bytes(std::span(&volume, 1));
  constexpr std::size_t kNameOffset = offsetof(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
  std::u16string name(std::min<std::size_t>(volume.information.FileSystemNameLength / sizeof(char16_t), 64), u'\0');
  std::memcpy(name.data(), bytes.data() + kNameOffset, name.size() * sizeof(char16_t));
  return {std::move(name)};
}

bool has_file_ids(HANDLE handle) {
  const Outcome<std::u16string> name = file_system_name(handle);
  return name && !name.value.starts_with(u"FAT") && name.value != u"exFAT";
}

std::optional<LinkTarget> parse_link(std::span<const std::byte> data) {
  // REPARSE_DATA_BUFFER: tag, length, and for these tags where in the text the target is, of what length, where and how
  // long what is shown to people, and for symbolic links flags; then the text.
  const ULONG tag = load<ULONG>(data, 0);
  if (tag != kMountPoint && tag != kSymbolicLink) return std::nullopt;
  const std::size_t text = tag == kMountPoint ? 16 : 20;
  const std::size_t begin = text + load<USHORT>(data, 8);
  const std::size_t size = load<USHORT>(data, 10);
  if (begin > data.size() || size > data.size() - begin) return std::nullopt;
  LinkTarget target;
  target.path.resize(size / sizeof(char16_t));
  std::memcpy(target.path.data(), data.data() + begin, target.path.size() * sizeof(char16_t));
  target.is_relative = tag == kSymbolicLink && (load<ULONG>(data, 16) & 1) != 0;
  return target;
}

Outcome<LinkTarget> link_target(HANDLE link) {
  constexpr std::size_t kReparseBytesMax = std::size_t{16} << 10;
  constexpr ULONG kGetReparsePoint = 0x000900a8;  // FSCTL_GET_REPARSE_POINT
  std::vector<std::byte> buffer(kReparseBytesMax);
  IO_STATUS_BLOCK io{};
  const NTSTATUS status = ::NtFsControlFile(link, nullptr, nullptr, nullptr, &io, kGetReparsePoint, nullptr, 0,
                                            buffer.data(), static_cast<ULONG>(buffer.size()));
  if (status < 0) return Outcome<LinkTarget>::failure(error_of(status));
  std::optional<LinkTarget> target =
      parse_link(std::span(buffer).first(std::min<std::size_t>(io.Information, buffer.size())));
  if (!target) return Outcome<LinkTarget>::failure(ERROR_NOT_A_REPARSE_POINT);
  return {std::move(*target)};
}

EntryReader::EntryReader(HANDLE directory, std::u16string_view only)
    : directory_(directory), only_(only), block_(only.empty() ? kBlockBytes : kOneEntryBytes) {}

NTSTATUS EntryReader::query() {
  UNICODE_STRING name = unicode_string(only_);
  IO_STATUS_BLOCK io{};
  const auto which = with_ids_ ? FileIdBothDirectoryInformation : FileBothDirectoryInformation;
  const NTSTATUS status = ::NtQueryDirectoryFile(directory_, nullptr, nullptr, nullptr, &io, block_.data(),
                                                 static_cast<ULONG>(block_.size()), which, FALSE,
                                                 only_.empty() ? nullptr : &name, begun_ ? FALSE : TRUE);
  if (status >= 0) parse(std::min<std::size_t>(io.Information, block_.size()));
  return status;
}

Outcome<std::span<const Entry>> EntryReader::next() {
  using Result = Outcome<std::span<const Entry>>;
  entries_.clear();
  NTSTATUS status = query();
  const bool refuses_ids = status == kInvalidInfoClass || status == kInvalidParameter || status == kNotSupported;
  if (refuses_ids && !begun_) {
    with_ids_ = false;
    status = query();
  }
  begun_ = true;
  if (status == kNoMoreFiles || status == kNoSuchFile) return {};
  if (status < 0) return Result::failure(error_of(status));
  return {entries_};
}

void EntryReader::parse(std::size_t size) {
  const std::size_t name_offset =
      with_ids_ ? offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName) : offsetof(FILE_BOTH_DIR_INFORMATION, FileName);
  std::span<const std::byte> rest = std::span(block_).first(size);
  while (rest.size() >= name_offset) {
    // Both structures begin alike.
    const auto header = load<FILE_BOTH_DIR_INFORMATION>(rest, 0);
    const std::size_t name_bytes = std::min<std::size_t>(header.FileNameLength, rest.size() - name_offset);
    Entry entry;
    entry.name = {reinterpret_cast<const char16_t*>(rest.data() + name_offset), name_bytes / sizeof(char16_t)};
    entry.attributes = header.FileAttributes;
    if ((header.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) entry.reparse_tag = header.EaSize;
    if (with_ids_) entry.file_id = load<std::uint64_t>(rest, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileId));
    entry.created = header.CreationTime.QuadPart;
    entry.written = header.LastWriteTime.QuadPart;
    entry.changed = header.ChangeTime.QuadPart;
    if (entry.name != u"." && entry.name != u"..") entries_.push_back(entry);
    if (header.NextEntryOffset == 0 || header.NextEntryOffset > rest.size()) return;
    rest = rest.subspan(header.NextEntryOffset);
  }
}

}  // namespace vigil::sys::nt
