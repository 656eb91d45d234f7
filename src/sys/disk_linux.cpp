#include "base/unique_fd.hpp"
#include "sys/disk.hpp"
#include "sys/listing_linux.hpp"
#include "sys/retry.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

namespace vigil::sys {
namespace {

using base::UniqueFd;

// Same as the kernel's own bound on links in one path.
constexpr int kLinksMax = 40;

// Listings in reserve: one for each thread that lists at the same time is enough.
constexpr std::size_t kSpareListingsMax = 4;

// Any thread may set the modification time to any year; what a Timestamp cannot hold is cut to its ends.
Timestamp timestamp(const statx_timestamp& time) {
  using std::chrono::nanoseconds;
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  const std::int64_t seconds = std::clamp<std::int64_t>(time.tv_sec, -kSecondsMax, kSecondsMax);
  return Timestamp(nanoseconds(seconds * 1'000'000'000 + time.tv_nsec));
}

FileStatus file_status(const struct statx& from) {
  FileStatus status;
  status.type = type_of_mode(from.stx_mode);
  status.inode = from.stx_ino;
  status.device = (std::uint64_t{from.stx_dev_major} << 32) | from.stx_dev_minor;
  status.modified = timestamp(from.stx_mtime);
  status.changed = timestamp(from.stx_ctime);
  status.size = from.stx_size;
  status.access = std::uint64_t{from.stx_mode} << 48 ^ std::uint64_t{from.stx_uid} << 24 ^ from.stx_gid;
  if ((from.stx_mask & STATX_BTIME) != 0) status.born = timestamp(from.stx_btime);
  return status;
}

Outcome<FileStatus> status_at(int directory, const char* name, int flags) {
  struct statx result;
  constexpr unsigned kWanted = STATX_BASIC_STATS | STATX_BTIME;
  const int done = uninterrupted(
      [&] { return ::statx(directory, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, kWanted, &result); });
  if (done == -1) return Outcome<FileStatus>::failure(errno);
  return {file_status(result)};
}

// Not more of it than `bytes_max`, or one byte more.
Outcome<std::string> read_all(int file, std::size_t bytes_max, std::size_t bytes_expected) {
  std::string bytes(std::min(bytes_expected, bytes_max) + 1, '\0');
  std::size_t size = 0;
  while (true) {
    const ssize_t read = uninterrupted([&] { return ::read(file, bytes.data() + size, bytes.size() - size); });
    if (read == -1) return Outcome<std::string>::failure(errno);
    size += static_cast<std::size_t>(read);
    if (read == 0 || size > bytes_max) break;
    if (size == bytes.size()) bytes.resize(std::min(2 * size, bytes_max + 1));
  }
  bytes.resize(size);
  return {std::move(bytes)};
}

// It is asked what it is before it is opened: to open a pipe would let its writer go on. `open_flags` and `look_flags`
// say whether links are followed.
Outcome<FileContent> content_at(int directory, const char* name, std::size_t bytes_max, int look_flags,
                                int open_flags) {
  struct statx status;
  const auto look = [&](int at, const char* what, int flags) {
    return uninterrupted([&] { return ::statx(at, what, flags | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_SIZE, &status); });
  };
  if (look(directory, name, look_flags) == -1) return Outcome<FileContent>::failure(errno);
  FileContent content{type_of_mode(status.stx_mode), status.stx_size, {}};
  if (content.type != EntryType::file || content.size > bytes_max) return {std::move(content)};
  const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | open_flags;
  const UniqueFd file(uninterrupted([&] { return ::openat(directory, name, flags); }));
  if (!file || look(file.get(), "", AT_EMPTY_PATH) == -1) return Outcome<FileContent>::failure(errno);
  content.type = type_of_mode(status.stx_mode);
  content.size = status.stx_size;
  if (content.type != EntryType::file || content.size > bytes_max) return {std::move(content)};
  Outcome<std::string> bytes = read_all(file.get(), bytes_max, static_cast<std::size_t>(content.size));
  if (!bytes) return Outcome<FileContent>::failure(bytes.error);
  content.size = bytes.value.size();
  if (bytes.value.size() <= bytes_max) content.bytes = std::move(bytes.value);
  return {std::move(content)};
}

// File systems whose inode numbers are not to be given, hardly ever any. Thread-safe; one is never taken back.
class Forgotten {
 public:
  void add(std::uint64_t device) {
    const std::lock_guard lock(mutex_);
    devices_.push_back(device);
    any_.store(true, std::memory_order_release);
  }

  bool contains(std::uint64_t device) const {
    if (!any_.load(std::memory_order_acquire)) return false;
    const std::lock_guard lock(mutex_);
    return std::find(devices_.begin(), devices_.end(), device) != devices_.end();
  }

  Outcome<FileStatus> without_inode(Outcome<FileStatus> status) const {
    if (status && contains(status.value.device)) status.value.inode = 0;
    return status;
  }

 private:
  std::atomic<bool> any_ = false;
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> devices_;
};

// Hands out Listings, so that reading a directory allocates nothing. Thread-safe.
class Listings {
 public:
  std::unique_ptr<Listing> borrow() {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) return std::make_unique<Listing>();
    std::unique_ptr<Listing> listing = std::move(spare_.back());
    spare_.pop_back();
    return listing;
  }

  void give_back(std::unique_ptr<Listing> listing) {
    const std::lock_guard lock(mutex_);
    if (spare_.size() < kSpareListingsMax) spare_.push_back(std::move(listing));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Listing>> spare_;
};

// One thread at a time.
class LinuxDirectory final : public Directory {
 public:
  LinuxDirectory(UniqueFd descriptor, Listings& listings, const Forgotten& forgotten)
      : descriptor_(std::move(descriptor)), listings_(listings), forgotten_(forgotten) {}
  ~LinuxDirectory() override {
    if (listing_) listings_.give_back(std::move(listing_));
  }
  LinuxDirectory(const LinuxDirectory&) = delete;
  LinuxDirectory& operator=(const LinuxDirectory&) = delete;

  Outcome<std::span<const DirectoryEntry>> read() override {
    if (!listing_) begin_listing();
    std::span<DirectoryEntry> entries;
    // A block that held nothing but "." and ".." must not look like the end.
    while (entries.empty()) {
      const std::span<std::byte> block = listing_->block();
      const ssize_t size = uninterrupted([&] { return ::getdents64(descriptor_.get(), block.data(), block.size()); });
      if (size == -1) return Outcome<std::span<const DirectoryEntry>>::failure(errno);
      if (size == 0) return {};
      entries = listing_->parse(static_cast<std::size_t>(size));
    }
    for (DirectoryEntry& entry : entries) {
      if (entry.type == EntryType::unknown) entry.type = status(entry.name).value.type;
      if (!gives_inodes_) entry.inode = 0;
    }
    return {entries};
  }

  Outcome<FileStatus> status() override {
    return forgotten_.without_inode(status_at(descriptor_.get(), "", AT_EMPTY_PATH));
  }

  Outcome<FileStatus> status(std::string_view name) override {
    return forgotten_.without_inode(status_at(descriptor_.get(), std::string(name).c_str(), 0));
  }

  Outcome<std::string> listed_name(std::string_view name) override {
    const Outcome<FileStatus> found = status(name);
    return found ? Outcome<std::string>{std::string(name)} : Outcome<std::string>::failure(found.error);
  }

  Outcome<FileContent> read_file(std::string_view name, std::size_t bytes_max) override {
    return content_at(descriptor_.get(), std::string(name).c_str(), bytes_max, AT_SYMLINK_NOFOLLOW, O_NOFOLLOW);
  }

  Descriptor descriptor() const override { return descriptor_.get(); }

 private:
  // btrfs lists what there was when the directory was opened, or when it was last set to its beginning. What came
  // since, before the directory was watched, would be in no listing and in no record.
  void begin_listing() {
    listing_ = listings_.borrow();
    gives_inodes_ = !forgotten_.contains(status_at(descriptor_.get(), "", AT_EMPTY_PATH).value.device);
    (void)::lseek(descriptor_.get(), 0, SEEK_SET);
  }

  UniqueFd descriptor_;
  Listings& listings_;
  const Forgotten& forgotten_;
  std::unique_ptr<Listing> listing_;
  bool gives_inodes_ = true;
};

// Components before the last are only looked into, which needs no right to list them.
constexpr int kWalk = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr int kList = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

Outcome<UniqueFd> opened(int descriptor) {
  if (descriptor == -1) return Outcome<UniqueFd>::failure(errno);
  return {UniqueFd(descriptor)};
}

Outcome<UniqueFd> open_following(int directory, const std::string& path, int flags) {
  return opened(uninterrupted([&] { return ::openat(directory, path.c_str(), flags); }));
}

// No component may be a link.
Outcome<UniqueFd> open_without_links(int directory, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_NO_SYMLINKS;
  return opened(static_cast<int>(
      uninterrupted([&] { return ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how)); })));
}

// A path that the kernel takes, relative to a directory that is held open.
struct Place {
  UniqueFd directory;
  std::string path;

