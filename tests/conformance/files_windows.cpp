#include "conformance/files.hpp"

#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "support/raw_files.hpp"
#include "support/wide_path_windows.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <utility>

namespace vigil::conformance::files {
namespace {

namespace raw = testing::raw;
using base::UniqueHandle;
using testing::Wide;

// More than a tick of the clock that stamps files, which the system time may run ahead of.
constexpr std::chrono::milliseconds kClockLag{20};

// What scripts may require that no Windows since NT 5.2 has, or nothing here makes.
const std::set<std::string> kMissing = {"symlink", "fifo",      "socket", "any-bytes",         "xattr", "exchange",
                                        "mount",   "odd-names", "case",   "replace-directory", "unlink"};

Error failure(const char* call, const std::string& path) {
  const int code = static_cast<int>(::GetLastError());
  return Error(ErrorCode::system, std::string(call) + " " + path + ": " + sys::words_of(code), code);
}

Error cannot(const char* what) { return Error(ErrorCode::invalid_argument, std::string("Windows has no ") + what); }

Status done(bool done, const char* call, const std::string& path) {
  if (!done) return failure(call, path);
  return Done{};
}

UniqueHandle open(const std::string& path, DWORD access, DWORD how, DWORD flags = 0) {
  constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  return UniqueHandle(::CreateFileW(Wide(path), access, kShareAll, nullptr, how, flags, nullptr));
}

bool put_all(const UniqueHandle& file, std::string_view text) {
  DWORD written = 0;
  return ::WriteFile(file.get(), text.data(), static_cast<DWORD>(text.size()), &written, nullptr) != 0 &&
         written == text.size();
}

std::chrono::nanoseconds since_1970(const FILETIME& time) {
  const std::int64_t ticks = (static_cast<std::int64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime;
  return std::chrono::nanoseconds((ticks - 116'444'736'000'000'000) * 100);
}

EntryType type_of_attributes(DWORD attributes) {
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return EntryType::symlink;
  return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? EntryType::directory : EntryType::file;
}

void list_below(const std::string& path, bool recursive, Listing& listing) {
  WIN32_FIND_DATAW found{};
  const HANDLE search = ::FindFirstFileW(Wide(path + "/*"), &found);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    const std::wstring_view name = found.cFileName;
    if (name == L"." || name == L"..") continue;
    const std::string child = path + '/' + base::to_wtf8(std::u16string(name.begin(), name.end()));
    const EntryType type = type_of_attributes(found.dwFileAttributes);
    listing.emplace(child, type);
    if (type == EntryType::directory && recursive) list_below(child, true, listing);
  } while (::FindNextFileW(search, &found) != 0);
  ::FindClose(search);
}

bool is_gone(const std::string& path) {
  if (::GetFileAttributesW(Wide(path)) != INVALID_FILE_ATTRIBUTES) return false;
  return ::GetLastError() == ERROR_FILE_NOT_FOUND || ::GetLastError() == ERROR_PATH_NOT_FOUND;
}

// A directory is not empty, and one that was removed keeps its name, for as long as somebody has it, or what was in it,
// open. A watcher soon closes it, unless it is a root.
bool remove_soon(const std::string& path, bool (*remove)(const std::string& path)) {
  constexpr int kTriesMax = 500;
  bool removed = remove(path);
  for (int tries = 0; !removed && tries < kTriesMax && ::GetLastError() == ERROR_DIR_NOT_EMPTY; ++tries) {
    ::Sleep(1);
    removed = remove(path) || is_gone(path);
  }
  for (int tries = 0; removed && tries < kTriesMax && !is_gone(path); ++tries) ::Sleep(1);
  return removed;
}

// A file is not replaced while somebody has it open; a watcher that looks at it soon closes it.
bool rename_soon(const std::string& from, const std::string& to) {
  constexpr int kTriesMax = 500;
  bool renamed = raw::rename(from, to);
  for (int tries = 0; !renamed && tries < kTriesMax && ::GetLastError() == ERROR_ACCESS_DENIED; ++tries) {
    if (type_of(from) != EntryType::file || type_of(to) != EntryType::file) {
      ::SetLastError(ERROR_ACCESS_DENIED);
      return false;
    }
    ::Sleep(1);
    renamed = raw::rename(from, to);
  }
  return renamed;
}

bool is_of_opening(const ExpectedEvent& event) {
  const bool is_required =
      event.count == ExpectedEvent::Count::one || event.count == ExpectedEvent::Count::at_least_one;
  return is_required && !event.kinds.empty() && std::all_of(event.kinds.begin(), event.kinds.end(), [](Kind kind) {
           return kind == Kind::closed || kind == Kind::opened || kind == Kind::accessed;
         });
}

}  // namespace

Status make_directory(const std::string& path) { return done(raw::make_directory(path), "mkdir", path); }

Status make_directories(const std::string& path) { return done(raw::make_directories(path), "mkdir -p", path); }

Status create(const std::string& path) { return done(raw::write(path, {}, raw::Write::over), "create", path); }

Status write(const std::string& path, std::string_view text) {
  return done(raw::write(path, text, raw::Write::anew), "write", path);
}

Status append(const std::string& path, std::string_view text) {
  return done(raw::write(path, text, raw::Write::behind), "append", path);
}

Status read(const std::string& path) {
  const UniqueHandle file = open(path, GENERIC_READ, OPEN_EXISTING);
  if (!file) return failure("open", path);
  std::array<char, 4096> buffer;
  DWORD size = 0;
  bool readable = true;
  do {
    readable = ::ReadFile(file.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &size, nullptr) != 0;
  } while (readable && size > 0);
  return done(readable, "read", path);
}

Status truncate(const std::string& path, std::uint64_t size) {
  const UniqueHandle file = open(path, GENERIC_WRITE, OPEN_EXISTING);
  LARGE_INTEGER position{};
  position.QuadPart = static_cast<LONGLONG>(size);
  const bool cut =
      file && ::SetFilePointerEx(file.get(), position, nullptr, FILE_BEGIN) != 0 && ::SetEndOfFile(file.get()) != 0;
  return done(cut, "truncate", path);
}

Status remove(const std::string& path) {
  const bool is_directory = type_of(path) == EntryType::directory;
  return done(is_directory ? remove_soon(path, raw::remove_directory) : raw::remove_file(path), "remove", path);
}

Status remove_tree(const std::string& path) { return done(remove_soon(path, raw::remove_all), "remove", path); }

Status rename(const std::string& from, const std::string& to) { return done(rename_soon(from, to), "rename", from); }

Status hard_link(const std::string& from, const std::string& to) { return done(raw::hard_link(from, to), "link", to); }

Status set_times(const std::string& path, std::chrono::seconds since_1970) {
  return done(raw::change_times(path, since_1970.count(), since_1970.count()), "utime", path);
}

// What editors do after a save, and the runner for watchers of other users.
Status set_mode(const std::string&, unsigned) { return Done{}; }

Status exchange(const std::string&, const std::string&) { return cannot("exchange of names"); }
Status symbolic_link(const std::string&, const std::string&) { return cannot("links before NT 6"); }
Status make_fifo(const std::string&) { return cannot("pipes in directories"); }
Status make_socket(const std::string&) { return cannot("sockets in directories"); }
Status set_attribute(const std::string&, const std::string&, std::string_view) { return cannot("such attributes"); }
Status mount_memory(const std::string&) { return cannot("such mounts"); }
Status mount_same(const std::string&, const std::string&) { return cannot("such mounts"); }
Status unmount(const std::string&) { return cannot("such mounts"); }
Status run(const std::vector<std::string>&, const std::string&) { return cannot("such program"); }

struct OpenFile::File {
  UniqueHandle handle;
};

Result<OpenFile> OpenFile::open(const std::string& path) {
  UniqueHandle file = files::open(path, FILE_APPEND_DATA | SYNCHRONIZE, OPEN_ALWAYS);
  if (!file) return failure("open", path);
  return OpenFile(std::make_unique<File>(File{std::move(file)}));
}

OpenFile::OpenFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
OpenFile::OpenFile(OpenFile&& other) noexcept = default;
OpenFile::~OpenFile() = default;

Status OpenFile::put(std::string_view text) { return done(put_all(file_->handle, text), "write", "an open file"); }

std::chrono::nanoseconds coarse_time() {
  FILETIME time{};
  ::GetSystemTimeAsFileTime(&time);
  return since_1970(time) - kClockLag;
}

std::chrono::nanoseconds change_time(const std::string& path) {
  WIN32_FILE_ATTRIBUTE_DATA data{};
  if (::GetFileAttributesExW(Wide(path), GetFileExInfoStandard, &data) == 0) return {};
  return since_1970(data.ftLastWriteTime);
}

EntryType type_of(const std::string& path) {
  const DWORD attributes = ::GetFileAttributesW(Wide(path));
  return attributes == INVALID_FILE_ATTRIBUTES ? EntryType::unknown : type_of_attributes(attributes);
}

std::pair<std::uint64_t, std::uint64_t> identity(const std::string& path) {
  const UniqueHandle file =
      open(path, FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
  BY_HANDLE_FILE_INFORMATION information{};
  if (!file || ::GetFileInformationByHandle(file.get(), &information) == 0) return {};
  return {information.dwVolumeSerialNumber,
          (std::uint64_t{information.nFileIndexHigh} << 32) | information.nFileIndexLow};
}

Listing list(const std::string& path, bool recursive) {
  Listing listing;
  const EntryType type = type_of(path);
  if (type == EntryType::unknown) return listing;
  listing.emplace(path, type);
  if (type == EntryType::directory) list_below(path, recursive, listing);
  return listing;
}

void leave_out_what_others_cannot_list(Listing&) {}

std::string in_scripts(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  return path;
}

std::string why_not_on_this_system(const Script& script) {
  for (const Command* command : script.all("require")) {
    for (const std::string& feature : command->arguments) {
      if (kMissing.contains(feature)) return "Windows has no " + feature;
    }
  }
  for (const Command* command : script.all("expect")) {
    for (const ExpectedEvent& event : command->expectation.events) {
      if (event.ability.empty() && is_of_opening(event)) return "Windows does not tell of opening and closing";
    }
  }
  for (const Command* command : script.all("save")) {
    if (command->arguments.back() == "emacs") return "Windows before NT 6 has no links";
  }
  if (!script.all("chmod").empty()) return "Windows has no modes";
  if (!script.all("unprivileged").empty()) return "another user cannot be tried here";
  if (!script.all("limit").empty()) return "a limit of Linux";
  return {};
}

bool records_tell_everything() {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") == nullptr;
}
bool records_tell_closing() { return false; }

std::vector<std::string> default_scratch_parents() { return {raw::place_for_temporary_directories()}; }

bool supports(std::string_view feature, const std::string&) { return feature == "root"; }

Result<Scratch> Scratch::make(const std::string& parent) { return Scratch(raw::make_temporary_directory(parent)); }

Scratch::~Scratch() {
  if (path_.empty() || raw::remove_all(path_)) return;
  std::fprintf(stderr, "cannot clean up %s: %s\n", path_.c_str(), raw::last_error().c_str());
}

}  // namespace vigil::conformance::files
