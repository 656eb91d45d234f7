#include "sys/disk.hpp"

#include "base/utf.hpp"
#include "sys/error_codes.hpp"
#include "sys/nt_windows.hpp"
#include "sys/paths_windows.hpp"

#include <windows.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace vigil::sys {
namespace {

using base::UniqueHandle;

// As many as the system itself follows in one path.
constexpr int kLinksMax = 63;

// More than a tick of the clock, which local file systems may stamp with while the system time runs ahead of it.
constexpr std::chrono::milliseconds kClockLag{20};

FileStatus file_status(const nt::Entry& entry, bool has_file_ids, std::uint32_t volume) {
  FileStatus status;
  status.type = nt::type_of(entry.attributes, entry.reparse_tag);
  status.inode = has_file_ids ? entry.file_id : 0;
  status.device = volume;
  status.modified = nt::timestamp(entry.written);
  status.changed = nt::timestamp(entry.changed != 0 ? entry.changed : entry.written);
  if (entry.created != 0) status.born = nt::timestamp(entry.created);
  status.access = entry.attributes;
  return status;
}

// An entry found by its name.
struct Named {
  nt::Entry entry;
  std::u16string name;  // exactly
};

// The entry of exactly this name, or else, if `any_case`, the one the system finds for it: upper and lower case are the
// same to it, and so is the short name it keeps besides. The handle must not have been listed before.
Outcome<Named> find_entry(HANDLE directory, std::u16string_view name, bool any_case) {
  if (name.empty()) return Outcome<Named>::failure(kNotFound);
  nt::EntryReader reader(directory, name);
  std::optional<Named> other;
  while (true) {
    const Outcome<std::span<const nt::Entry>> entries = reader.next();
    if (!entries) return Outcome<Named>::failure(entries.error);
    if (entries.value.empty()) break;
    for (const nt::Entry& entry : entries.value) {
      if (entry.name == name) return {{entry, std::u16string(name)}};
      if (!other) other = {entry, std::u16string(entry.name)};
    }
  }
  if (other && any_case) return {std::move(*other)};
  return Outcome<Named>::failure(kNotFound);
}

// The status of a name in a directory that was not listed before. What the directory has entered of a file that is
// open, or has several names, may be old: the file itself is asked for the times.
Outcome<nt::Entry> entry_status(HANDLE directory, std::u16string_view name) {
  Outcome<Named> found = find_entry(directory, name, false);
  if (!found) return Outcome<nt::Entry>::failure(found.error);
  nt::Entry entry = found.value.entry;
  entry.name = {};
  if (nt::type_of(entry.attributes, entry.reparse_tag) != EntryType::file) return {entry};
  const Outcome<UniqueHandle> file = nt::open(directory, name, nt::kLook, 0);
  if (!file) return {entry};
  const Outcome<nt::Entry> now = nt::information(file.value.get());
  return {now && now.value.file_id == entry.file_id ? now.value : entry};
}

// Of a file that is not too large, opened to be read.
Outcome<FileContent> content_of(HANDLE file, std::size_t bytes_max) {
  using Failure = Outcome<FileContent>;
  const Outcome<nt::Entry> entry = nt::information(file);
  if (!entry) return Failure::failure(entry.error);
  FileContent content{nt::type_of(entry.value.attributes, entry.value.reparse_tag), 0, {}};
  if (content.type != EntryType::file) return {std::move(content)};
  LARGE_INTEGER size{};
  if (::GetFileSizeEx(file, &size) == FALSE) return Failure::failure(static_cast<int>(::GetLastError()));
  content.size = static_cast<std::uint64_t>(size.QuadPart);
  if (content.size > bytes_max) return {std::move(content)};
  // One more than is expected shows whether it has grown meanwhile.
  content.bytes.resize(static_cast<std::size_t>(content.size) + 1);
  std::size_t read = 0;
  while (true) {
    DWORD count = 0;
    const auto room = static_cast<DWORD>(content.bytes.size() - read);
    if (::ReadFile(file, content.bytes.data() + read, room, &count, nullptr) == FALSE) {
      const DWORD error = ::GetLastError();
      if (error != ERROR_HANDLE_EOF) return Failure::failure(static_cast<int>(error));
    }
    read += count;
    if (count == 0 || read > bytes_max) break;
    if (read == content.bytes.size()) content.bytes.resize(std::min(2 * read, bytes_max + 1));
  }
  content.size = read;
  content.bytes.resize(read > bytes_max ? 0 : read);
  return {std::move(content)};
}

// One thread at a time.
class WindowsDirectory final : public Directory {
 public:
  explicit WindowsDirectory(UniqueHandle handle)
      : handle_(std::move(handle)), reader_(handle_.get()), has_file_ids_(nt::has_file_ids(handle_.get())) {}

