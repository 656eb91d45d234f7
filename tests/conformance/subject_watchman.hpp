// Watchman, through the queries its clients make.
#pragma once

#include "conformance/subject.hpp"

namespace vigil::conformance {

SubjectKind watchman_subject();

}  // namespace vigil::conformance
