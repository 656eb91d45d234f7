#include "cli/diagnostics.hpp"

#include "cli/exit_codes.hpp"
#include "cli/system.hpp"
#include "cli/visible.hpp"
#include "sys/error_codes.hpp"

#include <string>

namespace vigil::cli {

void diagnose(std::string_view message) {
  std::string line = "vigil: ";
  append_visible(line, message);
  line += '\n';
  // Where the standard error is closed too, nobody is left to be told.
  write_all(standard_error(), line);
}

int print(std::string_view text) {
  const int code = write_all(standard_output(), text);
  if (code == 0 || reader_left(code)) return kExitDone;
  diagnose("cannot write to the standard output: " + sys::words_of(code));
  return kExitFailed;
}

}  // namespace vigil::cli
