#include "cli/terminfo_linux.hpp"

#include <curses.h>
#include <term.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

namespace vigil::cli {

bool know_terminal(const char* type) {
  int found = 0;
  return ::setupterm(type, STDOUT_FILENO, &found) == OK;
}

std::optional<std::string> capability(const char* name) {
  const char* const text = ::tigetstr(name);
  if (text == nullptr || reinterpret_cast<std::intptr_t>(text) == -1) return std::nullopt;
  std::string plain;
  bool pauses = false;
  for (const char* each = text; *each != '\0'; ++each) {
    if (std::string_view(each).starts_with("$<")) pauses = true;
    if (!pauses) plain += *each;
    if (*each == '>') pauses = false;
  }
  return plain;
}

}  // namespace vigil::cli
