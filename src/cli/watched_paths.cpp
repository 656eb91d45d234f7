#include "cli/watched_paths.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/paths.hpp"
#include "cli/progress.hpp"
#include "cli/system.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vigil::cli {

int fail(const Error& error) {
  diagnose(error.message());
  // Only the library reads globs, so that is where a bad one shows.
  return error.code() == ErrorCode::invalid_pattern || error.code() == ErrorCode::invalid_argument ? kExitUsage
                                                                                                   : kExitFailed;
}

std::vector<std::string> absolute_paths(const std::vector<std::string>& written, const std::string& directory,
                                        Isolation isolation) {
  std::vector<std::string> absolute;
  for (const std::string& path : written) {
    std::string candidate = absolute_path(path, directory, isolation == Isolation::none);
    if (std::find(absolute.begin(), absolute.end(), candidate) == absolute.end()) {
      absolute.push_back(std::move(candidate));
    }
  }
  return absolute;
}

Status add_with_progress(Watcher& watcher, const std::string& path, const RootOptions& options,
                         std::string_view shown_path) {
  std::optional<Progress> progress;
  if (is_terminal(standard_error())) {
    progress.emplace(standard_error(), shown_path, [&watcher] { return watcher.stats().entries; });
  }
  return watcher.add(path, options);
}

}  // namespace vigil::cli
