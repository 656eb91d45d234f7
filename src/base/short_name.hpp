// Names of the form that DOS had: up to eight characters, and three more after a dot.
#pragma once

#include <string_view>

namespace vigil::base {

// Whether the name has the form that Windows gives the short names it keeps besides the long ones: "PROGRA~1",
// "REPORT~2.TXT". Any name may have it, and be nobody's short name; but those of temporary files, which begin with "~",
// do not. In UTF-8; a name that is not is none.
bool may_be_short_name(std::string_view name);

}  // namespace vigil::base
