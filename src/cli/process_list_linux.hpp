// Which processes there are below another, as /proc tells.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// Whether /proc speaks of the processes as this one sees them; in a new namespace of processes it may still be the old
// one's.
bool proc_is_ours();

// A process at one moment. The number alone may be another process's the next; with the time of its start it is not.
struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  char state = '?';  // 'Z' has ended, 'T' is stopped
  std::uint64_t started = 0;

  bool is_same(const ProcessEntry& other) const { return pid == other.pid && started == other.started; }
};

// Nothing where there is no such process.
std::optional<ProcessEntry> process_entry(pid_t pid);

// The direct children of a process, ended ones included.
std::vector<ProcessEntry> children_of(pid_t pid);

// All below `pid`, without itself. Whatever is started meanwhile may be missing.
std::vector<ProcessEntry> descendants_of(pid_t pid);

// Its words.
std::vector<std::string> words_of(pid_t pid);

// Sends a signal to exactly that process; to none where it is gone.
void send_signal(const ProcessEntry& process, int signal);

}  // namespace vigil::cli
