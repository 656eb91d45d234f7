#include "base/unique_fd.hpp"
#include "sys/fanotify.hpp"
#include "sys/retry.hpp"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vigil::sys {
namespace {

// AT_HANDLE_FID of Linux 6.5: a handle that need not be good for opening, which more file systems have.
constexpr int kHandleForIdentity = 0x200;

// What FIONREAD counts for each record, however long it is.
constexpr std::size_t kCountedBytes = sizeof(fanotify_event_metadata);

class LinuxFanotify final : public Fanotify {
 public:
  explicit LinuxFanotify(base::UniqueFd descriptor) : descriptor_(std::move(descriptor)) {}

  Outcome<std::string> identify(const Directory& directory) override {
    struct statfs file_system {};
    if (uninterrupted([&] { return ::fstatfs(directory.descriptor(), &file_system); }) == -1) {
      return Outcome<std::string>::failure(errno);
    }
    alignas(file_handle) char bytes[sizeof(file_handle) + MAX_HANDLE_SZ];
    auto* const handle = reinterpret_cast<file_handle*>(bytes);
    handle->handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    const auto ask = [&](int flags) {
      handle->handle_bytes = MAX_HANDLE_SZ;
      return ::name_to_handle_at(directory.descriptor(), "", handle, &mount, AT_EMPTY_PATH | flags);
    };
    int done = -1;
    if (has_identity_handles_.load(std::memory_order_relaxed)) {
      done = ask(kHandleForIdentity);
      if (done == -1 && errno == EINVAL) has_identity_handles_.store(false, std::memory_order_relaxed);
    }
    if (done == -1) done = ask(0);
    if (done == -1) return Outcome<std::string>::failure(errno);
    std::string identity(sizeof file_system.f_fsid, '\0');
    std::memcpy(identity.data(), &file_system.f_fsid, sizeof file_system.f_fsid);
    identity.append(bytes, sizeof(file_handle) + handle->handle_bytes);
    return {std::move(identity)};
  }

  int mark_file_system(const Directory& directory, std::uint64_t mask) override {
    return mark(FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, directory.descriptor());
  }

  int mark_directory(const Directory& directory, std::uint64_t mask) override {
    return mark(FAN_MARK_ADD | FAN_MARK_ONLYDIR, mask, directory.descriptor());
  }

  void unmark_file_systems() override { (void)mark(FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, AT_FDCWD); }

  Outcome<std::size_t> read(std::span<std::byte> buffer) override {
    const ssize_t size = uninterrupted([&] { return ::read(descriptor_.get(), buffer.data(), buffer.size()); });
    if (size == -1) return Outcome<std::size_t>::failure(errno);
    return {static_cast<std::size_t>(size)};
  }

  Outcome<std::size_t> pending() override {
    int size = 0;
    if (::ioctl(descriptor_.get(), FIONREAD, &size) == -1) return Outcome<std::size_t>::failure(errno);
    return {static_cast<std::size_t>(size) / kCountedBytes};
  }

  Descriptor descriptor() const override { return descriptor_.get(); }

 private:
  int mark(unsigned flags, std::uint64_t mask, int directory) {
    return ::fanotify_mark(descriptor_.get(), flags, mask, directory, nullptr) == -1 ? errno : 0;
  }

  base::UniqueFd descriptor_;
  std::atomic<bool> has_identity_handles_ = true;
};

}  // namespace

Outcome<std::unique_ptr<Fanotify>> open_fanotify() {
  base::UniqueFd descriptor(::fanotify_init(
      FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME_TARGET | FAN_UNLIMITED_MARKS | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY));
  if (!descriptor) return Outcome<std::unique_ptr<Fanotify>>::failure(errno);
  return {std::make_unique<LinuxFanotify>(std::move(descriptor))};
}

}  // namespace vigil::sys
