#include "backend/fanotify/backend.hpp"
#include "backend/inotify/limits.hpp"
#include "backend/inotify/usage.hpp"
#include "cli/doctor_system.hpp"
#include "sys/error_codes.hpp"
#include "sys/fanotify.hpp"
#include "sys/inotify.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

namespace inotify = backend::inotify;
namespace fanotify = backend::fanotify;

constexpr std::chrono::milliseconds kUsageTimeMax{700};
constexpr std::uint64_t kQueueSensible = 16384;
constexpr unsigned kSystemAdministration = 21;  // CAP_SYS_ADMIN

bool may_administrate() {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kName = "CapEff:\t";
    if (!line.starts_with(kName)) continue;
    std::uint64_t capabilities = 0;
    (void)std::from_chars(line.data() + kName.size(), line.data() + line.size(), capabilities, 16);
    return (capabilities >> kSystemAdministration & 1) != 0;
  }
  return ::geteuid() == 0;
}

std::string in_words(bool administrates) {
  const bool is_root = ::geteuid() == 0;
  const std::string who = is_root ? "root" : "user " + std::to_string(::geteuid());
  return who + (administrates ? ", with CAP_SYS_ADMIN" : ", without CAP_SYS_ADMIN");
}

LimitFound limit_of(const inotify::Limit& limit, std::string what, const inotify::Usage& usage) {
  LimitFound found{.what = std::move(what),
                   .name = limit.name,
                   .value = limit.value,
                   .used = 0,
                   .complete = usage.complete,
                   .users = {},
                   .sensible = limit.sensible};
  for (const inotify::Usage::Process& process : usage.processes) {
    const std::size_t count = process.*limit.count;
    if (count == 0 || process.id == ::getpid()) continue;
    *found.used += count;
    found.users.push_back({process.id, process.name, count});
  }
  std::stable_sort(found.users.begin(), found.users.end(),
                   [](const auto& one, const auto& other) { return one.count > other.count; });
  return found;
}

LimitFound queue_limit(std::string name, std::string what) {
  LimitFound found;
  found.value = inotify::value_of_sysctl(name);
  found.name = std::move(name);
  found.what = std::move(what);
  found.sensible = kQueueSensible;
  return found;
}

void examine_backends(DoctorReport& report) {
  const auto instance = sys::open_inotify();
  const bool is_limit = sys::meaning_of(instance.error) == sys::ErrorMeaning::limit;
  report.backends.push_back({"inotify", static_cast<bool>(instance),
                             instance   ? "a watch for each directory"
                             : is_limit ? inotify::explain_limit(instance.error)
                                        : sys::words_of(instance.error)});
  const auto group = sys::open_fanotify();
  const std::string why = fanotify::explain_open(group.error);
  report.backends.push_back({"fanotify", static_cast<bool>(group),
                             group         ? "taken for directories beyond the limit of watches, or if asked for"
                             : why.empty() ? sys::words_of(group.error)
                                           : why});
  report.privileged = static_cast<bool>(group);
}

void examine_limits(DoctorReport& report) {
  const inotify::Usage usage = inotify::look_at_usage("/proc", kUsageTimeMax);
  report.limits.push_back(limit_of(inotify::watches_limit(), "inotify watches", usage));
  report.limits.push_back(limit_of(inotify::instances_limit(), "inotify instances", usage));
  report.limits.push_back(queue_limit("fs.inotify.max_queued_events", "inotify queue"));
  const inotify::Limit marks{.what = {},
                             .name = "fs.fanotify.max_user_marks",
                             .value = inotify::value_of_sysctl("fs.fanotify.max_user_marks"),
                             .outside_name = {},
                             .outside_value = {},
                             .count = &inotify::Usage::Process::fanotify_marks};
  if (!marks.value) return;  // Linux before 5.13
  report.limits.push_back(limit_of(marks, "fanotify marks", usage));
  inotify::Limit groups = marks;
  groups.name = "fs.fanotify.max_user_groups";
  groups.value = inotify::value_of_sysctl(groups.name);
  groups.count = &inotify::Usage::Process::fanotify_groups;
  report.limits.push_back(limit_of(groups, "fanotify groups", usage));
  report.limits.push_back(queue_limit("fs.fanotify.max_queued_events", "fanotify queue"));
}

}  // namespace

void examine_system(DoctorReport& report) {
  utsname name{};
  (void)::uname(&name);
  report.system = std::string(name.sysname) + " " + name.release + " (" + name.machine + ")";
  report.privilege = in_words(may_administrate());
  report.persisting_file = "/etc/sysctl.d/60-vigil.conf";
  // Whoever may write it as far as its mode goes, and cannot, is in a container.
  report.limits_are_elsewhere = ::geteuid() == 0 && ::access("/proc/sys/fs/inotify/max_user_watches", W_OK) != 0;
  examine_backends(report);
  examine_limits(report);
}

void examine_file_system(const sys::Directory& directory, PathFound& found) {
  const auto group = sys::open_fanotify();
  if (!group) return;
  constexpr std::uint64_t kCreated = 0x100;  // FAN_CREATE; the group ends before anything is read
  const auto identity = group.value->identify(directory);
  const int error = identity ? group.value->mark_file_system(directory, kCreated) : identity.error;
  if (error == 0) return;
  const std::string why = fanotify::explain_watch(error);
  found.fanotify_obstacle = why.empty() ? sys::words_of(error) : why;
}

}  // namespace vigil::cli
