#include "base/unique_fd.hpp"
#include "sys/error_codes.hpp"
#include "sys/mounts.hpp"
#include "sys/retry.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <utility>

namespace vigil::sys {

namespace {

constexpr const char* kTable = "/proc/self/mountinfo";

// Of statfs(2), by their names in the mount table; only those that are not told by the kernel to be local.
std::string type_of_magic(std::uint32_t magic) {
  switch (magic) {
    case 0x6969: return "nfs";
    case 0x517B: return "smbfs";
    case 0xFF534D42: return "cifs";
    case 0xFE534D42: return "smb3";
    case 0x01021997: return "9p";
    case 0x65735546: return "fuse";
    case 0x00C36400: return "ceph";
    case 0x5346414F: return "afs";
    case 0x73757245: return "coda";
    case 0x786F4256: return "vboxsf";
    case 0x0BD00BD0: return "lustre";
    case 0xEF53: return "ext4";
    case 0x58465342: return "xfs";
    case 0x9123683E: return "btrfs";
    case 0x01021994: return "tmpfs";
    case 0x794C7630: return "overlay";
    case 0x2FC12FC1: return "zfs";
    case 0xF2F52010: return "f2fs";
    case 0x9FA0: return "proc";
    case 0x62656572: return "sysfs";
    default: return {};
  }
}

int join(int joint, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  return ::epoll_ctl(joint, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : errno;
}

// The kernel shows a change to each descriptor of the table once, at whatever looks first. So there are two: one that
// wakes whoever sleeps, whose looks cannot be told apart, and one that is only ever looked at by changed().
class LinuxMounts final : public Mounts {
 public:
  LinuxMounts(base::UniqueFd joint, base::UniqueFd waking, base::UniqueFd table)
      : joint_(std::move(joint)), waking_(std::move(waking)), table_(std::move(table)) {}

  Descriptor descriptor() const override { return joint_.get(); }

  int join(Descriptor descriptor) override { return sys::join(joint_.get(), descriptor, EPOLLIN); }

  bool changed() override {
    if (!table_) return false;
    pollfd polled{table_.get(), POLLPRI, 0};
    return ::poll(&polled, 1, 0) == 1 && (polled.revents & (POLLPRI | POLLERR)) != 0;
  }

  Outcome<std::vector<Mount>> read() override {
    if (!table_) return Outcome<std::vector<Mount>>::failure(kNotFound);
    std::string text;
    std::array<char, 16384> block;
    while (true) {
      const ssize_t size = uninterrupted(
          [&] { return ::pread(table_.get(), block.data(), block.size(), static_cast<off_t>(text.size())); });
      if (size == -1) return Outcome<std::vector<Mount>>::failure(errno);
      if (size == 0) return {parse_mount_table(text)};
      text.append(block.data(), static_cast<std::size_t>(size));
    }
  }

  std::string type_of(const Directory& directory) override {
    struct statfs status {};
    if (uninterrupted([&] { return ::fstatfs(directory.descriptor(), &status); }) == -1) return {};
    return type_of_magic(static_cast<std::uint32_t>(status.f_type));
  }

 private:
  base::UniqueFd joint_;
  base::UniqueFd waking_;
  base::UniqueFd table_;
};

base::UniqueFd open_table() {
  return base::UniqueFd(static_cast<int>(uninterrupted([] { return ::open(kTable, O_RDONLY | O_CLOEXEC); })));
}

}  // namespace

Outcome<std::unique_ptr<Mounts>> open_mounts() {
  using Opened = Outcome<std::unique_ptr<Mounts>>;
  base::UniqueFd joint(::epoll_create1(EPOLL_CLOEXEC));
  if (!joint) return Opened::failure(errno);
  base::UniqueFd waking = open_table();
  if (!waking && meaning_of(errno) == ErrorMeaning::limit) return Opened::failure(errno);
  base::UniqueFd table = open_table();
  if (!table && meaning_of(errno) == ErrorMeaning::limit) return Opened::failure(errno);
  const int error = waking ? join(joint.get(), waking.get(), EPOLLPRI) : 0;
  if (error != 0) return Opened::failure(error);
  return {std::make_unique<LinuxMounts>(std::move(joint), std::move(waking), std::move(table))};
}

}  // namespace vigil::sys
