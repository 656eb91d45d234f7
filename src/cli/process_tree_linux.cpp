#include "cli/process_tree.hpp"

#include "base/unique_fd.hpp"
#include "cli/format.hpp"
#include "cli/process_list_linux.hpp"
#include "cli/spawn_linux.hpp"
#include "cli/system.hpp"
#include "cli/terminal_state.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <map>
#include <utility>

namespace vigil::cli {
namespace {

using base::UniqueFd;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// Processes that are started while others are signalled are found in the next round. There are few such rounds unless
// somebody means to escape.
constexpr int kRoundsMax = 64;

std::vector<std::string> environment_with(const std::vector<std::string>& additions) {
  std::vector<std::string> all = additions;
  const auto is_replaced = [&](std::string_view variable) {
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    return std::any_of(additions.begin(), additions.end(), [&](const auto& each) { return each.starts_with(name); });
  };
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (!is_replaced(*variable)) all.emplace_back(*variable);
  }
  return all;
}

// The command reads it as a file: however long it takes, and even if it never does, nobody waits.
UniqueFd file_with(std::string_view text) {
  UniqueFd file(::memfd_create("changes", MFD_CLOEXEC));
  if (!file || write_all(file.get(), text) != 0 || ::lseek(file.get(), 0, SEEK_SET) != 0) return {};
  return file;
}

StartFailure failure_of(int error, const std::string& program) {
  using Cause = StartFailure::Cause;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      if (program.find('/') != std::string::npos && ::access(program.c_str(), F_OK) == 0) {
        return {Cause::not_executable, error, "what its first line names, or its loader, does not exist"};
      }
      return {Cause::not_found, error, std::strerror(error)};
    case E2BIG: return {Cause::too_large, error, std::strerror(error)};
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE: return {Cause::system, error, std::strerror(error)};
    default: return {Cause::not_executable, error, std::strerror(error)};
  }
}

class LinuxProcessTrees final : public ProcessTrees {
 public:
  LinuxProcessTrees(UniqueFd signals, UniqueFd woken, const sigset_t& mask)
      : signals_(std::move(signals)),
        woken_(std::move(woken)),
        mask_(mask),
        terminal_(TerminalState::open()),
        proc_is_ours_(proc_is_ours()),
        strangers_(proc_is_ours_ ? children_of(::getpid()) : std::vector<ProcessEntry>()) {}

  std::optional<StartFailure> start(RunId run, const StartPlan& plan) override {
    Spawn spawning;
    spawning.words = plan.words;
    if (plan.shell) spawning.words.insert(spawning.words.begin(), {"/bin/sh", "-c"});
    if (plan.shell) spawning.words.insert(spawning.words.begin() + 3, "vigil");
    spawning.variables = environment_with(plan.variables);
    spawning.own_group = terminal_ == nullptr;
    spawning.parent_death_signal = plan.signal;
    spawning.signal_mask = mask_;
    UniqueFd input;
    if (plan.input == CommandInput::null) input.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (plan.input == CommandInput::json) input = file_with(plan.input_text);
    if (plan.input != CommandInput::inherit && !input) return failure_of(errno, {});
    spawning.input = input.get();

    restore_terminal();
    if (terminal_ && runs_.empty()) terminal_->save();
    const Spawned spawned = spawn(spawning);
    if (spawned.error != 0) return failure_of(spawned.error, spawning.words.front());
    runs_.emplace(run, spawned.pid);
    return std::nullopt;
  }

  void push(RunId run, Force force, int signal) override {
    const auto entry = runs_.find(run);
    if (entry == runs_.end()) return;
    const pid_t pid = entry->second;
    if (force == Force::give_up) {
      give_up(proc_is_ours_ ? below(pid) : std::vector<ProcessEntry>());
      runs_.erase(entry);
      return;
    }
    const int number = force == Force::kill ? SIGKILL : signal;
    // Those that have left their parents are of this run when there is no other.
    const bool is_only_run = runs_.size() == 1;
    if (!proc_is_ours_) return push_unseen(pid, number);
    const auto find = [&] { return is_only_run ? all() : below(pid); };
    if (number == SIGKILL) return kill_all(find);
    if (!terminal_) ::kill(-pid, number);
    send_to_all(find, number, terminal_ ? 0 : pid);
  }

