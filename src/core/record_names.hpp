// Names as records in the layout of Windows have them, where the system's own are bytes.
#pragma once

#include <string>
#include <string_view>

namespace vigil::core {

// UTF-8 to UTF-16. A byte that is not part of valid UTF-8 becomes the unit 0xDC00 plus the byte, which nothing else
// does: half a surrogate pair in three bytes is not valid UTF-8 either. So different names stay different.
std::u16string record_name(std::string_view bytes);

}  // namespace vigil::core
