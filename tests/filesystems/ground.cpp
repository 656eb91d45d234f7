#include "filesystems/ground.hpp"

#include "base/unique_fd.hpp"
#include "support/files.hpp"
#include "support/random_work.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

namespace vigil::filesystems {

namespace {

constexpr std::size_t kOperationsBefore = 300;
constexpr unsigned kWriters = 3;

std::string words_of_error() { return std::strerror(errno); }

pid_t start(const std::vector<std::string>& words, int input, int output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (input != -1) ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  if (output != -1) {
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  pid_t process = -1;
  const int error = ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  errno = error;
  return error == 0 ? process : -1;
}

// Empty, or why it did not do what it should.
std::string run(const std::vector<std::string>& words) {
  const pid_t process = start(words, -1, -1);
  if (process == -1) return words[0] + ": " + words_of_error();
  int status = 0;
  while (::waitpid(process, &status, 0) == -1 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return words[0] + " failed with " + std::to_string(status);
}

std::string place_named(const std::string& name) {
  const std::string place = yard() + '/' + name;
  testing::make_directory(place);
  return place;
}

// A part of the yard for each seed, with some entries to begin with.
Arena prepare(const std::string& place, std::uint64_t seed, const std::string& prefix = "seed-") {
  const std::string top = place + '/' + prefix + std::to_string(seed);
  Arena arena{top + "/inside", top + "/outside", top + "/inside"};
  testing::make_directory(arena.inside);
  testing::make_directory(arena.outside);
  testing::work_together(seed * 100, kWriters, kOperationsBefore, arena.inside, arena.outside);
  return arena;
}

class Plain final : public Ground {
 public:
  explicit Plain(std::string place) : place_(std::move(place)) {}
  Arena arena(std::uint64_t seed) override { return prepare(place_, seed); }

 private:
  std::string place_;
};

class OnLoop final : public Ground {
 public:
  OnLoop(const std::string& format, std::string& why) : place_(place_named(format)), mount_(format, place_, why) {}
  Arena arena(std::uint64_t seed) override { return prepare(place_, seed); }

 private:
  std::string place_;
  LoopMount mount_;
};

// Each seed has a layer of its own below, with entries, which is read-only once it is shown.
class Overlay final : public Ground {
 public:
  explicit Overlay(std::string& why) : place_(place_named("overlay")) {
    const Arena first = show("probe", why);
    if (why.empty()) (void)::umount2(first.watched.c_str(), MNT_DETACH);
  }

  Arena arena(std::uint64_t seed) override {
    (void)prepare(place_, seed, "lower-");
    std::string why;
    const Arena merged = show(std::to_string(seed), why);
    // Some of what is below is changed already, which has it copied up.
    testing::work_together(seed * 100 + 50, kWriters, kOperationsBefore / 3, merged.inside, merged.outside);
    return merged;
  }

 private:
  Arena show(const std::string& name, std::string& why) {
    const auto layer = [&](const std::string& what) {
      const std::string directory = place_ + '/' + what + '-' + name;
      testing::make_directory(directory);
      return directory;
    };
    const std::string lower = layer("lower");
    const std::string options = "lowerdir=" + lower + ",upperdir=" + layer("upper") + ",workdir=" + layer("work");
    const std::string merged = layer("merged");
    if (::mount("overlay", merged.c_str(), "overlay", 0, options.c_str()) != 0) why = "overlayfs: " + words_of_error();
    return {merged + "/inside", merged + "/outside", merged + "/inside"};
  }

  std::string place_;
};

// The program is asked to unmount by the end of its input, which comes with the end of this process at the latest.
class Fuse final : public Ground {
 public:
  Fuse(const std::string& name, bool own_inodes, std::string& why) : place_(place_named(name)) {
    if (std::strlen(VIGIL_PASS_THROUGH_FS) == 0) {
      why = "built without libfuse3";
      return;
    }
    if (::access("/dev/fuse", R_OK | W_OK) != 0) {
      why = "no access to /dev/fuse";
      return;
    }
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) return;
    const base::UniqueFd its_input(input[0]);
    const base::UniqueFd its_output(output[1]);
    const base::UniqueFd said(output[0]);
    input_ = base::UniqueFd(input[1]);
    std::vector<std::string> words = {VIGIL_PASS_THROUGH_FS, place_named(name + "-source"), place_};
    if (own_inodes) words.emplace_back("own-inodes");
    process_ = start(words, its_input.get(), its_output.get());
    char byte = 0;
    if (process_ == -1 || ::read(said.get(), &byte, 1) != 1) why = "the FUSE file system cannot be mounted";
  }

  ~Fuse() override {
    input_.reset();
    if (process_ != -1) (void)::waitpid(process_, nullptr, 0);
    (void)::umount2(place_.c_str(), MNT_DETACH);  // where it came to another end
  }

  Arena arena(std::uint64_t seed) override { return prepare(place_, seed); }

 private:
  std::string place_;
  base::UniqueFd input_;
  pid_t process_ = -1;
};

bool show_at(const std::string& source, const std::string& place) {
  testing::make_directory(place);
  return ::mount(source.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

// Watched by one mount, worked on through the other.
class Bind final : public Ground {
 public:
  explicit Bind(std::string& why) : source_(place_named("bind-source")), target_(place_named("bind")) {
    if (!show_at(source_, target_)) why = "bind mounts: " + words_of_error();
  }

  Arena arena(std::uint64_t seed) override {
    Arena arena = prepare(source_, seed);
    arena.watched = target_ + arena.inside.substr(source_.size());
    return arena;
  }

 private:
  std::string source_;
  std::string target_;
};

// One directory that is in the watched tree twice, beside one that is in it once.
class BindTwice final : public Ground {
 public:
  Arena arena(std::uint64_t seed) override {
    const std::string top = place_named("twice-" + std::to_string(seed));
    Arena arena = prepare(top, seed, "one-");
    arena.watched = top + "/one-" + std::to_string(seed);
    (void)show_at(arena.inside, arena.watched + "/again");
    return arena;
  }
};

}  // namespace

const std::vector<std::string>& ground_names() {
  static const std::vector<std::string> names = {"ext4", "xfs",  "btrfs",           "tmpfs",     "overlayfs",
                                                 "bind", "fuse", "fuse_own_inodes", "bind_twice"};
  return names;
}

const std::string& yard() {
  static const testing::TemporaryDirectory directory;
  static const bool mounted = ::mount("yard", directory.path().c_str(), "tmpfs", 0, "mode=755") == 0;
  // The mount is gone before the directory is removed.
  struct Unmount {
    std::string place;
    ~Unmount() { (void)::umount2(place.c_str(), MNT_DETACH); }
  };
  static const Unmount unmount{mounted ? directory.path() : std::string("/nonexistent")};
  return directory.path();
}

std::string why_not() {
  static const std::string why = [] {
    if (::geteuid() != 0) return std::string("mounting takes root");
    if (::unshare(CLONE_NEWNS) != 0) return "no mount namespace of our own: " + words_of_error();
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return "private mounts: " + words_of_error();
    return std::string();
  }();
  return why;
}

std::unique_ptr<Ground> make_ground(const std::string& name, std::string& why) {
  std::unique_ptr<Ground> ground;
  if (name == "ext4" || name == "xfs" || name == "btrfs") ground = std::make_unique<OnLoop>(name, why);
  if (name == "tmpfs") ground = std::make_unique<Plain>(place_named(name));
  if (name == "overlayfs") ground = std::make_unique<Overlay>(why);
  if (name == "fuse") ground = std::make_unique<Fuse>(name, false, why);
  if (name == "fuse_own_inodes") ground = std::make_unique<Fuse>(name, true, why);
  if (name == "bind") ground = std::make_unique<Bind>(why);
  if (name == "bind_twice") ground = std::make_unique<BindTwice>();
  if (!why.empty()) return nullptr;
  return ground;
}

LoopMount::LoopMount(const std::string& format, std::string place, std::string& why)
    : image_(yard() + '/' + format + ".image"), place_(std::move(place)) {
  constexpr off_t kBytes = off_t{512} << 20;  // the least that xfs takes is 300 MiB; what is not written takes no room
  const base::UniqueFd image(::open(image_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!image || ::ftruncate(image.get(), kBytes) != 0) {
    why = image_ + ": " + words_of_error();
    return;
  }
  why = run({"mkfs." + format, "-q", format == "ext4" ? "-F" : "-f", image_});
  if (why.empty() && !mount_at(place_)) why = "no loop device for " + format;
}

LoopMount::~LoopMount() { (void)::umount2(place_.c_str(), MNT_DETACH); }

// The device is given up with the mount.
bool LoopMount::mount_at(const std::string& place) {
  place_ = place;
  return run({"mount", "-o", "loop", image_, place_}).empty();
}

bool LoopMount::unmount() {
  for (int tries = 0; tries < 500; ++tries) {
    if (::umount2(place_.c_str(), 0) == 0) return true;
    if (errno != EBUSY) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace vigil::filesystems