  int at() const { return directory ? directory.get() : AT_FDCWD; }
};

// Walks down until what is left of the path is short enough for the kernel. `open` opens one piece.
template <typename Open>
Outcome<Place> shorten(std::string_view path, Open&& open) {
  Place place;
  while (path.size() >= PATH_MAX) {
    const std::size_t slash = path.rfind('/', PATH_MAX - 1);
    if (slash == std::string_view::npos || slash == 0) return Outcome<Place>::failure(ENAMETOOLONG);
    Outcome<UniqueFd> next = open(place.at(), std::string(path.substr(0, slash)), kWalk);
    if (!next) return Outcome<Place>::failure(next.error);
    place.directory = std::move(next.value);
    // What follows must stay relative, however many slashes stand here.
    path.remove_prefix(std::min(path.find_first_not_of('/', slash), path.size()));
    if (path.empty()) path = ".";
  }
  place.path = path;
  return {std::move(place)};
}

// open_without_links() for systems that have no openat2: name by name, of any length.
Outcome<UniqueFd> open_name_by_name(std::string_view path, int flags) {
  if (path.empty()) return Outcome<UniqueFd>::failure(ENOENT);
  const bool absolute = path.starts_with('/');
  Outcome<UniqueFd> current = open_following(AT_FDCWD, absolute ? "/" : ".", kWalk);
  while (current) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    if (path.empty()) return open_following(current.value.get(), ".", flags);
    const std::string_view name = path.substr(0, path.find('/'));
    current = open_following(current.value.get(), std::string(name), kWalk | O_NOFOLLOW);
    path.remove_prefix(name.size());
  }
  return current;
}

// Everything but the pool of listings is without state: thread-safe.
class LinuxDisk final : public Disk {
 public:
  bool same_name(std::string_view one, std::string_view other) const override { return one == other; }

