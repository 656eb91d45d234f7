// A file system that shows another directory: pass_through_fs SOURCE MOUNTPOINT [own-inodes].
//
// With "own-inodes" it says nothing of the source's inode numbers, so that libfuse gives out its own: another one when
// the kernel forgot the entry meanwhile. Prints "mounted" when it is, and unmounts at the end of its input.
#define FUSE_USE_VERSION 312
#include <fuse3/fuse.h>

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

std::string source;
bool has_own_inodes = false;

int result(long value) { return value == -1 ? -errno : 0; }
std::string real(const char* path) { return source + path; }
int handle(const fuse_file_info* file) { return static_cast<int>(file->fh); }

// What was removed while it is open has no path any more.
int get_attributes(const char* path, struct stat* status, fuse_file_info* file) {
  return result(path == nullptr ? ::fstat(handle(file), status) : ::lstat(real(path).c_str(), status));
}

int open_directory(const char* path, fuse_file_info* file) {
  DIR* const directory = ::opendir(real(path).c_str());
  if (directory == nullptr) return -errno;
  file->fh = reinterpret_cast<std::uint64_t>(directory);
  return 0;
}

DIR* open_as(const fuse_file_info* file) { return reinterpret_cast<DIR*>(file->fh); }

int read_directory(const char*, void* room, fuse_fill_dir_t fill, off_t, fuse_file_info* file, fuse_readdir_flags) {
  DIR* const directory = open_as(file);
  ::rewinddir(directory);
  while (const dirent* const entry = ::readdir(directory)) {
    struct stat status {};
    status.st_ino = entry->d_ino;
    status.st_mode = static_cast<mode_t>(DTTOIF(entry->d_type));
    if (fill(room, entry->d_name, &status, 0, fuse_fill_dir_flags{}) != 0) break;
  }
  return 0;
}

int close_directory(const char*, fuse_file_info* file) { return result(::closedir(open_as(file))); }

int keep(int descriptor, fuse_file_info* file) {
  if (descriptor == -1) return -errno;
  file->fh = static_cast<std::uint64_t>(descriptor);
  return 0;
}

int open_file(const char* path, fuse_file_info* file) {
  return keep(::open(real(path).c_str(), (file->flags & ~O_NOFOLLOW) | O_CLOEXEC), file);
}

int create(const char* path, mode_t mode, fuse_file_info* file) {
  return keep(::open(real(path).c_str(), file->flags | O_CREAT | O_CLOEXEC, mode), file);
}

int read_file(const char*, char* room, std::size_t size, off_t offset, fuse_file_info* file) {
  const ssize_t done = ::pread(handle(file), room, size, offset);
  return done == -1 ? -errno : static_cast<int>(done);
}

int write_file(const char*, const char* bytes, std::size_t size, off_t offset, fuse_file_info* file) {
  const ssize_t done = ::pwrite(handle(file), bytes, size, offset);
  return done == -1 ? -errno : static_cast<int>(done);
}

int release(const char*, fuse_file_info* file) {
  ::close(handle(file));
  return 0;
}

int truncate_file(const char* path, off_t size, fuse_file_info* file) {
  return result(path == nullptr ? ::ftruncate(handle(file), size) : ::truncate(real(path).c_str(), size));
}

int change_mode(const char* path, mode_t mode, fuse_file_info* file) {
  return result(path == nullptr ? ::fchmod(handle(file), mode) : ::chmod(real(path).c_str(), mode));
}

int change_times(const char* path, const timespec* times, fuse_file_info* file) {
  return result(path == nullptr ? ::futimens(handle(file), times)
                                : ::utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}

int read_link(const char* path, char* room, std::size_t size) {
  const ssize_t length = ::readlink(real(path).c_str(), room, size - 1);
  if (length == -1) return -errno;
  room[length] = '\0';
  return 0;
}

int make_directory(const char* path, mode_t mode) { return result(::mkdir(real(path).c_str(), mode)); }
int make_node(const char* path, mode_t mode, dev_t device) { return result(::mknod(real(path).c_str(), mode, device)); }
int make_link(const char* target, const char* path) { return result(::symlink(target, real(path).c_str())); }
int make_hard_link(const char* from, const char* path) {
  return result(::link(real(from).c_str(), real(path).c_str()));
}
int remove_file(const char* path) { return result(::unlink(real(path).c_str())); }
int remove_directory(const char* path) { return result(::rmdir(real(path).c_str())); }
int rename_entry(const char* from, const char* to, unsigned flags) {
  return result(::syscall(SYS_renameat2, AT_FDCWD, real(from).c_str(), AT_FDCWD, real(to).c_str(), flags));
}

void* begin(fuse_conn_info*, fuse_config* config) {
  config->use_ino = has_own_inodes ? 0 : 1;
  config->nullpath_ok = 1;
  config->hard_remove = 1;  // or else what is open would be renamed behind the kernel's back
  (void)!::write(STDOUT_FILENO, "mounted\n", 8);
  return nullptr;
}

void unmount_at_end_of_input(const std::string& mountpoint) {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  (void)::umount2(mountpoint.c_str(), MNT_DETACH);
  ::_exit(0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  source = arguments[1];
  has_own_inodes = count > 3 && std::string_view(arguments[3]) == "own-inodes";
  ::umask(0);
  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.opendir = open_directory;
  operations.readdir = read_directory;
  operations.releasedir = close_directory;
  operations.open = open_file;
  operations.create = create;
  operations.read = read_file;
  operations.write = write_file;
  operations.release = release;
  operations.truncate = truncate_file;
  operations.chmod = change_mode;
  operations.utimens = change_times;
  operations.readlink = read_link;
  operations.mkdir = make_directory;
  operations.mknod = make_node;
  operations.symlink = make_link;
  operations.link = make_hard_link;
  operations.unlink = remove_file;
  operations.rmdir = remove_directory;
  operations.rename = rename_entry;
  operations.init = begin;
  char* words[] = {arguments[0], nullptr};
  fuse_args args = FUSE_ARGS_INIT(1, words);
  fuse* const file_system = fuse_new(&args, &operations, sizeof operations, nullptr);
  if (file_system == nullptr || fuse_mount(file_system, arguments[2]) != 0) return 1;
  std::thread(unmount_at_end_of_input, std::string(arguments[2])).detach();
  const int code = fuse_loop_mt(file_system, fuse_loop_cfg_create());
  return code == 0 ? 0 : 1;
}
