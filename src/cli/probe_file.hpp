// A file that is there for a moment.
#pragma once

#include <string>

namespace vigil::cli {

// Makes the file, with a few bytes in it; never opens one that exists. Returns the system's code for what failed, 0
// where nothing did.
int make_probe_file(const std::string& path);

int remove_probe_file(const std::string& path);

// Of this process, so that two probes of one directory do not meet.
unsigned long process_number();

}  // namespace vigil::cli
