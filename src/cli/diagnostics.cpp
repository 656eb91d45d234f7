#include "cli/diagnostics.hpp"

#include "cli/system.hpp"
#include "cli/visible.hpp"

#include <string>

namespace vigil::cli {

void diagnose(std::string_view message) {
  std::string line = "vigil: ";
  append_visible(line, message);
  line += '\n';
  // Where the standard error is closed too, nobody is left to be told.
  write_all(standard_error(), line);
}

}  // namespace vigil::cli