  Outcome<std::unique_ptr<Directory>> open(const std::string& path) override {
    Outcome<UniqueFd> descriptor = open_exactly(path);
    if (!descriptor) return Outcome<std::unique_ptr<Directory>>::failure(descriptor.error);
    return {std::make_unique<LinuxDirectory>(std::move(descriptor.value), listings_, forgotten_)};
  }

  Outcome<FileStatus> status(const std::string& path) override {
    if (path.size() < PATH_MAX) return forgotten_.without_inode(status_at(AT_FDCWD, path.c_str(), 0));
    const Outcome<Place> place = shorten(path, open_following);
    if (!place) return Outcome<FileStatus>::failure(place.error);
    return forgotten_.without_inode(status_at(place.value.at(), place.value.path.c_str(), 0));
  }

  Outcome<FileStatus> statuses(const std::string& path, std::string_view names,
                               std::vector<Outcome<FileStatus>>& statuses) override;

  Outcome<FileContent> read_file(const std::string& path, std::size_t bytes_max) override {
    const Outcome<Place> place = shorten(path, open_following);
    if (!place) return Outcome<FileContent>::failure(place.error);
    return content_at(place.value.at(), place.value.path.c_str(), bytes_max, 0, 0);
  }

  GitPlaces git_places() const override;

  void forget_inodes(std::uint64_t device) override { forgotten_.add(device); }

  Outcome<std::string> absolute(const std::string& path) override;

  Outcome<std::string> resolve(const std::string& path) override;

  Outcome<Step> last_step(const std::string& path) override;

