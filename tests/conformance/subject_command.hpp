// Vigil through its command.
#pragma once

#include "conformance/subject.hpp"

#include <string>

namespace vigil::conformance {

// `command` is the path of the program.
SubjectKind command_subject(const std::string& command);

}  // namespace vigil::conformance