  Outcome<std::span<const DirectoryEntry>> read() override {
    entries_.clear();
    names_.clear();
    // A block that held nothing but "." and ".." must not look like the end.
    while (entries_.empty()) {
      const Outcome<std::span<const nt::Entry>> block = reader_.next();
      if (!block) return Outcome<std::span<const DirectoryEntry>>::failure(block.error);
      if (block.value.empty() && std::exchange(was_empty_, true)) return {};
      append(block.value);
    }
    was_empty_ = false;
    return {entries_};
  }

  Outcome<FileStatus> status() override {
    const Outcome<nt::Entry> entry = nt::information(handle_.get());
    if (!entry) return Outcome<FileStatus>::failure(entry.error);
    return {file_status(entry.value, has_file_ids_, volume())};
  }

  Outcome<FileStatus> status(std::string_view name) override {
    const std::optional<std::u16string> units = base::to_utf16(name);
    if (!units) return Outcome<FileStatus>::failure(kNotFound);
    // A handle remembers the first name it was asked for.
    const Outcome<UniqueHandle> fresh = nt::open(handle_.get(), {}, nt::kList, nt::kDirectory);
    if (!fresh) return Outcome<FileStatus>::failure(fresh.error);
    const Outcome<nt::Entry> entry = entry_status(fresh.value.get(), *units);
    if (!entry) return Outcome<FileStatus>::failure(entry.error);
    return {file_status(entry.value, has_file_ids_, volume())};
  }

  Outcome<std::string> listed_name(std::string_view name) override {
    const std::optional<std::u16string> units = base::to_utf16(name);
    if (!units) return Outcome<std::string>::failure(kNotFound);
    const Outcome<UniqueHandle> fresh = nt::open(handle_.get(), {}, nt::kList, nt::kDirectory);
    if (!fresh) return Outcome<std::string>::failure(fresh.error);
    const Outcome<Named> found = find_entry(fresh.value.get(), *units, true);
    if (!found) return Outcome<std::string>::failure(found.error);
    return {base::to_wtf8(found.value.name)};
  }

  // What it is is asked before it is opened to be read, for which the rights may be missing.
  Outcome<FileContent> read_file(std::string_view name, std::size_t bytes_max) override {
    const std::optional<std::u16string> units = base::to_utf16(name);
    if (!units) return Outcome<FileContent>::failure(kNotFound);
    const Outcome<UniqueHandle> looked = nt::open(handle_.get(), *units, nt::kLook, 0);
    if (!looked) return Outcome<FileContent>::failure(looked.error);
    const Outcome<nt::Entry> entry = nt::information(looked.value.get());
    if (!entry) return Outcome<FileContent>::failure(entry.error);
    const EntryType type = nt::type_of(entry.value.attributes, entry.value.reparse_tag);
    if (type != EntryType::file) return {FileContent{type, 0, {}}};
    const Outcome<UniqueHandle> file = nt::open(handle_.get(), *units, nt::kRead, 0);
    if (!file) return Outcome<FileContent>::failure(file.error);
    return content_of(file.value.get(), bytes_max);
  }

  Descriptor descriptor() const override { return handle_.get(); }

 private:
  std::uint32_t volume() {
    if (!volume_) volume_ = nt::volume_serial(handle_.get()).value;
    return *volume_;
  }

  void append(std::span<const nt::Entry> block) {
    // All names first: the views point into the text that holds them.
    std::vector<std::size_t> ends;
    for (const nt::Entry& entry : block) {
      base::append_wtf8(names_, entry.name);
      ends.push_back(names_.size());
    }
    std::size_t begin = 0;
    for (std::size_t index = 0; index < block.size(); ++index) {
      const nt::Entry& entry = block[index];
      entries_.push_back({std::string_view(names_).substr(begin, ends[index] - begin),
                          nt::type_of(entry.attributes, entry.reparse_tag), has_file_ids_ ? entry.file_id : 0});
      begin = ends[index];
    }
  }

