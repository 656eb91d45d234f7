#include "cli/diagnostics.hpp"

#include "cli/output.hpp"
#include "cli/visible.hpp"

#include <unistd.h>

#include <string>

namespace vigil::cli {

void diagnose(std::string_view message) {
  std::string line = "vigil: ";
  append_visible(line, message);
  line += '\n';
  // Where the standard error is closed too, nobody is left to be told.
  write_all(STDERR_FILENO, line);
}

}  // namespace vigil::cli
