#include "cli/format.hpp"

#include <iterator>

namespace vigil::cli {

void append_arguments(std::string& out, fmt::string_view text, fmt::format_args arguments) {
  fmt::vformat_to(std::back_inserter(out), text, arguments);
}

}  // namespace vigil::cli
