// Starts a program on Windows, in a job of its own.
#pragma once

#include "base/unique_handle.hpp"
#include "cli/process_tree.hpp"

#include <optional>
#include <string>

namespace vigil::cli {

struct StartedProcess {
  base::UniqueHandle process;
  base::UniqueHandle job;    // none where the system refuses one
  base::UniqueHandle input;  // what the plan's text is to be written to; none where there is none
  unsigned long id = 0;
};

// The program is told by its path, or found as the system does, with the extensions of PATHEXT. `port` gets the
// messages of the job. In `failure` is why it could not be started.
std::optional<StartedProcess> start_process(const StartPlan& plan, void* port, StartFailure& failure);

}  // namespace vigil::cli