  Timestamp now() override {
    // File systems stamp changes with the coarse clock, which stands still between two ticks. The fine clock runs
    // ahead of it, and a change made after a look at it could then bear an earlier time. (Since Linux 6.13 some use the
    // fine clock, too: multigrain timestamps. What they stamp is never earlier than the coarse clock was.)
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return Timestamp(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }

 private:
  Outcome<UniqueFd> open_exactly(const std::string& path, int flags = kList);

  // Kernels before 5.6 have no openat2, and some sandboxes forbid it.
  std::atomic<bool> has_openat2_ = true;
  Listings listings_;
  Forgotten forgotten_;
};

Outcome<UniqueFd> LinuxDisk::open_exactly(const std::string& path, int flags) {
  if (!has_openat2_.load(std::memory_order_relaxed)) return open_name_by_name(path, flags);
  Outcome<Place> place = shorten(path, open_without_links);
  Outcome<UniqueFd> result = Outcome<UniqueFd>::failure(place.error);
  if (place) result = open_without_links(place.value.at(), place.value.path, flags);
  if (result.error != ENOSYS && result.error != EPERM && result.error != EINVAL) return result;
  // The directory itself may be what is refused, so only a success the other way tells that openat2 is to blame.
  result = open_name_by_name(path, flags);
  if (result) has_openat2_.store(false, std::memory_order_relaxed);
  return result;
}

// A descriptor that only names the directory (O_PATH) costs less than one to read from, and needs no right to.
Outcome<FileStatus> LinuxDisk::statuses(const std::string& path, std::string_view names,
                                        std::vector<Outcome<FileStatus>>& statuses) {
  statuses.clear();
  const Outcome<UniqueFd> opened = open_exactly(path, kWalk);
  if (!opened) return Outcome<FileStatus>::failure(opened.error);
  const int directory = opened.value.get();
  Outcome<FileStatus> own = forgotten_.without_inode(status_at(directory, "", AT_EMPTY_PATH));
  for (const char *name = names.data(), *const end = name + names.size(); own && name < end;) {
    statuses.push_back(forgotten_.without_inode(status_at(directory, name, 0)));
    name += std::string_view(name).size() + 1;
  }
  return own;
}

Outcome<std::string> read_link(const std::string& path) {
  const Outcome<Place> place = shorten(path, open_following);
  if (!place) return Outcome<std::string>::failure(place.error);
  std::array<char, PATH_MAX> target;
  const ssize_t size = uninterrupted(
      [&] { return ::readlinkat(place.value.at(), place.value.path.c_str(), target.data(), target.size()); });
  if (size == -1) return Outcome<std::string>::failure(errno);
  return {std::string(target.data(), static_cast<std::size_t>(size))};
}

Outcome<std::string> LinuxDisk::absolute(const std::string& path) {
  if (path.empty()) return Outcome<std::string>::failure(ENOENT);
  if (path.starts_with('/')) return {path};
  const std::unique_ptr<char, decltype(&std::free)> here(::getcwd(nullptr, 0), &std::free);
  if (!here) return Outcome<std::string>::failure(errno);
  return {std::string(here.get()) + '/' + path};
}

// Not realpath(3), which refuses what is longer than PATH_MAX. Notes each step in `last`.
Outcome<std::string> follow(std::string rest, Step& last) {
  std::string done;
  last = {"/", {}};
  if (!rest.starts_with('/')) return Outcome<std::string>::failure(ENOENT);
  for (int links = 0;;) {
    rest.erase(0, rest.find_first_not_of('/'));
    if (rest.empty()) return {done.empty() ? "/" : std::move(done)};
    const std::string name = rest.substr(0, rest.find('/'));
    rest.erase(0, name.size());
    if (name == ".") continue;
    if (name == "..") {
      done.erase(std::min(done.rfind('/'), done.size()));
      continue;
    }
    std::string candidate = done + '/' + name;
    const Outcome<std::string> target = read_link(candidate);
    // Where this fails because `done` is no directory, the step before was the last.
    if (target.error != ENOTDIR) last = {done.empty() ? "/" : done, name};
    if (target.error == EINVAL) {
      done = std::move(candidate);
      continue;
    }
    if (!target) return Outcome<std::string>::failure(target.error);
    if (++links > kLinksMax) return Outcome<std::string>::failure(ELOOP);
    if (target.value.starts_with('/')) done.clear();
    rest = target.value + '/' + rest;
  }
}

// Empty where it is not set, or no absolute path.
std::string path_in_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value == '/' ? value : "";
}

GitPlaces LinuxDisk::git_places() const {
  GitPlaces places;
  places.home = path_in_environment("HOME");
  std::string own = path_in_environment("XDG_CONFIG_HOME");
  if (own.empty() && !places.home.empty()) own = places.home + "/.config";
  if (!own.empty()) places.excludes = own + "/git/ignore";
  const auto add = [&](std::string path) {
    if (!path.empty()) places.settings.push_back(std::move(path));
  };
  if (std::getenv("GIT_CONFIG_NOSYSTEM") == nullptr) {
    const bool is_elsewhere = std::getenv("GIT_CONFIG_SYSTEM") != nullptr;
    add(is_elsewhere ? path_in_environment("GIT_CONFIG_SYSTEM") : "/etc/gitconfig");
  }
  if (std::getenv("GIT_CONFIG_GLOBAL") != nullptr) {
    add(path_in_environment("GIT_CONFIG_GLOBAL"));
  } else {
    if (!own.empty()) add(own + "/git/config");
    if (!places.home.empty()) add(places.home + "/.gitconfig");
  }
  return places;
}

Outcome<std::string> LinuxDisk::resolve(const std::string& path) {
  Step last;
  return follow(path, last);
}

Outcome<Step> LinuxDisk::last_step(const std::string& path) {
  Step last;
  const Outcome<std::string> followed = follow(path, last);
  if (followed || followed.error == ENOENT || followed.error == ENOTDIR) return {std::move(last)};
  return Outcome<Step>::failure(followed.error);
}

}  // namespace

std::unique_ptr<Disk> make_disk() { return std::make_unique<LinuxDisk>(); }

}  // namespace vigil::sys
