#include "base/unique_fd.hpp"
#include "sys/inotify.hpp"
#include "sys/retry.hpp"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace vigil::sys {
namespace {

Outcome<int> add_path(int inotify, const char* path, std::uint32_t mask) {
  const int watch = ::inotify_add_watch(inotify, path, mask);
  if (watch == -1) return Outcome<int>::failure(errno);
  return {watch};
}

// Adds a watch on an open directory where /proc is missing: a thread enters the directory and calls it ".". The thread
// has a working directory of its own, so the program's stays where it is. Costs a thread each time.
Outcome<int> add_from_within(int inotify, int directory, std::uint32_t mask) {
  Outcome<int> result;
  const auto enter_and_add = [&] {
    const bool entered = ::unshare(CLONE_FS) == 0 && ::fchdir(directory) == 0;
    result = entered ? add_path(inotify, ".", mask) : Outcome<int>::failure(errno);
  };
  try {
    std::thread(enter_and_add).join();
  } catch (const std::system_error& no_thread) {
    return Outcome<int>::failure(no_thread.code().value());
  }
  return result;
}

class LinuxInotify final : public Inotify {
 public:
  LinuxInotify(base::UniqueFd descriptor, std::string_view descriptor_links)
      : descriptor_(std::move(descriptor)), descriptor_links_(descriptor_links) {}

  Outcome<int> add(const Directory& directory, std::uint32_t mask) override {
    if (!has_links_) return add_from_within(descriptor_.get(), directory.descriptor(), mask);
    const std::string link = descriptor_links_ + std::to_string(directory.descriptor());
    // The link of a descriptor has to be followed: it leads to what is open there, not along a path.
    const Outcome<int> result = add_path(descriptor_.get(), link.c_str(), mask & ~std::uint32_t{IN_DONT_FOLLOW});
    if (result.error != ENOENT && result.error != ENOTDIR) return result;
    has_links_ = false;
    return add(directory, mask);
  }

  int remove(int watch) override { return ::inotify_rm_watch(descriptor_.get(), watch) == -1 ? errno : 0; }

  Outcome<std::size_t> read(std::span<std::byte> buffer) override {
    const ssize_t size = uninterrupted([&] { return ::read(descriptor_.get(), buffer.data(), buffer.size()); });
    if (size == -1) return Outcome<std::size_t>::failure(errno);
    return {static_cast<std::size_t>(size)};
  }

  Outcome<std::size_t> pending() override {
    int size = 0;
    if (::ioctl(descriptor_.get(), FIONREAD, &size) == -1) return Outcome<std::size_t>::failure(errno);
    return {static_cast<std::size_t>(size)};
  }

  Descriptor descriptor() const override { return descriptor_.get(); }

 private:
  base::UniqueFd descriptor_;
  const std::string descriptor_links_;
  std::atomic<bool> has_links_ = true;
};

// Its descriptor is there from the beginning, and leads to that of the instance once there is one.
class LateInotify final : public Inotify {
 public:
  explicit LateInotify(base::UniqueFd descriptor) : descriptor_(std::move(descriptor)) {}

  Outcome<int> add(const Directory& directory, std::uint32_t mask) override {
    if (const int error = try_for_one(); error != 0) return Outcome<int>::failure(error);
    return instance_->add(directory, mask);
  }

  int remove(int watch) override { return is_there_ ? instance_->remove(watch) : EINVAL; }

  Outcome<std::size_t> read(std::span<std::byte> buffer) override {
    return is_there_ ? instance_->read(buffer) : Outcome<std::size_t>::failure(EAGAIN);
  }

  Outcome<std::size_t> pending() override { return is_there_ ? instance_->pending() : Outcome<std::size_t>{}; }

  Descriptor descriptor() const override { return descriptor_.get(); }

 private:
  int try_for_one() {
    if (is_there_) return 0;
    const std::lock_guard lock(mutex_);
    if (is_there_) return 0;
    Outcome<std::unique_ptr<Inotify>> opened = open_inotify();
    if (!opened) return opened.error;
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(descriptor_.get(), EPOLL_CTL_ADD, opened.value->descriptor(), &event) != 0) return errno;
    instance_ = std::move(opened.value);
    is_there_ = true;
    return 0;
  }

  base::UniqueFd descriptor_;
  std::mutex mutex_;
  std::unique_ptr<Inotify> instance_;  // set once, before is_there_ is
  std::atomic<bool> is_there_ = false;
};

}  // namespace

Outcome<std::unique_ptr<Inotify>> open_inotify(std::string_view descriptor_links) {
  base::UniqueFd descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!descriptor) return Outcome<std::unique_ptr<Inotify>>::failure(errno);
  return {std::make_unique<LinuxInotify>(std::move(descriptor), descriptor_links)};
}

Outcome<std::unique_ptr<Inotify>> open_inotify_later() {
  base::UniqueFd descriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!descriptor) return Outcome<std::unique_ptr<Inotify>>::failure(errno);
  return {std::make_unique<LateInotify>(std::move(descriptor))};
}

}  // namespace vigil::sys
