#include "cli/probe.hpp"

#include "cli/format.hpp"
#include "cli/paths.hpp"
#include "cli/probe_file.hpp"
#include "sys/error_codes.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::steady_clock;

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

class Probe {
 public:
  Probe(Watcher& watcher, steady_clock::duration timeout) : watcher_(watcher), timeout_(timeout) {}

  ProbeResult look() {
    take_notices();
    return std::move(result_);
  }

  ProbeResult run(std::string directory) {
    take_notices();
    if (!directory.ends_with('/') && !directory.ends_with(kSeparator)) directory += kSeparator;
    ProbeFile file(directory + formatted(".vigil-probe-{}", process_number()));
    result_.created = tell("a new file", Kind::created, file.path(), "written", [&] { return file.make(); });
    if (result_.created) {
      result_.removed = tell("its removal", Kind::removed, file.path(), "removed", [&] { return file.remove(); });
    }
    return std::move(result_);
  }

 private:
  template <typename Act>
  std::optional<Told> tell(std::string_view what, Kind kind, const std::string& file, std::string_view done, Act act) {
    const steady_clock::time_point begin = steady_clock::now();
    if (const int error = act(); error != 0) {
      result_.failure = formatted("a file cannot be {}: {}", done, sys::words_of(error));
      result_.could_write = false;
      return std::nullopt;
    }
    const std::optional<Told> told = wait_for(kind, file, begin);
    if (!told) {
      const auto seconds = std::chrono::duration<double>(timeout_).count();
      result_.failure = formatted("nothing tells of {} within {:.3g} s ({})", what, seconds, result_.backend);
    }
    return told;
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
    if (event.kind == Kind::ready) result_.backend = event.backend;
    if (event.reason.empty()) return;
    std::vector<std::string>& reasons = result_.reasons;
    if (std::find(reasons.begin(), reasons.end(), event.reason) == reasons.end()) reasons.emplace_back(event.reason);
  }

  Watcher& watcher_;
  steady_clock::duration timeout_;
  ProbeResult result_;
};

}  // namespace

ProbeResult probe_directory(Watcher& watcher, const std::string& path, steady_clock::duration timeout) {
  return Probe(watcher, timeout).run(path);
}

ProbeResult look_at_watch(Watcher& watcher) { return Probe(watcher, {}).look(); }

}  // namespace vigil::cli
