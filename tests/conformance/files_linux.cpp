#include "conformance/files.hpp"

#include "base/unique_fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

extern char** environ;

namespace vigil::conformance::files {
namespace {

using base::UniqueFd;

Error failure(const char* call, const std::string& path, int code = errno) {
  return Error(ErrorCode::system, std::string(call) + " " + path + ": " + std::strerror(code), code);
}

// A path in a form the *at calls take whatever its length: most of a long one is walked through descriptors.
class Place {
 public:
  explicit Place(const std::string& path) : rest_(path) {
    while (rest_.size() >= PATH_MAX) {
      const std::size_t end = rest_.rfind('/', PATH_MAX - 1);
      if (end == std::string::npos || end == 0) return;
      base_ = UniqueFd(::openat(directory(), rest_.substr(0, end).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!base_) return;
      rest_.erase(0, end + 1);
    }
  }

  int directory() const { return base_ ? base_.get() : AT_FDCWD; }
  const char* name() const { return rest_.c_str(); }

 private:
  std::string rest_;
  UniqueFd base_;
};

UniqueFd open_file(const std::string& path, int flags) {
  const Place place(path);
  return UniqueFd(::openat(place.directory(), place.name(), flags | O_CLOEXEC, 0644));
}

Status done(int result, const char* call, const std::string& path) {
  if (result != 0) return failure(call, path);
  return Done{};
}

Status put_all(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) return failure("write", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return Done{};
}

Status write_with(const std::string& path, std::string_view text, int flags) {
  const UniqueFd file = open_file(path, flags | O_WRONLY | O_CREAT);
  if (!file) return failure("open", path);
  return put_all(file.get(), text, path);
}

std::chrono::nanoseconds nanoseconds_in(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

EntryType type_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return EntryType::file;
  if (S_ISDIR(mode)) return EntryType::directory;
  if (S_ISLNK(mode)) return EntryType::symlink;
  return EntryType::other;
}

EntryType type_at(int directory, const char* name, int flags) {
  struct stat status {};
  return ::fstatat(directory, name, &status, flags) == 0 ? type_of_mode(status.st_mode) : EntryType::unknown;
}

// An open directory with the names in it, "." and ".." left out.
class Names {
 public:
  explicit Names(UniqueFd directory) {
    if (directory) stream_ = ::fdopendir(directory.release());
  }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  ~Names() {
    if (stream_ != nullptr) ::closedir(stream_);
  }

  int descriptor() const { return ::dirfd(stream_); }

  const char* next() {
    if (stream_ == nullptr) return nullptr;
    while (const dirent* entry = ::readdir(stream_)) {
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) return entry->d_name;
    }
    return nullptr;
  }

 private:
  DIR* stream_ = nullptr;
};

UniqueFd open_directory(int parent, const char* name, int flags = O_NOFOLLOW) {
  return UniqueFd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags));
}

void list_below(Names names, const std::string& path, bool recursive, Listing& listing) {
  while (const char* name = names.next()) {
    const std::string child = path + "/" + name;
    const EntryType type = type_at(names.descriptor(), name, AT_SYMLINK_NOFOLLOW);
    if (type == EntryType::unknown) continue;
    listing.emplace(child, type);
    if (type == EntryType::directory && recursive) {
      list_below(Names(open_directory(names.descriptor(), name)), child, true, listing);
    }
  }
}

// A directory a script has made unreadable is to go as well.
UniqueFd open_for_removal(int parent, const char* name) {
  UniqueFd directory = open_directory(parent, name);
  if (!directory && errno == EACCES && ::fchmodat(parent, name, 0700, 0) == 0) return open_directory(parent, name);
  return directory;
}

// Goes on after a failure and reports the first one.
int remove_below(Names names) {
  int first_error = 0;
  while (const char* name = names.next()) {
    const bool is_directory = type_at(names.descriptor(), name, AT_SYMLINK_NOFOLLOW) == EntryType::directory;
    if (is_directory) {
      const int error = remove_below(Names(open_for_removal(names.descriptor(), name)));
      if (first_error == 0) first_error = error;
    }
    const int flags = is_directory ? AT_REMOVEDIR : 0;
    if (::unlinkat(names.descriptor(), name, flags) != 0 && first_error == 0) first_error = errno;
  }
  return first_error;
}

// A name in `directory` that no script uses.
std::string trial_name(const std::string& directory, const char* suffix) { return directory + "/.trial" + suffix; }

// What may not be there.
void clear_away(const std::string& path) { static_cast<void>(remove(path).has_value()); }

bool tried(const Status& status, const std::string& path) {
  clear_away(path);
  return status.has_value();
}

