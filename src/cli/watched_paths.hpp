// What the commands that watch do alike before they begin.
#pragma once

#include <vigil/watcher.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// Says on the standard error what is wrong, and gives the exit code for it.
int fail(const Error& error);

// In the order given, each once. What is watched by helpers may hang whoever asks the disk about it.
std::vector<std::string> absolute_paths(const std::vector<std::string>& written, const std::string& directory,
                                        Isolation isolation);

// Adds a root; on a terminal, what takes long shows how far it has come.
Status add_with_progress(Watcher& watcher, const std::string& path, const RootOptions& options,
                         std::string_view shown_path);

}  // namespace vigil::cli