  UniqueHandle handle_;
  nt::EntryReader reader_;
  bool has_file_ids_;
  bool was_empty_ = false;
  std::optional<std::uint32_t> volume_;
  std::string names_;
  std::vector<DirectoryEntry> entries_;
};

using Opened = Outcome<UniqueHandle>;

Opened open_native(std::string_view path, ACCESS_MASK access, ULONG options) {
  if (volume_size(path) == 0) return Opened::failure(ERROR_NOT_SUPPORTED);
  const std::optional<std::u16string> native = to_native(path);
  if (!native) return Opened::failure(ERROR_INVALID_NAME);
  return nt::open(nullptr, *native, access, options);
}

// ERROR_CANT_ACCESS_FILE for a link.
Opened refuse_link(Opened opened) {
  if (!opened) return opened;
  const Outcome<nt::Entry> information = nt::information(opened.value.get());
  if (!information) return Opened::failure(information.error);
  if (nt::is_link(information.value.attributes, information.value.reparse_tag)) return Opened::failure(kIsALink);
  return opened;
}

// The names on the way from the volume down.
std::vector<std::string> names_below_volume(std::string_view path) {
  std::vector<std::string> names;
  path.remove_prefix(std::min(volume_size(path), path.size()));
  while (true) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    if (path.empty()) return names;
    const std::string_view name = path.substr(0, path.find('/'));
    names.emplace_back(name);
    path.remove_prefix(name.size());
  }
}

// No component may be a link, but what stands for the volume.
Opened open_name_by_name(std::string_view path) {
  const std::vector<std::string> names = names_below_volume(path);
  const std::string_view volume = path.substr(0, volume_size(path));
  Opened current = open_native(volume, names.empty() ? nt::kList : nt::kLook, nt::kDirectory);
  for (std::size_t index = 0; current && index < names.size(); ++index) {
    const std::optional<std::u16string> name = base::to_utf16(names[index]);
    if (!name) return Opened::failure(ERROR_INVALID_NAME);
    const ACCESS_MASK access = index + 1 == names.size() ? nt::kList : nt::kLook;
    current = refuse_link(nt::open(current.value.get(), *name, access, nt::kDirectory));
  }
  return current;
}

// Whether no link was followed on the way: the file system then knows the directory by the path it was opened by. A
// drive letter that stands for a directory ("subst") is another case in which it does not.
bool is_known_as(HANDLE directory, std::string_view path) {
  const Outcome<std::u16string> name = nt::name_on_volume(directory);
  if (!name) return false;
  const bool is_share = path.starts_with("/UNC/");
  std::string below(path.substr(is_share ? std::string_view("/UNC").size() : volume_size(path)));
  while (below.ends_with('/')) below.pop_back();
  if (below.empty()) below = "/";
  std::optional<std::u16string> expected = base::to_utf16(below);
  if (!expected) return false;
  std::replace(expected->begin(), expected->end(), u'/', u'\\');
  return name.value.size() == expected->size() &&
         ::CompareStringW(LOCALE_INVARIANT, NORM_IGNORECASE, reinterpret_cast<const wchar_t*>(name.value.data()),
                          static_cast<int>(name.value.size()), reinterpret_cast<const wchar_t*>(expected->data()),
                          static_cast<int>(expected->size())) == CSTR_EQUAL;
}

Opened open_exactly(std::string_view path) {
  Opened opened = refuse_link(open_native(path, nt::kList, nt::kDirectory));
  if (!opened || is_known_as(opened.value.get(), path)) return opened;
  return open_name_by_name(path);
}

// A path that is followed name by name, from the volume down.
struct Walk {
  std::string done;                // in the form of a Disk, exactly as on the disk
  std::vector<std::string> names;  // still to come, the next at the end

  // Where `target` leads from `done`.
  bool turn_to(const nt::LinkTarget& target) {
    std::string path;
    if (target.is_relative) {
      path = base::to_wtf8(target.path);
      std::replace(path.begin(), path.end(), '\\', '/');
      push(path);
      return true;
    }
    const std::optional<std::string> absolute = from_native(target.path);
    if (!absolute || volume_size(*absolute) == 0) return false;
    done = absolute->substr(0, volume_size(*absolute));
    push(std::string_view(*absolute).substr(done.size()));
    return true;
  }

  void push(std::string_view path) {
    std::vector<std::string> before = names_below_volume("/x/" + std::string(path));
    std::move(before.rbegin(), before.rend(), std::back_inserter(names));
  }

