// What terminfo(5) knows of a terminal. Apart from screen_linux.cpp because <term.h> defines words such as "columns".
#pragma once

#include <optional>
#include <string>

namespace vigil::cli {

struct Terminfo {
  bool places_text = false;  // wherever it is to be
  std::string restore;       // plain letters, the cursor, the keys and the screen as they were
};

// Nothing where there is no such terminal to be known.
std::optional<Terminfo> look_up_terminal(const char* type);

}  // namespace vigil::cli
