#include "cli/doctor_command.hpp"

#include "backend/open.hpp"
#include "cli/diagnostics.hpp"
#include "cli/doctor_report.hpp"
#include "cli/doctor_system.hpp"
#include "cli/exit_codes.hpp"
#include "cli/paths.hpp"
#include "cli/stop_thread.hpp"
#include "cli/system.hpp"
#include "cli/watched_paths.hpp"
#include "core/file_systems.hpp"
#include "sys/disk.hpp"
#include "sys/mounts.hpp"

#include <vigil/watcher.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

// For the directories of a path.
constexpr std::chrono::seconds kCountingTimeMax{2};
constexpr std::size_t kWaitingMax = 100'000;

std::string_view name_of(BackendChoice choice) {
  switch (choice) {
    case BackendChoice::automatic: return "auto";
    case BackendChoice::inotify: return "inotify";
    case BackendChoice::fanotify: return "fanotify";
    case BackendChoice::poll: break;
  }
  return "poll";
}

Way way_of(core::Coverage coverage) {
  switch (coverage) {
    case core::Coverage::complete:
    case core::Coverage::own: return Way::native;
    case core::Coverage::partial: return Way::hybrid;
    case core::Coverage::absent: break;
  }
  return Way::polled;
}

FileSystemFound file_system(std::string point, const std::string& type) {
  const core::Coverage coverage = core::coverage_of(type);
  return {.point = std::move(point),
          .type = type,
          .where = {},
          .way = way_of(coverage),
          .why = core::explain_coverage(coverage, type)};
}

// How many directories a path has, itself included, as long as there is time. What is polled takes no watch.
class DirectoryCounter {
 public:
  DirectoryCounter(sys::Disk& disk, const StopThread& stop, const PathFound& found) : disk_(disk), stop_(stop) {
    for (const FileSystemFound& each : found.below) {
      if (each.way == Way::polled) polled_.push_back(each.point);
    }
  }

  void count(const std::string& path, PathFound& found) {
    const steady_clock::time_point until = steady_clock::now() + kCountingTimeMax;
    std::vector<std::string> waiting{path};
    while (!waiting.empty()) {
      if (steady_clock::now() >= until || stop_.stopped()) {
        found.all_counted = false;
        found.directories += waiting.size();
        return;
      }
      const std::string next = std::move(waiting.back());
      waiting.pop_back();
      ++found.directories;
      list(next, waiting, found);
    }
  }

 private:
  void list(const std::string& path, std::vector<std::string>& waiting, PathFound& found) {
    const auto directory = disk_.open(path);
    if (!directory) return;
    while (true) {
      const auto entries = directory.value->read();
      if (!entries || entries.value.empty()) return;
      for (const sys::DirectoryEntry& entry : entries.value) {
        if (entry.type != EntryType::directory) continue;
        std::string below = path;
        if (!below.ends_with('/')) below += '/';
        below += entry.name;
        if (std::find(polled_.begin(), polled_.end(), below) != polled_.end()) continue;
        if (waiting.size() < kWaitingMax) {
          waiting.push_back(std::move(below));
        } else {
          ++found.directories;  // and nobody looks into it
          found.all_counted = false;
        }
      }
    }
  }

  sys::Disk& disk_;
  const StopThread& stop_;
  std::vector<std::string> polled_;
};

class Doctor {
 public:
  Doctor(const DoctorCommand& command, Watcher& watcher, const StopThread& stop)
      : command_(command), watcher_(watcher), stop_(stop), disk_(sys::make_disk()), mounts_(sys::open_mounts()) {}

  DoctorReport run(const std::vector<std::string>& paths, BackendChoice choice) {
    DoctorReport report;
    report.asked_backend = name_of(choice);
    examine_system(report);
    core::FileSystems systems(mounts_ ? mounts_.value.get() : nullptr, BackendChoice::automatic);
    systems.begin();
    for (const std::string& path : paths) {
      if (stop_.stopped()) break;
      report.paths.push_back(examine(path, systems));
    }
    report.advice = advise(report);
    return report;
  }

 private:
  PathFound examine(const std::string& path, core::FileSystems& systems) {
    PathFound found;
    found.path = path;
    look_at_disk(path, systems, found);
    if (stop_.stopped()) return found;
    RootOptions options;
    options.recursive = false;
    const Status added = watcher_.add(path, options);
    if (!added) {
      found.failure = added.error().message();
      return found;
    }
    if (!command_.probe || !found.is_directory) {
      found.not_probed = found.is_directory ? "it was not asked for" : "only directories are tried";
      found.probe = look_at_watch(watcher_);
    } else {
      found.probe = probe_directory(watcher_, path, command_.timeout);
      found.was_probed = found.probe.could_write;
      if (!found.was_probed) found.not_probed = found.probe.failure;
    }
    (void)watcher_.remove(path);
    return found;
  }

  // Of a file: of the directory that it is in.
  void look_at_disk(const std::string& path, core::FileSystems& systems, PathFound& found) {
    const auto absolute = disk_->absolute(path);
    if (!absolute) return;
    const auto resolved = disk_->resolve(absolute.value);
    if (!resolved) return;
    std::string place = resolved.value;
    auto directory = disk_->open(place);
    if (!directory) {
      found.is_directory = false;
      place = place.substr(0, place.rfind('/'));
      directory = disk_->open(place.empty() ? "/" : place);
    }
    if (!directory) return;
    const auto status = directory.value->status();
    if (!status) return;
    const std::string type = systems.kind_of(status.value.device, place, *directory.value).type;
    found.file_system = file_system(systems.point_above(place), type);
    examine_file_system(*directory.value, found);
    if (!found.is_directory) return;
    for (const sys::Mount& mount : systems.mounts_below(place)) {
      found.below.push_back(file_system(mount.point, mount.type));
    }
    if (found.file_system.way != Way::polled) DirectoryCounter(*disk_, stop_, found).count(place, found);
  }

  const DoctorCommand& command_;
  Watcher& watcher_;
  const StopThread& stop_;
  std::unique_ptr<sys::Disk> disk_;
  sys::Outcome<std::unique_ptr<sys::Mounts>> mounts_;
};

int tell(const DoctorReport& report, bool as_json) {
  const int code = print(as_json ? json_of(report) : words_of(report));
  if (code != kExitDone) return code;
  return needs_attention(report) ? kExitFailed : kExitDone;
}

}  // namespace

int run(const DoctorCommand& command) {
  Result<std::unique_ptr<StopSignals>> signals = StopSignals::take();
  if (!signals) return fail(signals.error());
  const Result<std::string> here = working_directory();
  if (!here) return fail(here.error());
  const Result<BackendChoice> choice = backend::choice(command.watcher.backend);
  if (!choice) return fail(choice.error());

  Result<Watcher> watcher = Watcher::open(command.watcher);
  if (!watcher) return fail(watcher.error());
  StopThread stop(*watcher, std::move(*signals), standard_output());

  const std::vector<std::string> paths = absolute_paths(command.paths, *here, command.watcher.isolation);
  if (command.probe) diagnose("each PATH is tried: a file .vigil-probe-... is written there and removed");
  const DoctorReport report = Doctor(command, *watcher, stop).run(paths, *choice);
  if (stop.stopped()) return kExitDone;
  return tell(report, command.json);
}

}  // namespace vigil::cli
