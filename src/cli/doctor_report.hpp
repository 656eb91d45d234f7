// What `vigil doctor` found out, and how it is told. Pure.
#pragma once

#include "cli/probe.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// One of the kernel's ways of telling of changes.
struct Availability {
  std::string name;
  bool available = false;
  std::string why;  // it is not, or what it is taken for
};

// A limit of the system.
struct LimitFound {
  struct User {
    int process = 0;
    std::string name;
    std::uint64_t count = 0;
  };

  std::string what;  // "inotify watches"
  std::string name;  // as whoever raises it calls it: a sysctl
  std::optional<std::uint64_t> value;
  std::optional<std::uint64_t> used;  // by the processes of this user, vigil's own left out
  bool complete = true;               // or else `used` is the least it can be
  std::vector<User> users;            // who uses most comes first
  std::uint64_t sensible = 0;         // what it had better be; 0: it is never spoken of
};

// How the directories of a file system are watched: the words of docs/doctor.md.
enum class Way { native, hybrid, polled };
std::string_view to_string(Way way);

struct FileSystemFound {
  std::string point;  // where it is mounted; empty where nobody knows
  std::string type;   // in the system's words; empty where nobody knows
  std::string where;  // "local", "remote"; empty where the type says it
  Way way = Way::native;
  std::string why;  // not natively, or what is not told nevertheless
};

struct PathFound {
  std::string path;
  std::string failure;  // why it cannot be watched; then nothing else is known
  bool is_directory = true;
  FileSystemFound file_system;
  std::vector<FileSystemFound> below;
  std::uint64_t directories = 0;  // that take a watch each
  bool all_counted = true;        // or else there are more
  std::string fanotify_obstacle;  // why this file system cannot be marked; empty where it can, or nobody could
  bool was_probed = false;
  std::string not_probed;  // why not
  ProbeResult probe;       // without a probe only what the watch told
};

struct Advice {
  bool attention = true;  // false: good to know, and that is all
  std::string text;
  std::vector<std::string> commands;
};

struct DoctorReport {
  std::string system;     // "Linux 6.1.0"
  std::string privilege;  // in words
  bool privileged = false;
  std::string asked_backend;           // what VIGIL_BACKEND or --backend say; "auto"
  bool watches_each_directory = true;  // or one watch tells of a whole tree
  std::string persisting_file;         // where a sysctl is to be written to stay; empty where there is none
  bool limits_are_elsewhere = false;   // this is a container: they are set outside
  std::vector<Availability> backends;
  std::vector<LimitFound> limits;
  std::vector<PathFound> paths;
  std::vector<Advice> advice;
};

// What the findings call for. Most important first.
std::vector<Advice> advise(const DoctorReport& report);

// Whether something needs attention.
bool needs_attention(const DoctorReport& report);

// For people; for programs, one object (docs/doctor.md has the keys). Both end in a line feed.
std::string words_of(const DoctorReport& report);
std::string json_of(const DoctorReport& report);

}  // namespace vigil::cli
