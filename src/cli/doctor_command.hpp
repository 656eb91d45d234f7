// `vigil doctor`: what this system can notify, what stands in the way, and what helps.
#pragma once

#include <vigil/options.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace vigil::cli {

// Understood and free of contradictions.
struct DoctorCommand {
  std::vector<std::string> paths;  // as written; at least one, none empty
  bool json = false;
  bool probe = true;                         // write a file into each directory and remove it
  std::chrono::milliseconds timeout{10000};  // for each of the two
  Options watcher;                           // the backend that is asked for
};

// Examines and tells; kExitDone where nothing needs attention, else kExitFailed. Expects to be called once, before the
// process has any other thread.
int run(const DoctorCommand& command);

}  // namespace vigil::cli
