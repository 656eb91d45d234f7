// A file system that shows another directory, and whose operations can be made to hang: hanging_fs SOURCE MOUNTPOINT.
//
// Reads lines from the standard input: "hang OPERATION" (getattr, open, readdir), "answer" ends all of that; "slow
// OPERATION" has each take 5 ms. Says "mounted" when it is, "hangs OPERATION" once it does so, and "hung OPERATION"
// when one begins to hang. What the process that started it asks for never hangs, so that it can make changes that
// others have to look at. Unmounts at the end of its input.
#define FUSE_USE_VERSION 312
#include <fuse3/fuse.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace {

std::string source;

void say(const std::string& line) {
  const std::string whole = line + '\n';
  (void)!::write(STDOUT_FILENO, whole.data(), whole.size());
}

// The system tells the thread that asks.
bool is_asked_by_parent() {
  const std::string thread = std::to_string(fuse_get_context()->pid);
  return ::access(("/proc/" + std::to_string(::getppid()) + "/task/" + thread).c_str(), F_OK) == 0;
}

class Gate {
 public:
  void hang(const std::string& operation) {
    const std::lock_guard lock(mutex_);
    hanging_.insert(operation);
    say("hangs " + operation);
  }

  void slow(const std::string& operation) {
    const std::lock_guard lock(mutex_);
    slow_.insert(operation);
  }

  void answer() {
    const std::lock_guard lock(mutex_);
    hanging_.clear();
    changed_.notify_all();
  }

  void pass(const std::string& operation) {
    std::unique_lock lock(mutex_);
    if (slow_.contains(operation) && !is_asked_by_parent()) {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      lock.lock();
    }
    if (!hanging_.contains(operation) || is_asked_by_parent()) return;
    say("hung " + operation);
    changed_.wait(lock, [&] { return !hanging_.contains(operation); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> hanging_;
  std::set<std::string> slow_;
};

Gate gate;

int result(int value) { return value == -1 ? -errno : 0; }
std::string real(const char* path) { return source + path; }

int get_attributes(const char* path, struct stat* status, fuse_file_info*) {
  gate.pass("getattr");
  return result(::lstat(real(path).c_str(), status));
}

int read_directory(const char* path, void* room, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
  gate.pass("readdir");
  DIR* const directory = ::opendir(real(path).c_str());
  if (directory == nullptr) return -errno;
  while (const dirent* const entry = ::readdir(directory)) {
    struct stat status {};
    status.st_ino = entry->d_ino;
    status.st_mode = static_cast<mode_t>(DTTOIF(entry->d_type));
    if (fill(room, entry->d_name, &status, 0, fuse_fill_dir_flags{}) != 0) break;
  }
  ::closedir(directory);
  return 0;
}

int open_directory(const char* path, fuse_file_info*) {
  gate.pass("open");
  return result(::access(real(path).c_str(), R_OK));
}

int open_file(const char* path, fuse_file_info* file) {
  gate.pass("open");
  const int descriptor = ::open(real(path).c_str(), file->flags & ~O_NOFOLLOW);
  if (descriptor == -1) return -errno;
  file->fh = static_cast<std::uint64_t>(descriptor);
  return 0;
}

int create(const char* path, mode_t mode, fuse_file_info* file) {
  const int descriptor = ::open(real(path).c_str(), file->flags | O_CREAT, mode);
  if (descriptor == -1) return -errno;
  file->fh = static_cast<std::uint64_t>(descriptor);
  return 0;
}

int read_file(const char*, char* room, std::size_t size, off_t offset, fuse_file_info* file) {
  const ssize_t done = ::pread(static_cast<int>(file->fh), room, size, offset);
  return done == -1 ? -errno : static_cast<int>(done);
}

int write_file(const char*, const char* bytes, std::size_t size, off_t offset, fuse_file_info* file) {
  const ssize_t done = ::pwrite(static_cast<int>(file->fh), bytes, size, offset);
  return done == -1 ? -errno : static_cast<int>(done);
}

int release(const char*, fuse_file_info* file) {
  ::close(static_cast<int>(file->fh));
  return 0;
}

int truncate_file(const char* path, off_t size, fuse_file_info*) {
  return result(::truncate(real(path).c_str(), size));
}
int make_directory(const char* path, mode_t mode) { return result(::mkdir(real(path).c_str(), mode)); }
int remove_file(const char* path) { return result(::unlink(real(path).c_str())); }
int remove_directory(const char* path) { return result(::rmdir(real(path).c_str())); }
int rename_entry(const char* from, const char* to, unsigned flags) {
  return flags != 0 ? -EINVAL : result(::rename(real(from).c_str(), real(to).c_str()));
}

// Nothing is kept by the kernel: whoever asks, asks here.
void* begin(fuse_conn_info*, fuse_config* config) {
  config->use_ino = 1;
  config->entry_timeout = 0;
  config->attr_timeout = 0;
  config->negative_timeout = 0;
  say("mounted");
  return nullptr;
}

void obey(const std::string& mountpoint) {
  for (std::string word; std::cin >> word;) {
    if (word == "answer") gate.answer();
    if (word == "slow" && std::cin >> word) gate.slow(word);
    if (word == "hang" && std::cin >> word) gate.hang(word);
  }
  (void)::umount2(mountpoint.c_str(), MNT_DETACH);
  ::_exit(0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  source = arguments[1];
  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.readdir = read_directory;
  operations.opendir = open_directory;
  operations.open = open_file;
  operations.create = create;
  operations.read = read_file;
  operations.write = write_file;
  operations.release = release;
  operations.truncate = truncate_file;
  operations.mkdir = make_directory;
  operations.unlink = remove_file;
  operations.rmdir = remove_directory;
  operations.rename = rename_entry;
  operations.init = begin;
  char* words[] = {arguments[0], nullptr};
  fuse_args args = FUSE_ARGS_INIT(1, words);
  fuse* const file_system = fuse_new(&args, &operations, sizeof operations, nullptr);
  if (file_system == nullptr || fuse_mount(file_system, arguments[2]) != 0) return 1;
  std::thread(obey, std::string(arguments[2])).detach();
  fuse_loop_config* const config = fuse_loop_cfg_create();
  const int code = fuse_loop_mt(file_system, config);
  return code == 0 ? 0 : 1;
}
