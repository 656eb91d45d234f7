// Text for a person's eyes: whatever a name holds, it neither begins a new line nor drives the terminal.
#pragma once

#include <string>
#include <string_view>

namespace vigil::cli {

// Appends `text` with control characters, line and paragraph separators, marks that turn the direction of writing, and
// bytes that are not UTF-8 in the notation of C ("\n", "\x1b", "\u202e"). What is visible already stays as it is, a
// backslash included: the text cannot be turned back, and can be made visible twice.
void append_visible(std::string& out, std::string_view text);

std::string visible(std::string_view text);

}  // namespace vigil::cli