  bool has_leftovers() override {
    reap();  // so that none is counted, nor holds the terminal, that only waits to be collected
    siginfo_t information{};
    if (::waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 && errno == ECHILD) return false;
    if (!proc_is_ours_) return !gave_up_;
    // One that has ended meanwhile is collected; until then it counts, and another signal tells when it can be.
    const auto has_ended = [](const ProcessEntry& entry) { return entry.state == 'Z'; };
    std::vector<ProcessEntry> left = all();
    if (std::all_of(left.begin(), left.end(), has_ended)) {
      reap();
      left = all();
    }
    return !left.empty();
  }

  void push_leftovers(Force force, int signal) override {
    if (force == Force::give_up) return give_up(all());
    if (!proc_is_ours_) return push_unseen(0, force == Force::kill ? SIGKILL : signal);
    const auto find = [this] { return all(); };
    if (force == Force::kill) return kill_all(find);
    send_to_all(find, signal, 0);
  }

  bool is_foreign(int pid) override {
    if (!proc_is_ours_) return false;
    for (pid_t ancestor = pid; ancestor > 0;) {
      if (ancestor == ::getpid()) return false;
      const std::optional<ProcessEntry> entry = process_entry(ancestor);
      if (!entry) return false;
      if (entry->parent <= 1) return true;
      ancestor = entry->parent;
    }
    return false;
  }

