#include "cli/watched_paths.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/format.hpp"
#include "cli/paths.hpp"
#include "cli/progress.hpp"
#include "cli/system.hpp"
#include "sys/error_codes.hpp"
#include "sys/process.hpp"

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

int fail_to_write(int error) {
  if (reader_left(error)) return kExitDone;
  diagnose(formatted("cannot write to the standard output: {}", sys::words_of(error)));
  return kExitFailed;
}

Result<std::string> directory_of(const std::vector<std::string>& written) {
  Result<std::string> here = working_directory();
  const bool is_needed = !std::all_of(written.begin(), written.end(), is_absolute);
  return here || is_needed ? std::move(here) : Result<std::string>(std::string());
}

Result<Watcher> open_watcher(Options options) {
  if (options.isolation == Isolation::process) options.helper = sys::running_program();
  return Watcher::open(std::move(options));
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
