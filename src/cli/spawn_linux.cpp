#include "cli/spawn_linux.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace vigil::cli {
namespace {

constexpr const char* kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Where the program may be, in the order to try.
std::vector<std::string> places_of(const std::string& program) {
  if (program.empty() || program.find('/') != std::string::npos) return {program};
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : kDefaultPath;
  std::vector<std::string> places;
  while (true) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    places.push_back((directory.empty() ? "." : std::string(directory)) + '/' + program);
    if (directory.size() == rest.size()) return places;
    rest.remove_prefix(directory.size() + 1);
  }
}

// All that the child needs, laid out before there is one.
struct Prepared {
  explicit Prepared(const Spawn& spawned)
      : plan(spawned),
        places(places_of(plan.words.front())),
        words(pointers_to(plan.words)),
        variables(pointers_to(plan.variables)),
        place_pointers(pointers_to(places)),
        script_words(words) {
    // A text without a first line that names an interpreter is the shell's, as for execvp().
    script_words.insert(script_words.begin(), const_cast<char*>("/bin/sh"));
  }

  const Spawn& plan;
  std::vector<std::string> places;
  std::vector<char*> words;
  std::vector<char*> variables;
  std::vector<char*> place_pointers;
  std::vector<char*> script_words;
  volatile int error = 0;
};

void execute(Prepared& prepared) {
  int error = ENOENT;
  for (char* const place : prepared.place_pointers) {
    if (place == nullptr) break;
    ::execve(place, prepared.words.data(), prepared.variables.data());
    if (errno == ENOEXEC) {
      prepared.script_words[1] = place;
      ::execve("/bin/sh", prepared.script_words.data(), prepared.variables.data());
    }
    // One that may not be executed is not passed over in silence when no other is found.
    if (errno == EACCES) error = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) {
      error = errno;
      break;
    }
  }
  prepared.error = error;
}

// In the child, which has this process's memory, and its own of everything else, until it executes the program.
[[noreturn, gnu::noinline]] void become(Prepared& prepared) {
  const Spawn& plan = prepared.plan;
  if (plan.own_group) ::setpgid(0, 0);
  if (plan.parent_death_signal != 0) ::prctl(PR_SET_PDEATHSIG, plan.parent_death_signal);
  for (const int signal : {SIGPIPE, SIGTTOU, SIGCHLD}) ::signal(signal, SIG_DFL);
  if (plan.input >= 0 && ::dup2(plan.input, STDIN_FILENO) < 0) {
    prepared.error = errno;
    ::_exit(127);
  }
  ::sigprocmask(SIG_SETMASK, &plan.signal_mask, nullptr);
  execute(prepared);
  ::_exit(127);
}

}  // namespace

Spawned spawn(const Spawn& plan) {
  Prepared prepared(plan);
  const pid_t pid = ::vfork();
  if (pid == 0) become(prepared);
  if (pid < 0) return {.error = errno};
  if (prepared.error == 0) return {.pid = pid};
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return {.error = prepared.error};
}

}  // namespace vigil::cli
