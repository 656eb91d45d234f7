#include "base/unique_fd.hpp"
#include "conformance/child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vigil::conformance {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kNobody = 65534;
constexpr int kCannotStart = 126;

// All the child needs between fork and exec, where only plain system calls are allowed.
struct Plan {
  std::vector<char*> arguments;
  const char* working_directory;
  std::vector<std::pair<std::string, std::string>> files;  // to be written, in this order
  bool new_user_namespace;
  bool unprivileged;
};

bool write_file(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  return file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool prepare(const Plan& plan) {
  if (::chdir(plan.working_directory) != 0) return false;
  if (plan.new_user_namespace && ::unshare(CLONE_NEWUSER) != 0) return false;
  for (const auto& [path, text] : plan.files) {
    if (!write_file(path.c_str(), text)) return false;
  }
  if (plan.unprivileged && ::geteuid() == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) return false;
  }
  // The child must not outlive a test that is killed. Becoming another user would undo this, so it comes last.
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

[[noreturn]] void become(const Plan& plan, int output, int errors) {
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  if (prepare(plan)) ::execvp(plan.arguments[0], plan.arguments.data());
  const char* reason = std::strerror(errno);
  static_cast<void>(!::write(STDERR_FILENO, reason, std::strlen(reason)));
  ::_exit(kCannotStart);
}

// A user keeps its number in the new namespace and is root there, so files stay accessible and the namespace's own
// limits can be set. Nobody else is affected.
std::vector<std::pair<std::string, std::string>> namespace_files(const std::map<std::string, long>& limits) {
  std::vector<std::pair<std::string, std::string>> files;
  if (limits.empty()) return files;
  files.emplace_back("/proc/self/setgroups", "deny");
  files.emplace_back("/proc/self/uid_map", "0 " + std::to_string(::geteuid()) + " 1");
  files.emplace_back("/proc/self/gid_map", "0 " + std::to_string(::getegid()) + " 1");
  for (const auto& [name, value] : limits) files.emplace_back("/proc/sys/user/" + name, std::to_string(value));
  return files;
}

struct Pipe {
  base::UniqueFd read;
  base::UniqueFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

// True until the end of what is written there.
bool read_some(const base::UniqueFd& descriptor, std::string& text) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(descriptor.get(), buffer.data(), buffer.size());
  if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

}  // namespace

struct ChildProcess::Process {
  int pid;
  base::UniqueFd exit;  // readable when the process has exited
  base::UniqueFd output;
  base::UniqueFd errors;
  bool paused = false;
  bool reaped = false;
  int status = 0;
};

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(ChildOptions options) {
  Plan plan{{},
            options.working_directory.c_str(),
            namespace_files(options.user_limits),
            !options.user_limits.empty(),
            options.unprivileged};
  for (std::string& argument : options.arguments) plan.arguments.push_back(argument.data());
  plan.arguments.push_back(nullptr);

  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  if (!output.read || !errors.read) return Error(ErrorCode::system, "no pipe for a subject", errno);
  const pid_t pid = ::fork();
  if (pid < 0) return Error(ErrorCode::system, "no process for a subject", errno);
  if (pid == 0) become(plan, output.write.get(), errors.write.get());
  auto process = std::make_unique<Process>();
  process->pid = pid;
  process->exit = base::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  process->output = std::move(output.read);
  process->errors = std::move(errors.read);
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(process), options.separator));
}

ChildProcess::ChildProcess(std::unique_ptr<Process> process, char separator)
    : process_(std::move(process)), separator_(separator) {
  reader_ = std::thread([this] { read_outputs(); });
}

ChildProcess::~ChildProcess() {
  stop();
  reader_.join();
}

bool ChildProcess::exits_within(std::chrono::milliseconds time) const {
  pollfd polled{process_->exit.get(), POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(time.count())) > 0;
}

void ChildProcess::read_outputs() {
  bool output_open = true;
  bool errors_open = true;
  while (output_open || errors_open) {
    std::array polled{pollfd{output_open ? process_->output.get() : -1, POLLIN, 0},
                      pollfd{errors_open ? process_->errors.get() : -1, POLLIN, 0}};
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) break;
    std::string output;
    std::string errors;
    if (polled[0].revents != 0) output_open = read_some(process_->output, output);
    if (polled[1].revents != 0) errors_open = read_some(process_->errors, errors);
    take(output, errors);
  }
  take_end();
}

void ChildProcess::pause() {
  if (process_->reaped || std::exchange(process_->paused, true)) return;  // the kernel reports a stop only once
  ::kill(process_->pid, SIGSTOP);
  // The signal has done its work once the kernel says so: only then does the child see nothing more.
  int status = 0;
  while (::waitpid(process_->pid, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
  if (!WIFSTOPPED(status)) {
    process_->reaped = true;
    process_->status = status;
  }
}

void ChildProcess::resume() {
  process_->paused = false;
  if (!process_->reaped) ::kill(process_->pid, SIGCONT);
}

int ChildProcess::stop() {
  if (!process_->reaped) {
    ::kill(process_->pid, SIGCONT);
    ::kill(process_->pid, SIGTERM);
    if (!exits_within(2s)) ::kill(process_->pid, SIGKILL);
    while (::waitpid(process_->pid, &process_->status, 0) < 0 && errno == EINTR) {
    }
    process_->reaped = true;
  }
  const int status = process_->status;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace vigil::conformance