  void sleep(std::optional<Descriptor> descriptor, std::optional<steady_clock::time_point> until) override {
    if (!occurrences_.empty()) return;
    std::array<pollfd, 3> causes{pollfd{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = woken_.get(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = descriptor.value_or(-1), .events = POLLIN, .revents = 0}};
    timespec left{};
    if (until) {
      const nanoseconds time = std::max<nanoseconds>(*until - steady_clock::now(), nanoseconds{0});
      left.tv_sec = static_cast<time_t>(time.count() / 1'000'000'000);
      left.tv_nsec = static_cast<long>(time.count() % 1'000'000'000);
    }
    ::ppoll(causes.data(), causes.size(), until ? &left : nullptr, nullptr);
    std::uint64_t count = 0;
    if (causes[1].revents != 0 && ::read(woken_.get(), &count, sizeof count) > 0) occurrences_.emplace_back(Woken{});
    if (causes[0].revents != 0) take_signals();
  }

  std::optional<Occurrence> next() override {
    if (occurrences_.empty()) return std::nullopt;
    const Occurrence first = occurrences_.front();
    occurrences_.pop_front();
    return first;
  }

  void wake() override {
    const std::uint64_t one = 1;
    while (::write(woken_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  void restore_terminal() override {
    if (terminal_ && runs_.empty()) terminal_->restore();
  }

 private:
  // Without a /proc of its own there is no list; but the first process of a container reaches all others without one.
  void push_unseen(pid_t pid, int signal) const {
    if (::getpid() == 1 && runs_.size() <= 1) {
      ::kill(-1, signal);
    } else if (pid != 0) {
      ::kill(terminal_ ? pid : -pid, signal);
    }
  }

  // Not of the command: what this process had as children when it became vigil, and what watches for it.
  bool is_stranger(const ProcessEntry& entry) const {
    const auto is_same = [&](const ProcessEntry& other) { return other.is_same(entry); };
    if (std::any_of(strangers_.begin(), strangers_.end(), is_same)) return true;
    const std::vector<std::string> words = words_of(entry.pid);
    return words.size() == 2 && words.back() == "__helper";
  }

  // Everything that was started for the command and lives.
  std::vector<ProcessEntry> all() const {
    std::vector<ProcessEntry> found;
    if (!proc_is_ours_) return found;
    for (const ProcessEntry& child : children_of(::getpid())) {
      if (is_stranger(child)) continue;
      found.push_back(child);
      const std::vector<ProcessEntry> below_it = descendants_of(child.pid);
      found.insert(found.end(), below_it.begin(), below_it.end());
    }
    return found;
  }

  static std::vector<ProcessEntry> below(pid_t pid) {
    std::vector<ProcessEntry> found = descendants_of(pid);
    if (const std::optional<ProcessEntry> top = process_entry(pid)) found.insert(found.begin(), *top);
    return found;
  }

  // To each once. Those of `group` have got it already.
  template <typename Find>
  static void send_to_all(Find&& find, int signal, pid_t group) {
    std::map<pid_t, ProcessEntry> reached;
    for (int round = 0; round < kRoundsMax; ++round) {
      bool found_more = false;
      for (const ProcessEntry& entry : find()) {
        const auto known = reached.find(entry.pid);
        if (known != reached.end() && known->second.is_same(entry)) continue;
        reached[entry.pid] = entry;
        found_more = true;
        if (group == 0 || entry.group != group) send_signal(entry, signal);
        // It would not see the signal before somebody lets it go on.
        if (entry.state == 'T' && signal != SIGSTOP && signal != SIGKILL) send_signal(entry, SIGCONT);
      }
      if (!found_more) return;
    }
  }

  // What is stopped starts nothing more, so that all are found before the first one is missed by another.
  template <typename Find>
  static void kill_all(Find&& find) {
    send_to_all(find, SIGSTOP, 0);
    send_to_all(find, SIGKILL, 0);
  }

  void give_up(const std::vector<ProcessEntry>& entries) {
    if (!proc_is_ours_) gave_up_ = true;
    strangers_.insert(strangers_.end(), entries.begin(), entries.end());
  }

  void take_signals() {
    signalfd_siginfo information;
    bool children_ended = false;
    while (::read(signals_.get(), &information, sizeof information) == static_cast<ssize_t>(sizeof information)) {
      const int signal = static_cast<int>(information.ssi_signo);
      if (signal == SIGCHLD) {
        children_ended = true;
        continue;
      }
      const bool from_terminal = information.ssi_code == SI_KERNEL && terminal_ != nullptr;
      occurrences_.emplace_back(Interrupted{signal, from_terminal, signal == SIGQUIT, signal != SIGHUP});
    }
    if (children_ended) reap();
  }

  // Every child there is, also those that were given to this process because their parents are gone. That takes the
  // ends of the library's own helpers as well, which knows how to live with that.
  void reap() {
    while (true) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
      if (pid <= 0) return;
      const auto run = std::find_if(runs_.begin(), runs_.end(), [pid](const auto& each) { return each.second == pid; });
      if (run == runs_.end()) {
        occurrences_.emplace_back(LeftoverEnded{});
        continue;
      }
      const RunEnding ending = WIFEXITED(status) ? RunEnding{.code = WEXITSTATUS(status), .signal = 0}
                                                 : RunEnding{.code = 0, .signal = WTERMSIG(status)};
      occurrences_.emplace_back(RunEnded{run->first, ending});
      runs_.erase(run);
    }
  }

  UniqueFd signals_;
  UniqueFd woken_;
  sigset_t mask_;  // as vigil was started with, for the command
  std::unique_ptr<TerminalState> terminal_;
  const bool proc_is_ours_;
  std::vector<ProcessEntry> strangers_;
  std::map<RunId, pid_t> runs_;
  bool gave_up_ = false;
  std::deque<Occurrence> occurrences_;
};

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Result<std::unique_ptr<ProcessTrees>> ProcessTrees::open() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGCHLD}) ::sigaddset(&signals, signal);
  // As under nohup, it stays ignored. Once blocked, it would be delivered to the descriptor.
  if (!is_ignored(SIGHUP)) ::sigaddset(&signals, SIGHUP);
  // Where it is ignored children vanish without a word.
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, &signals, &mask);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  UniqueFd descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  UniqueFd woken(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (descriptor && woken) {
    return std::unique_ptr<ProcessTrees>(new LinuxProcessTrees(std::move(descriptor), std::move(woken), mask));
  }
  const int code = errno;
  return Error(ErrorCode::system, formatted("cannot wait for signals: {}", std::strerror(code)), code);
}

// The kernel takes 128 KiB for one variable, and as a rule 2 MiB for all.
std::size_t environment_list_bytes_max() { return std::size_t{64} << 10; }

}  // namespace vigil::cli
