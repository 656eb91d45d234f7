#include "cli/probe_command.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "cli/paths.hpp"
#include "cli/probe_file.hpp"
#include "cli/system.hpp"
#include "cli/visible.hpp"
#include "sys/error_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kTimeout{10};

// Removes the file whatever happens.
class ProbeFile {
 public:
  explicit ProbeFile(std::string path) : path_(std::move(path)) {}
  ~ProbeFile() { (void)remove(); }
  ProbeFile(const ProbeFile&) = delete;
  ProbeFile& operator=(const ProbeFile&) = delete;

  const std::string& path() const { return path_; }

  int make() {
    const int error = make_probe_file(path_);
    is_there_ = error == 0;
    return error;
  }
  int remove() {
    if (!std::exchange(is_there_, false)) return 0;
    return remove_probe_file(path_);
  }

 private:
  std::string path_;
  bool is_there_ = false;
};

// How one change was told.
struct Told {
  std::chrono::nanoseconds after{};
  bool was_compared = false;  // found by comparing, not by a record of the kernel
};

class Probe {
 public:
  Probe(Watcher& watcher, std::string path, steady_clock::duration timeout)
      : watcher_(watcher), path_(std::move(path)), timeout_(timeout) {}

  // Whether all was told. What there is to say is appended to `out`.
  bool run(std::string& out) {
    take_notices();
    std::string name = path_;
    if (!name.ends_with('/') && !name.ends_with(kSeparator)) name += kSeparator;
    ProbeFile file(name + fmt::format(".vigil-probe-{}", process_number()));
    const auto make = [&] { return file.make(); };
    const auto remove = [&] { return file.remove(); };
    const bool told = tell(out, "a new file", Kind::created, file.path(), "written", make) &&
                      tell(out, "its removal", Kind::removed, file.path(), "removed", remove);
    for (const std::string& reason : reasons_) line(out, reason);
    return told;
  }

 private:
  void line(std::string& out, std::string_view text) const {
    append_visible(out, path_);
    out += ": ";
    append_visible(out, text);
    out += '\n';
  }

  template <typename Act>
  bool tell(std::string& out, std::string_view what, Kind kind, const std::string& file, std::string_view done,
            Act act) {
    const steady_clock::time_point begin = steady_clock::now();
    if (const int error = act(); error != 0) {
      line(out, fmt::format("a file cannot be {}: {}", done, sys::words_of(error)));
      return false;
    }
    const std::optional<Told> told = wait_for(kind, file, begin);
    if (!told) {
      const auto seconds = std::chrono::duration<double>(timeout_).count();
      line(out, fmt::format("nothing tells of {} within {:.3g} s ({})", what, seconds, backend_));
      return false;
    }
    const double milliseconds = std::chrono::duration<double, std::milli>(told->after).count();
    line(out, fmt::format("{} tells of {} after {:.2f} ms{}", backend_, what, milliseconds,
                          told->was_compared ? ", by comparing" : ""));
    return true;
  }

  std::optional<Told> wait_for(Kind kind, const std::string& file, steady_clock::time_point begin) {
    std::optional<Told> told;
    while (!told && steady_clock::now() < begin + timeout_) {
      const std::optional<Batch> batch = watcher_.wait(begin + timeout_ - steady_clock::now());
      if (!batch) return std::nullopt;
      for (const Event& event : *batch) {
        note(event);
        if (event.kind != kind || event.path != file || told) continue;
        told = Told{steady_clock::now() - begin, event.synthetic};
      }
    }
    return told;
  }

  // What is there already.
  void take_notices() {
    while (const std::optional<Batch> batch = watcher_.wait(std::chrono::nanoseconds(0))) {
      if (batch->empty()) return;
      for (const Event& event : *batch) note(event);
    }
  }

  void note(const Event& event) {
    if (event.kind == Kind::ready) backend_ = event.backend;
    if (event.reason.empty()) return;
    if (std::find(reasons_.begin(), reasons_.end(), event.reason) == reasons_.end()) {
      reasons_.emplace_back(event.reason);
    }
  }

  Watcher& watcher_;
  std::string path_;
  steady_clock::duration timeout_;
  std::string backend_;
  std::vector<std::string> reasons_;
};

}  // namespace

int probe(const WatchCommand& command, Watcher& watcher, const std::vector<std::string>& paths,
          const StopThread& stop) {
  Output output(standard_output());
  bool all_told = true;
  for (const std::string& path : paths) {
    const Status added = watcher.add(path, command.root);
    if (stop.stopped()) return kExitDone;
    if (!added) {
      diagnose(added.error().message());
      return kExitFailed;
    }
    std::string text;
    if (!Probe(watcher, path, command.timeout.value_or(kTimeout)).run(text)) all_told = false;
    (void)watcher.remove(path);
    if (stop.stopped()) return kExitDone;
    output.append(text);
    if (!output.flush()) return reader_left(output.error()) ? kExitDone : kExitFailed;
  }
  return all_told ? kExitDone : kExitFailed;
}

}  // namespace vigil::cli
