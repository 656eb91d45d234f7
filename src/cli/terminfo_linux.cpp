#include "cli/terminfo_linux.hpp"

#include <curses.h>
#include <term.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

namespace vigil::cli {
namespace {

// The text that makes the terminal do it, without the pauses for terminals of old ("$<5>"); nothing where it cannot.
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

}  // namespace

std::optional<Terminfo> look_up_terminal(const char* type) {
  int found = 0;
  if (::setupterm(type, STDOUT_FILENO, &found) != OK) return std::nullopt;
  Terminfo information;
  information.places_text = capability("cup").has_value();
  for (const char* name : {"sgr0", "cnorm", "rmkx", "rmcup"}) information.restore += capability(name).value_or("");
  ::del_curterm(cur_term);
  return information;
}

}  // namespace vigil::cli