bool can_exchange(const std::string& directory) {
  const std::string a = trial_name(directory, "-a");
  const std::string b = trial_name(directory, "-b");
  const bool works = create(a) && create(b) && exchange(a, b);
  clear_away(a);
  clear_away(b);
  return works;
}

bool can_set_attributes(const std::string& directory) {
  const std::string path = trial_name(directory, "-xattr");
  if (!create(path)) return false;
  return tried(set_attribute(path, "user.vigil.trial", "1"), path);
}

bool can_mount(const std::string& directory) {
  const std::string path = trial_name(directory, "-mount");
  if (!make_directory(path)) return false;
  const bool works = mount_memory(path) && unmount(path);
  clear_away(path);
  return works;
}

// Mount points below `path`, the last mounted first.
std::vector<std::string> mounts_below(const std::string& path) {
  std::vector<std::string> found;
  std::ifstream mounts("/proc/self/mounts");
  std::string device;
  std::string point;
  for (std::string rest; mounts >> device >> point && std::getline(mounts, rest);) {
    if (is_within(point, path)) found.insert(found.begin(), point);
  }
  return found;
}

}  // namespace

Status make_directory(const std::string& path) {
  const Place place(path);
  return done(::mkdirat(place.directory(), place.name(), 0755), "mkdir", path);
}

Status make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (auto made = make_directory(part); !made && made.error().os_code() != EEXIST) return made;
    if (end == std::string::npos) return Done{};
  }
}

Status create(const std::string& path) { return write_with(path, {}, 0); }
Status write(const std::string& path, std::string_view text) { return write_with(path, text, O_TRUNC); }
Status append(const std::string& path, std::string_view text) { return write_with(path, text, O_APPEND); }

Status read(const std::string& path) {
  const UniqueFd file = open_file(path, O_RDONLY);
  if (!file) return failure("open", path);
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = ::read(file.get(), buffer.data(), buffer.size())) > 0) {
  }
  return done(static_cast<int>(got), "read", path);
}

Status truncate(const std::string& path, std::uint64_t size) {
  return done(::truncate(path.c_str(), static_cast<off_t>(size)), "truncate", path);
}

Status remove(const std::string& path) {
  const Place place(path);
  const bool is_directory = type_at(place.directory(), place.name(), AT_SYMLINK_NOFOLLOW) == EntryType::directory;
  return done(::unlinkat(place.directory(), place.name(), is_directory ? AT_REMOVEDIR : 0), "remove", path);
}

Status remove_tree(const std::string& path) {
  const Place place(path);
  if (type_at(place.directory(), place.name(), AT_SYMLINK_NOFOLLOW) == EntryType::directory) {
    if (const int error = remove_below(Names(open_for_removal(place.directory(), place.name())))) {
      return failure("remove below", path, error);
    }
  }
  return remove(path);
}

Status rename(const std::string& from, const std::string& to) {
  const Place source(from);
  const Place target(to);
  return done(::renameat(source.directory(), source.name(), target.directory(), target.name()), "rename", from);
}

Status exchange(const std::string& a, const std::string& b) {
  return done(::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE), "exchange", a);
}

Status hard_link(const std::string& from, const std::string& to) {
  return done(::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0), "link", to);
}

Status symbolic_link(const std::string& target, const std::string& path) {
  const Place place(path);
  return done(::symlinkat(target.c_str(), place.directory(), place.name()), "symlink", path);
}

Status make_fifo(const std::string& path) { return done(::mkfifo(path.c_str(), 0644), "mkfifo", path); }

Status make_socket(const std::string& path) { return done(::mknod(path.c_str(), S_IFSOCK | 0644, 0), "mknod", path); }

Status set_mode(const std::string& path, unsigned mode) {
  const Place place(path);
  return done(::fchmodat(place.directory(), place.name(), mode, 0), "chmod", path);
}

Status set_times(const std::string& path, std::chrono::seconds since_1970) {
  const Place place(path);
  const timespec time{static_cast<time_t>(since_1970.count()), 0};
  const std::array times{time, time};
  return done(::utimensat(place.directory(), place.name(), times.data(), AT_SYMLINK_NOFOLLOW), "utimensat", path);
}

Status set_attribute(const std::string& path, const std::string& name, std::string_view value) {
  return done(::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), "setxattr", path);
}

Status mount_memory(const std::string& directory) {
  return done(::mount("none", directory.c_str(), "tmpfs", 0, "size=16m"), "mount", directory);
}

Status mount_same(const std::string& directory, const std::string& at) {
  return done(::mount(directory.c_str(), at.c_str(), nullptr, MS_BIND, nullptr), "mount", at);
}

