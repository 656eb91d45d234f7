// What the commands that watch do alike.
#pragma once

#include <vigil/watcher.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// Says on the standard error what is wrong, and gives the exit code for it.
int fail(const Error& error);

// The same for the error of an Output. Whose reader has seen enough ends well: `vigil watch | head`.
int fail_to_write(int error);

// The working directory; empty where there is none any more, which fails only where one of the paths is relative.
Result<std::string> directory_of(const std::vector<std::string>& written);

// As Watcher::open(); its helpers, if any, run this program.
Result<Watcher> open_watcher(Options options);

// In the order given, each once. What is watched by helpers may hang whoever asks the disk about it.
std::vector<std::string> absolute_paths(const std::vector<std::string>& written, const std::string& directory,
                                        Isolation isolation);

// Adds a root; on a terminal, what takes long shows how far it has come.
Status add_with_progress(Watcher& watcher, const std::string& path, const RootOptions& options,
                         std::string_view shown_path);

}  // namespace vigil::cli
