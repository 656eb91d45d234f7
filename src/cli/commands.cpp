#include "cli/commands.hpp"

#include "cli/completions_options.hpp"
#include "cli/config_options.hpp"
#include "cli/doctor_options.hpp"
#include "cli/explain_options.hpp"
#include "cli/run_options.hpp"
#include "cli/snapshot_options.hpp"
#include "cli/stat_options.hpp"
#include "cli/top_options.hpp"
#include "cli/watch_options.hpp"

#include <algorithm>

namespace vigil::cli {
namespace {

template <typename Options>
std::unique_ptr<CommandOptions> make() {
  return std::make_unique<Options>();
}

constexpr CommandEntry kCommands[] = {
    {"watch", "report changes below directories, or of single files, as they happen", make<WatchOptions>},
    {"run", "run a command whenever something changes", make<RunOptions>},
    {"stat", "count what changes, by kind, directory and path", make<StatOptions>},
    {"top", "show live what changes most", make<TopOptions>},
    {"doctor", "say what can be watched here and how, and what stands in the way", make<DoctorOptions>},
    {"explain", "say which rule or option leaves a path out", make<ExplainOptions>},
    {"snapshot", "save what a directory is like, to tell later what has changed", make<SnapshotOptions>},
    {"since", "report what has changed since a snapshot", make<SinceOptions>},
    {"config", "show the options that are in force, and where each comes from", make<ConfigOptions>},
    {"completions", "write what a shell needs to complete command lines", make<CompletionsOptions>},
};

}  // namespace

std::span<const CommandEntry> commands() { return kCommands; }

const CommandEntry* find_command(std::string_view name) {
  const auto* entry = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [name](const CommandEntry& candidate) { return candidate.name == name; });
  return entry == std::end(kCommands) ? nullptr : entry;
}

}  // namespace vigil::cli
