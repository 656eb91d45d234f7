// The helper processes of this test program, and what becomes of them.
#pragma once

#include <string>
#include <vector>

namespace vigil::isolation {

// As the system numbers them.
using ProcessId = int;

// The children of a process that are helpers or, on Linux, were one and are not collected yet.
std::vector<ProcessId> helpers_of(ProcessId parent);

// Of this process.
std::vector<ProcessId> helpers();

// The same once those that were killed are gone, which a busy machine takes its time for.
std::vector<ProcessId> helpers_left();

// Fails the test unless there is one.
ProcessId only_helper();

// By force, as by the system's task manager. How a helper that ended so is described.
void kill_process(ProcessId process);
extern const char* const kKilled;

// It does nothing any more, until it is killed.
void pause_process(ProcessId process);

// True once it has ended; false if it does not.
bool ends(ProcessId process);

// For the processes started from now on. An empty value takes the variable away.
void set_environment(const std::string& name, const std::string& value);

// A program that is in a directory of PATH everywhere.
extern const char* const kInPath;

// A name that a careless program trips over.
extern const char* const kOddName;

// The programs that were built with this one.
std::string command();
std::string fake_helper();

}  // namespace vigil::isolation
