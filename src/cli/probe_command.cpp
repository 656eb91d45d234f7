#include "cli/probe_command.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/format.hpp"
#include "cli/output.hpp"
#include "cli/probe.hpp"
#include "cli/system.hpp"
#include "cli/visible.hpp"

#include <chrono>
#include <string_view>

namespace vigil::cli {
namespace {

constexpr std::chrono::seconds kTimeout{10};

// What there is to say of a directory.
std::string words_of(const std::string& path, const ProbeResult& result) {
  std::string out;
  const auto line = [&](std::string_view text) {
    append_visible(out, path);
    out += ": ";
    append_visible(out, text);
    out += '\n';
  };
  const auto tell = [&](std::string_view what, const Told& told) {
    line(formatted("{} tells of {} after {:.2f} ms{}", result.backend, what,
                   std::chrono::duration<double, std::milli>(told.after).count(),
                   told.was_compared ? ", by comparing" : ""));
  };
  if (result.created) tell("a new file", *result.created);
  if (result.removed) tell("its removal", *result.removed);
  if (!result.failure.empty()) line(result.failure);
  for (const std::string& reason : result.reasons) line(reason);
  return out;
}

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
    const ProbeResult result = probe_directory(watcher, path, command.timeout.value_or(kTimeout));
    if (!result.told()) all_told = false;
    (void)watcher.remove(path);
    if (stop.stopped()) return kExitDone;
    output.append(words_of(path, result));
    if (!output.flush()) return reader_left(output.error()) ? kExitDone : kExitFailed;
  }
  return all_told ? kExitDone : kExitFailed;
}

}  // namespace vigil::cli
