// `vigil top`: what changes, live on a terminal.
#pragma once

#include <vigil/options.hpp>

#include <string>
#include <vector>

namespace vigil::cli {

// Understood and free of contradictions.
struct TopCommand {
  std::vector<std::string> paths;  // as written; at least one, none empty
  Options watcher;
  RootOptions root;
};

// Shows until told to quit; returns the exit code. Expects to be called once, before the process has any other thread.
int run(const TopCommand& command);

}  // namespace vigil::cli
