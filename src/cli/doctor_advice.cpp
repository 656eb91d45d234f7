#include "cli/doctor_report.hpp"
#include "cli/format.hpp"
#include "cli/progress.hpp"

#include <algorithm>
#include <utility>

namespace vigil::cli {
namespace {

// Beyond this share of a limit the next program may meet it.
constexpr double kNearly = 0.9;

std::string number(std::uint64_t value) { return with_thousands_separated(value); }

// At once, and after the next start as well.
std::vector<std::string> raise(const DoctorReport& report, const LimitFound& limit, std::uint64_t value) {
  std::vector<std::string> commands{formatted("sudo sysctl {}={}", limit.name, value)};
  if (!report.persisting_file.empty()) {
    commands.push_back(formatted("echo {}={} | sudo tee -a {}", limit.name, value, report.persisting_file));
  }
  return commands;
}

std::uint64_t value_for(const LimitFound& limit, std::uint64_t needed) {
  std::uint64_t value = std::max<std::uint64_t>(limit.sensible, 1);
  while (value < 2 * needed && value < (std::uint64_t{1} << 30)) value *= 2;
  return value;
}

const LimitFound* limit_named(const DoctorReport& report, std::string_view what) {
  for (const LimitFound& limit : report.limits) {
    if (limit.what == what) return &limit;
  }
  return nullptr;
}

class Adviser {
 public:
  explicit Adviser(const DoctorReport& report) : report_(report) {}

  std::vector<Advice> run() {
    for (const PathFound& path : report_.paths) advise_on(path);
    advise_on_watches();
    for (const LimitFound& limit : report_.limits) advise_on(limit);
    advise_on_backends();
    std::stable_sort(advice_.begin(), advice_.end(),
                     [](const Advice& one, const Advice& other) { return one.attention && !other.attention; });
    return std::move(advice_);
  }

 private:
  void add(bool attention, std::string text, std::vector<std::string> commands = {}) {
    if (!commands.empty() && report_.limits_are_elsewhere && commands.front().starts_with("sudo sysctl")) {
      text += ". It cannot be raised in this container, but where that runs";
    }
    advice_.push_back({attention, std::move(text), std::move(commands)});
  }

  void advise_on(const PathFound& path) {
    if (!path.failure.empty()) {
      add(true, path.failure);
      return;
    }
    if (path.was_probed && !path.probe.told() && path.probe.could_write) {
      add(true,
          formatted("{}: {}. Whatever changes there stays unseen; polling would see it", path.path, path.probe.failure),
          {formatted("vigil watch --backend poll {}", quoted(path.path))});
    }
    const auto note = [&](const FileSystemFound& found) {
      if (found.way == Way::native) return;
      add(false, formatted("{}: {}", found.point.empty() ? path.path : found.point, found.why));
    };
    note(path.file_system);
    for (const FileSystemFound& each : path.below) note(each);
  }

  static std::string quoted(std::string_view path) {
    std::string text = "'";
    for (const char character : path) {
      if (character == '\'') text += "'\\'";
      text += character;
    }
    return text + "'";
  }

  // Whether the paths asked about fit.
  void advise_on_watches() {
    const LimitFound* const limit = limit_named(report_, "inotify watches");
    if (limit == nullptr || !limit->value || !report_.watches_each_directory) return;
    std::uint64_t needed = 0;
    bool all_counted = true;
    for (const PathFound& path : report_.paths) {
      needed += path.directories;
      all_counted = all_counted && path.all_counted;
    }
    const std::uint64_t used = limit->used.value_or(0);
    if (used + needed <= *limit->value) {
      if (!all_counted) {
        add(false, formatted("not all directories were counted in time: there are more than {}", number(needed)));
      }
      return;
    }
    watches_spoken_of_ = true;
    std::string text =
        formatted("the paths have {}{} directories, and of the {} watches of {} {} are in use: what is beyond is {}",
                  all_counted ? "" : "at least ", number(needed), number(*limit->value), limit->name, number(used),
                  report_.privileged ? "watched by fanotify" : "polled, which costs time and sees changes late");
    add(!report_.privileged, std::move(text), raise(report_, *limit, value_for(*limit, used + needed)));
  }

  void advise_on(const LimitFound& limit) {
    if (!limit.value || limit.sensible == 0) return;
    if (limit.what == "inotify watches" && watches_spoken_of_) return;
    if (!limit.used) {
      if (*limit.value >= limit.sensible) return;
      add(true,
          formatted("{} is only {}: bursts overflow it, and each overflow takes a repair", limit.name,
                    number(*limit.value)),
          raise(report_, limit, limit.sensible));
      return;
    }
    const auto value = static_cast<double>(*limit.value);
    if (static_cast<double>(*limit.used) < kNearly * value) return;
    add(true,
        formatted("{} of the {} {} that {} allows are in use", number(*limit.used), number(*limit.value), limit.what,
                  limit.name),
        raise(report_, limit, value_for(limit, *limit.used)));
  }

  void advise_on_backends() {
    const bool any = std::any_of(report_.backends.begin(), report_.backends.end(),
                                 [](const Availability& each) { return each.available; });
    if (!any) add(true, "this system tells of no changes at all: everything is polled");
  }

  const DoctorReport& report_;
  std::vector<Advice> advice_;
  bool watches_spoken_of_ = false;
};

}  // namespace

std::vector<Advice> advise(const DoctorReport& report) { return Adviser(report).run(); }

bool needs_attention(const DoctorReport& report) {
  return std::any_of(report.advice.begin(), report.advice.end(), [](const Advice& each) { return each.attention; });
}

std::string_view to_string(Way way) {
  switch (way) {
    case Way::native: return "native";
    case Way::hybrid: return "hybrid";
    case Way::polled: break;
  }
  return "polled";
}

}  // namespace vigil::cli
