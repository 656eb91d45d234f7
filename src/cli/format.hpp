// Texts with values in them, as fmt writes them. Its headers alone would put all of its inside into each file that
// calls it, at seconds of compiling each time; here that is in one file.
#pragma once

#include <fmt/format.h>

#include <string>

namespace vigil::cli {

void append_arguments(std::string& out, fmt::string_view text, fmt::format_args arguments);

// Appends `text` with `values` in place of its "{}".
template <typename... Values>
void append_formatted(std::string& out, fmt::format_string<Values...> text, const Values&... values) {
  append_arguments(out, text, fmt::make_format_args(values...));
}

template <typename... Values>
std::string formatted(fmt::format_string<Values...> text, const Values&... values) {
  std::string out;
  append_formatted(out, text, values...);
  return out;
}

}  // namespace vigil::cli
