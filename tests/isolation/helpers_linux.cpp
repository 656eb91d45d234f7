#include "isolation/helpers.hpp"

#include "base/unique_fd.hpp"
#include "support/told.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vigil::isolation {

namespace {

// Nothing where the process ended meanwhile: an iterator over the buffer would throw.
std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

const char* const kInPath = "sh";

const char* const kOddName = "x\n\xff\x01 y";

const char* const kKilled = "killed by signal 9";

std::vector<ProcessId> helpers_of(ProcessId parent) {
  std::vector<ProcessId> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    // "123 (name) S 45": the name may hold anything.
    const std::string status = text_of(entry.path() / "stat");
    const std::size_t end = status.rfind(')');
    if (end == std::string::npos || std::atoi(status.c_str() + end + 4) != parent) continue;
    // One that has ended has no command line any more.
    const bool has_ended = status[end + 2] == 'Z';
    if (has_ended || text_of(entry.path() / "cmdline").find("__helper") != std::string::npos) {
      all.push_back(std::stoi(pid));
    }
  }
  return all;
}

std::vector<ProcessId> helpers() { return helpers_of(::getpid()); }

void kill_process(ProcessId process) { ::kill(process, SIGKILL); }

void pause_process(ProcessId process) { ::kill(process, SIGSTOP); }

bool ends(ProcessId process) {
  const base::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle) return true;  // it has gone already
  pollfd ended{handle.get(), POLLIN, 0};
  return ::poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(testing::kPatience).count())) == 1;
}

void set_environment(const std::string& name, const std::string& value) {
  if (value.empty()) {
    ::unsetenv(name.c_str());
  } else {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
}

}  // namespace vigil::isolation