  void up() {
    if (done.size() > volume_size(done)) done.erase(done.rfind('/'));
  }
};

// What the system finds for a name in a directory: its exact name, and where it leads if it is a link. Where the
// directory cannot be listed, the name is taken as given.
struct Found {
  std::string name;
  std::optional<nt::LinkTarget> target;
};

Outcome<Found> look_up(HANDLE directory, const std::string& name) {
  const std::optional<std::u16string> units = base::to_utf16(name);
  if (!units) return Outcome<Found>::failure(ERROR_INVALID_NAME);
  Found found{name, std::nullopt};
  const Opened listed = nt::open(directory, {}, nt::kList, nt::kDirectory);
  bool may_be_link = true;
  std::u16string exact = *units;
  if (const Outcome<Named> named =
          listed ? find_entry(listed.value.get(), *units, true) : Outcome<Named>::failure(listed.error)) {
    exact = named.value.name;
    found.name = base::to_wtf8(exact);
    may_be_link = (named.value.entry.attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
  } else if (meaning_of(named.error) != ErrorMeaning::denied) {
    return Outcome<Found>::failure(named.error);
  }
  if (!may_be_link) return {std::move(found)};
  const Opened opened = nt::open(directory, exact, nt::kLook, 0);
  if (!opened) return Outcome<Found>::failure(opened.error);
  const Outcome<nt::Entry> information = nt::information(opened.value.get());
  if (!information) return Outcome<Found>::failure(information.error);
  if (!nt::is_link(information.value.attributes, information.value.reparse_tag)) return {std::move(found)};
  // A link whose target nobody tells is left to the system.
  Outcome<nt::LinkTarget> target = nt::link_target(opened.value.get());
  if (target) found.target = std::move(target.value);
  return {std::move(found)};
}

// Notes each step in `last`.
Outcome<std::string> follow(const std::string& path, Step& last) {
  using Failure = Outcome<std::string>;
  last = {"/", {}};
  if (volume_size(path) == 0) return Failure::failure(ERROR_NOT_SUPPORTED);
  Walk walk;
  walk.done = path.substr(0, volume_size(path));
  walk.push(path.substr(walk.done.size()));
  const auto note_volume = [&] {
    last = {std::string(walk.done, 0, std::max<std::size_t>(walk.done.rfind('/'), 1)),
            walk.done.substr(walk.done.rfind('/') + 1)};
  };
  note_volume();
  if (const Opened volume = open_native(walk.done, nt::kLook, nt::kDirectory); !volume) {
    return Failure::failure(volume.error);
  }
  for (int links = 0; !walk.names.empty();) {
    const std::string name = std::move(walk.names.back());
    walk.names.pop_back();
    if (name == ".") continue;
    if (name == "..") {
      walk.up();
      continue;
    }
    const Opened here = open_native(walk.done, nt::kLook, nt::kDirectory);
    // Where `done` is no directory, the step before was the last.
    if (!here) return Failure::failure(here.error);
    last = {walk.done, name};
    Outcome<Found> found = look_up(here.value.get(), name);
    if (!found) return Failure::failure(found.error);
    last.name = found.value.name;
    if (!found.value.target) {
      walk.done += '/' + found.value.name;
      continue;
    }
    if (++links > kLinksMax) return Failure::failure(kIsALink);
    if (!walk.turn_to(*found.value.target)) return Failure::failure(kNotFound);
  }
  return {std::move(walk.done)};
}

// Without state: thread-safe.
class WindowsDisk final : public Disk {
 public:
  Outcome<std::string> absolute(const std::string& path) override { return absolute_path(path); }

  // "C:" is the working directory of that drive, and "C:\x" would be another.
  std::string prefix(const std::string& root) const override {
    return root.find_last_of("/\\:") == root.size() - 1 ? root : root + separator();
  }

  char separator() const override { return '\\'; }

  // FAT does not change them, and NTFS may put it off.
  bool times_tell_of_names() const override { return false; }

  bool same_name(std::string_view one, std::string_view other) const override {
    const std::optional<std::u16string> first = base::to_utf16(one);
    const std::optional<std::u16string> second = base::to_utf16(other);
    return first && second && nt::same_name(*first, *second);
  }

  Outcome<std::unique_ptr<Directory>> open(const std::string& path) override {
    Opened handle = open_exactly(path);
    if (!handle) return Outcome<std::unique_ptr<Directory>>::failure(handle.error);
    return {std::make_unique<WindowsDirectory>(std::move(handle.value))};
  }

  Outcome<FileStatus> status(const std::string& path) override {
    const std::vector<std::string> names = names_below_volume(path);
    if (names.empty()) return status_of_opened(path, nt::kDirectory);
    const std::string directory = path.substr(0, path.rfind(names.back()) - 1);
    const Opened parent = open_native(directory, nt::kList, nt::kDirectory);
    if (meaning_of(parent.error) == ErrorMeaning::denied) return status_of_opened(path, 0);
    const std::optional<std::u16string> name = base::to_utf16(names.back());
    if (!name) return Outcome<FileStatus>::failure(kNotFound);
    if (!parent) return Outcome<FileStatus>::failure(parent.error);
    const Outcome<nt::Entry> entry = entry_status(parent.value.get(), *name);
    if (!entry) return Outcome<FileStatus>::failure(entry.error);
    return {full_status(parent.value.get(), entry.value)};
  }

  Outcome<FileContent> read_file(const std::string& path, std::size_t bytes_max) override {
    const Outcome<std::string> resolved = resolve(path);
    if (!resolved) return Outcome<FileContent>::failure(resolved.error);
    const std::size_t slash = resolved.value.rfind('/');
    if (slash < volume_size(resolved.value)) return {FileContent{EntryType::directory, 0, {}}};
    const Outcome<std::unique_ptr<Directory>> directory = open(resolved.value.substr(0, slash));
    if (!directory) return Outcome<FileContent>::failure(directory.error);
    return directory.value->read_file(std::string_view(resolved.value).substr(slash + 1), bytes_max);
  }

  GitPlaces git_places() const override;

  Outcome<std::string> resolve(const std::string& path) override {
    Step last;
    return follow(path, last);
  }

  Outcome<Step> last_step(const std::string& path) override {
    Step last;
    const Outcome<std::string> followed = follow(path, last);
    const bool is_missing = meaning_of(followed.error) == ErrorMeaning::gone && followed.error != kIsALink;
    if (followed || is_missing) return {std::move(last)};
    return Outcome<Step>::failure(followed.error);
  }

  Timestamp now() override {
    FILETIME time{};
    ::GetSystemTimeAsFileTime(&time);
    const std::int64_t ticks = (static_cast<std::int64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime;
    return nt::timestamp(ticks) - kClockLag;
  }

 private:
  static FileStatus full_status(HANDLE on_volume, const nt::Entry& entry) {
    return file_status(entry, nt::has_file_ids(on_volume), nt::volume_serial(on_volume).value);
  }

  static Outcome<FileStatus> status_of_opened(const std::string& path, ULONG options) {
    const Opened opened = open_native(path, nt::kLook, options);
    if (!opened) return Outcome<FileStatus>::failure(opened.error);
    const Outcome<nt::Entry> entry = nt::information(opened.value.get());
    if (!entry) return Outcome<FileStatus>::failure(entry.error);
    return {full_status(opened.value.get(), entry.value)};
  }
};

// As an absolute path of the disk; empty where it is not set, or no such path.
std::string path_in_environment(const wchar_t* name) {
  std::u16string value(32768, u'\0');  // no variable is larger
  const DWORD size =
      ::GetEnvironmentVariableW(name, reinterpret_cast<wchar_t*>(value.data()), static_cast<DWORD>(value.size()));
  if (size == 0 || size >= value.size()) return {};
  value.resize(size);
  const Outcome<std::string> path = absolute_path(base::to_wtf8(value));
  return path ? path.value : std::string();
}

GitPlaces WindowsDisk::git_places() const {
  GitPlaces places;
  places.home = path_in_environment(L"HOME");
  if (places.home.empty()) places.home = path_in_environment(L"USERPROFILE");
  std::string own = path_in_environment(L"XDG_CONFIG_HOME");
  if (own.empty() && !places.home.empty()) own = places.home + "/.config";
  const std::string programs = path_in_environment(L"ProgramFiles");
  if (!programs.empty()) places.settings.push_back(programs + "/Git/etc/gitconfig");
  if (!own.empty()) places.settings.push_back(own + "/git/config");
  if (!own.empty()) places.excludes = own + "/git/ignore";
  if (!places.home.empty()) places.settings.push_back(places.home + "/.gitconfig");
  return places;
}

}  // namespace

std::unique_ptr<Disk> make_disk() { return std::make_unique<WindowsDisk>(); }

}  // namespace vigil::sys
