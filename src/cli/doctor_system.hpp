// What `vigil doctor` asks of this system alone.
#pragma once

#include "cli/doctor_report.hpp"
#include "sys/disk.hpp"

#include <string>

namespace vigil::cli {

// Fills in the system, the privilege, the backends and the limits with who uses them. Takes a second at most.
void examine_system(DoctorReport& report);

// Adds what only this system knows of the file system that the directory is on.
void examine_file_system(const sys::Directory& directory, PathFound& found);

}  // namespace vigil::cli
