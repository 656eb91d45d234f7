// The other side of HelpedRoot: what a helper process does.
#pragma once

namespace vigil::core {

// Watches one root for the program at the other end of the standard input and output (docs/isolation.md), until that
// end is closed. Gives the exit code. Takes the process over: its working directory, SIGPIPE, a thread.
int run_helper();

}  // namespace vigil::core