Status unmount(const std::string& directory) {
  return done(::umount2(directory.c_str(), UMOUNT_NOFOLLOW), "umount", directory);
}

struct OpenFile::File {
  UniqueFd descriptor;
};

Result<OpenFile> OpenFile::open(const std::string& path) {
  UniqueFd file = open_file(path, O_WRONLY | O_CREAT | O_APPEND);
  if (!file) return failure("open", path);
  return OpenFile(std::make_unique<File>(File{std::move(file)}));
}

OpenFile::OpenFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
OpenFile::OpenFile(OpenFile&& other) noexcept = default;
OpenFile::~OpenFile() = default;

Status OpenFile::put(std::string_view text) { return put_all(file_->descriptor.get(), text, "an open file"); }

std::chrono::nanoseconds coarse_time() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return nanoseconds_in(time);
}

std::chrono::nanoseconds change_time(const std::string& path) {
  struct stat status {};
  const Place place(path);
  if (::fstatat(place.directory(), place.name(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return nanoseconds_in(status.st_ctim);
}

EntryType type_of(const std::string& path) {
  const Place place(path);
  return type_at(place.directory(), place.name(), AT_SYMLINK_NOFOLLOW);
}

std::pair<std::uint64_t, std::uint64_t> identity(const std::string& path) {
  struct stat status {};
  const Place place(path);
  if (::fstatat(place.directory(), place.name(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return {status.st_dev, status.st_ino};
}

Listing list(const std::string& path, bool recursive) {
  Listing listing;
  const Place place(path);
  const EntryType type = type_at(place.directory(), place.name(), 0);
  if (type == EntryType::unknown) return listing;
  listing.emplace(path, type);
  if (type == EntryType::directory) {
    list_below(Names(open_directory(place.directory(), place.name(), 0)), path, recursive, listing);
  }
  return listing;
}

void leave_out_what_others_cannot_list(Listing& listing) {
  std::vector<std::string> closed;
  for (const auto& [path, type] : listing) {
    struct stat status {};
    const bool is_open = ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IROTH | S_IXOTH)) != 0;
    if (type == EntryType::directory && !is_open) closed.push_back(path);
  }
  for (const std::string& directory : closed) {
    std::erase_if(listing,
                  [&](const auto& entry) { return entry.first != directory && is_within(entry.first, directory); });
  }
}

std::string in_scripts(std::string path) { return path; }

std::string why_not_on_this_system(const Script&) { return {}; }

bool records_tell_everything() { return true; }
bool records_tell_closing() { return true; }

std::vector<std::string> default_scratch_parents() {
  std::vector<std::string> parents;
  if (::access("/dev/shm", W_OK | X_OK) == 0) parents.push_back("/dev/shm");
  const char* disk = std::getenv("TMPDIR");
  parents.push_back(disk != nullptr ? disk : "/tmp");
  return parents;
}

bool supports(std::string_view feature, const std::string& directory) {
  const std::string path = trial_name(directory, "");
  if (feature == "symlink") return tried(symbolic_link("x", path), path);
  if (feature == "fifo") return tried(make_fifo(path), path);
  if (feature == "socket") return tried(make_socket(path), path);
  if (feature == "any-bytes") return tried(create(path + "\xff"), path + "\xff");
  if (feature == "xattr") return can_set_attributes(directory);
  if (feature == "exchange") return can_exchange(directory);
  if (feature == "mount") return can_mount(directory);
  if (feature == "odd-names" || feature == "case" || feature == "replace-directory" || feature == "unlink") return true;
  if (feature == "root") return ::geteuid() == 0;
  if (feature == "git") return run({"git", "--version"}, directory).has_value();
  return false;
}

Status run(const std::vector<std::string>& arguments, const std::string& directory) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return failure("run", arguments[0], error);

  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error(ErrorCode::system, arguments[0] + " failed with status " + std::to_string(status));
  }
  return Done{};
}

Result<Scratch> Scratch::make(const std::string& parent) {
  // Links in the parent are resolved once here: watchers differ in how they spell a path behind a link.
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(parent.c_str(), nullptr), &std::free);
  if (!real) return failure("realpath", parent);
  std::string path = std::string(real.get()) + "/vigil-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return failure("mkdtemp", path);
  if (auto mode = set_mode(path, 0755); !mode) return std::move(mode).error();
  return Scratch(std::move(path));
}

Scratch::~Scratch() {
  if (path_.empty()) return;
  for (const std::string& point : mounts_below(path_)) ::umount2(point.c_str(), MNT_DETACH);
  if (auto removed = remove_tree(path_); !removed) {
    std::fprintf(stderr, "cannot clean up: %s\n", removed.error().message().c_str());
  }
}

}  // namespace vigil::conformance::files
