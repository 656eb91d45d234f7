#include "core/attesting_disk.hpp"

#include <utility>

namespace vigil::core {

namespace {

using Returned = std::function<void()>;

template <typename T>
sys::Outcome<T> attest(const Returned& returned, sys::Outcome<T> outcome) {
  returned();
  return outcome;
}

class AttestingDirectory final : public sys::Directory {
 public:
  AttestingDirectory(std::unique_ptr<sys::Directory> directory, const Returned& returned)
      : directory_(std::move(directory)), returned_(returned) {}

  sys::Outcome<std::span<const sys::DirectoryEntry>> read() override { return attest(returned_, directory_->read()); }
  sys::Outcome<sys::FileStatus> status() override { return attest(returned_, directory_->status()); }
  sys::Outcome<sys::FileStatus> status(std::string_view name) override {
    return attest(returned_, directory_->status(name));
  }
  sys::Outcome<std::string> listed_name(std::string_view name) override {
    return attest(returned_, directory_->listed_name(name));
  }
  sys::Outcome<sys::FileContent> read_file(std::string_view name, std::size_t bytes_max) override {
    return attest(returned_, directory_->read_file(name, bytes_max));
  }
  Descriptor descriptor() const override { return directory_->descriptor(); }

 private:
  const std::unique_ptr<sys::Directory> directory_;
  const Returned& returned_;
};

class AttestingDisk final : public sys::Disk {
 public:
  AttestingDisk(std::unique_ptr<sys::Disk> disk, Returned returned)
      : disk_(std::move(disk)), returned_(std::move(returned)) {}

  std::string prefix(const std::string& root) const override { return disk_->prefix(root); }
  char separator() const override { return disk_->separator(); }
  bool same_name(std::string_view one, std::string_view other) const override { return disk_->same_name(one, other); }
  Timestamp now() override { return disk_->now(); }

  sys::Outcome<std::string> absolute(const std::string& path) override {
    return attest(returned_, disk_->absolute(path));
  }
  sys::Outcome<sys::FileStatus> status(const std::string& path) override {
    return attest(returned_, disk_->status(path));
  }
  sys::Outcome<sys::FileContent> read_file(const std::string& path, std::size_t bytes_max) override {
    return attest(returned_, disk_->read_file(path, bytes_max));
  }
  sys::GitPlaces git_places() const override { return disk_->git_places(); }
  bool times_tell_of_names() const override { return disk_->times_tell_of_names(); }
  void forget_inodes(std::uint64_t device) override { disk_->forget_inodes(device); }
  sys::Outcome<std::string> resolve(const std::string& path) override {
    return attest(returned_, disk_->resolve(path));
  }
  sys::Outcome<sys::Step> last_step(const std::string& path) override {
    return attest(returned_, disk_->last_step(path));
  }

  sys::Outcome<std::unique_ptr<sys::Directory>> open(const std::string& path) override {
    sys::Outcome<std::unique_ptr<sys::Directory>> opened = attest(returned_, disk_->open(path));
    if (opened) opened.value = std::make_unique<AttestingDirectory>(std::move(opened.value), returned_);
    return opened;
  }

 private:
  const std::unique_ptr<sys::Disk> disk_;
  const Returned returned_;
};

}  // namespace

std::unique_ptr<sys::Disk> make_attesting_disk(std::unique_ptr<sys::Disk> disk, std::function<void()> returned) {
  return std::make_unique<AttestingDisk>(std::move(disk), std::move(returned));
}

}  // namespace vigil::core
