// What terminfo(5) knows of the terminal. Apart from screen_linux.cpp because <term.h> defines words such as "columns".
#pragma once

#include <optional>
#include <string>

namespace vigil::cli {

// False where nothing is known of such a terminal.
bool know_terminal(const char* type);

// The text that makes the terminal do it, without the pauses for terminals of old ("$<5>"); nothing where it cannot.
std::optional<std::string> capability(const char* name);

}  // namespace vigil::cli
