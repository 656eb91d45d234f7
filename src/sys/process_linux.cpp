#include "sys/process.hpp"

#include "base/unique_fd.hpp"
#include "sys/retry.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueFd;

// Since Linux 5.3: a descriptor that names a process, so that a number used again never has another one killed.
UniqueFd open_pid(pid_t pid) { return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

// A child by its descriptor, where there is one, or by its number.
int wait_for(pid_t pid, const UniqueFd& handle, int options, siginfo_t& information) {
  information = {};
  return handle
             ? uninterrupted([&] { return ::waitid(P_PIDFD, static_cast<id_t>(handle.get()), &information, options); })
             : uninterrupted([&] { return ::waitid(P_PID, static_cast<id_t>(pid), &information, options); });
}

// Whether it ended, and how; takes it off the system's list.
std::optional<Ending> collect(pid_t pid, const UniqueFd& handle) {
  siginfo_t information;
  // The program ignores SIGCHLD, or waits for any child: what it took away cannot be asked for any more.
  if (wait_for(pid, handle, WEXITED | WNOHANG, information) != 0) return Ending{.known = false};
  if (information.si_pid == 0) return std::nullopt;
  if (information.si_code == CLD_EXITED) return Ending{.code = information.si_status};
  return Ending{.signal = information.si_status};
}

// Processes that were killed and had not ended when their owner went. A process has one list of children, whatever
// parts it is made of: so this is one of the whole program.
class Remains {
 public:
  void add(pid_t pid, UniqueFd handle) {
    const std::lock_guard lock(mutex_);
    all_.emplace_back(pid, std::move(handle));
  }

  std::size_t collect_ended() {
    const std::lock_guard lock(mutex_);
    std::erase_if(all_, [](const auto& each) { return collect(each.first, each.second).has_value(); });
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<pid_t, UniqueFd>> all_;
};

Remains& remains() {
  static Remains all;
  return all;
}

class LinuxProcess;

class LinuxProcesses final : public Processes {
 public:
  explicit LinuxProcesses(UniqueFd epoll) : epoll_(std::move(epoll)) {}

  Descriptor descriptor() const override { return epoll_.get(); }
  bool look() override;
  Outcome<std::unique_ptr<Process>> start(const std::string& program,
                                          const std::vector<std::string>& arguments) override;

  void control(int operation, int descriptor, std::uint32_t events, LinuxProcess* process) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = process;
    (void)::epoll_ctl(epoll_.get(), operation, descriptor, &event);
  }
  // Closing a descriptor is not enough where a process that was forked off has it too.
  void leave(int descriptor) { control(EPOLL_CTL_DEL, descriptor, 0, nullptr); }
  void forget(LinuxProcess* process) { std::erase(ready_, process); }

 private:
  UniqueFd epoll_;
  std::vector<LinuxProcess*> ready_;
};

class LinuxProcess final : public Process {
 public:
  LinuxProcess(LinuxProcesses& all, pid_t pid, UniqueFd handle, UniqueFd channel)
      : all_(all), pid_(pid), handle_(std::move(handle)), channel_(std::move(channel)) {
    all_.control(EPOLL_CTL_ADD, channel_.get(), EPOLLIN, this);
    // Another process may hold the other end of the channel as well: one that was forked off here at the wrong moment,
    // or by the helper. Then only this tells of the end.
    if (handle_) all_.control(EPOLL_CTL_ADD, handle_.get(), EPOLLIN, this);
  }

  ~LinuxProcess() override {
    kill();
    if (!ended(std::chrono::milliseconds(0))) {
      if (handle_) all_.leave(handle_.get());
      remains().add(pid_, std::move(handle_));
    }
    all_.forget(this);
  }

  Transfer receive(std::span<char> room) override {
    if (!channel_) return {.closed = true};
    // Before it is read from: what ended has sent all it ever will.
    const bool has_ended = ready_ && ended(std::chrono::milliseconds(0)).has_value();
    const ssize_t size = uninterrupted([&] { return ::recv(channel_.get(), room.data(), room.size(), MSG_DONTWAIT); });
    if (size > 0) return {.bytes = static_cast<std::size_t>(size)};
    return {.closed = size == 0 || errno != EAGAIN || has_ended};
  }

  Transfer send(std::string_view bytes) override {
    if (!channel_) return {.closed = true};
    const ssize_t size =
        uninterrupted([&] { return ::send(channel_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
    if (size >= 0) return {.bytes = static_cast<std::size_t>(size)};
    return {.closed = errno != EAGAIN};
  }

  bool ready() const override { return ready_; }
  void set_ready(bool ready) { ready_ = ready; }

  void want_room(bool wanted) override {
    if (wanted == wants_room_ || !channel_) return;
    wants_room_ = wanted;
    all_.control(EPOLL_CTL_MOD, channel_.get(), wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, this);
  }

  void kill() override {
    if (!channel_) return;
    all_.leave(channel_.get());
    channel_.reset();
    if (ending_) return;
    // As long as nobody has collected it, its number, which is that of its group too, cannot be another's.
    siginfo_t information;
    if (wait_for(pid_, handle_, WEXITED | WNOHANG | WNOWAIT, information) == 0) ::kill(-pid_, SIGKILL);
  }

  std::optional<Ending> ended(std::chrono::milliseconds wait_max) override {
    if (ending_) return ending_;
    ending_ = collect(pid_, handle_);
    if (!ending_ && wait_max.count() > 0 && handle_) {
      pollfd polled{handle_.get(), POLLIN, 0};
      (void)::poll(&polled, 1, static_cast<int>(wait_max.count()));
      ending_ = collect(pid_, handle_);
    }
    for (auto left = wait_max; !ending_ && left.count() > 0 && !handle_; --left) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ending_ = collect(pid_, handle_);
    }
    if (ending_ && handle_) {
      all_.leave(handle_.get());
      handle_.reset();
    }
    return ending_;
  }

  bool tells_end() const override { return static_cast<bool>(handle_) || ending_; }

  int id() const override { return pid_; }

 private:
  LinuxProcesses& all_;
  const pid_t pid_;
  UniqueFd handle_;   // readable when it has ended; none on old kernels
  UniqueFd channel_;  // none once killed
  std::optional<Ending> ending_;
  bool wants_room_ = false;
  bool ready_ = false;
};

bool LinuxProcesses::look() {
  for (LinuxProcess* const process : ready_) process->set_ready(false);
  ready_.clear();
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    auto* const process = static_cast<LinuxProcess*>(events[static_cast<std::size_t>(i)].data.ptr);
    process->set_ready(true);
    ready_.push_back(process);
  }
  return count == static_cast<int>(events.size());
}

// What posix_spawn(3) is told about the process to be, freed at the end.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // 0 or errno.
  int start(pid_t& pid, const std::string& program, const std::vector<std::string>& arguments, int channel) {
    ::posix_spawn_file_actions_adddup2(&actions_, channel, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, channel, STDOUT_FILENO);
    // Whoever reads this program's errors to their end must not have to wait for a helper that hangs.
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    std::vector<char*> words;
    words.push_back(const_cast<char*>(program.c_str()));
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, words.data(), ::environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Outcome<std::unique_ptr<Process>> LinuxProcesses::start(const std::string& program,
                                                        const std::vector<std::string>& arguments) {
  using Started = Outcome<std::unique_ptr<Process>>;
  (void)remains().collect_ended();
  int ends[2];
  // A socket and no pipes: one descriptor, and sending never raises SIGPIPE in a program that is not ours.
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Started::failure(errno);
  UniqueFd own(ends[0]);
  UniqueFd others(ends[1]);
  // dup2() onto itself would leave it to be closed: it may be one of the three where the program has closed those.
  if (others.get() <= STDERR_FILENO) {
    UniqueFd higher(::fcntl(others.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!higher) return Started::failure(errno);
    others = std::move(higher);
  }
  pid_t pid = 0;
  if (const int error = SpawnPlan().start(pid, program, arguments, others.get()); error != 0) {
    return Started::failure(error);
  }
  UniqueFd handle = open_pid(pid);
  if (!handle && errno != ENOSYS) {  // descriptors have run out, say: later is better than without
    const int error = errno;
    ::kill(-pid, SIGKILL);
    remains().add(pid, {});
    return Started::failure(error);
  }
  return {std::make_unique<LinuxProcess>(*this, pid, std::move(handle), std::move(own))};
}

bool is_executable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

// Leads to the program even when its file has been removed or replaced.
constexpr const char* kRunningProgram = "/proc/self/exe";

}  // namespace

Outcome<std::unique_ptr<Processes>> open_processes() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return Outcome<std::unique_ptr<Processes>>::failure(errno);
  return {std::make_unique<LinuxProcesses>(std::move(epoll))};
}

std::size_t held_processes() { return remains().collect_ended(); }

std::string running_program() {
  std::array<char, PATH_MAX> path;
  const ssize_t size = ::readlink(kRunningProgram, path.data(), path.size());
  if (size <= 0 || size == static_cast<ssize_t>(path.size())) return kRunningProgram;
  std::string program(path.data(), static_cast<std::size_t>(size));
  return is_executable(program) ? program : kRunningProgram;
}

std::string find_program(std::string_view name) {
  const std::string ending = '/' + std::string(name);
  const std::string running = running_program();
  if (std::string beside = running.substr(0, running.rfind('/')) + ending; is_executable(beside)) return beside;
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), directory.size() + 1));
    if (!directory.starts_with('/')) continue;  // what is found must not depend on where this is called
    if (std::string path = std::string(directory) + ending; is_executable(path)) return path;
  }
  return {};
}

Outcome<std::string> complete_path(const std::string& path) {
  if (path.starts_with('/')) return {path};
  const std::unique_ptr<char, decltype(&std::free)> here(::getcwd(nullptr, 0), &std::free);
  if (!here) return Outcome<std::string>::failure(errno);
  return {std::string(here.get()) + '/' + path};
}

}  // namespace vigil::sys
