// An expression up to the first newline, then a text: no input is slow or reads beyond its end, and what matches a text
// matches it with something around.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "event/regex.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vigil::event::Regex;
  const auto* const end = data + size;
  const auto* const newline = std::find(data, end, std::uint8_t{'\n'});
  const std::string expression(data, newline);
  const std::string text(newline == end ? end : newline + 1, end);
  const auto regex = Regex::parse(expression);
  if (!regex) {
    if (regex.error().message().empty()) std::abort();
    return 0;
  }
  const bool matches = regex->matches(text);
  // What asks about edges may change its mind where there is another byte beside.
  const bool asks_about_edges = expression.find_first_of("^$\\") != std::string::npos;
  if (matches && !asks_about_edges && !regex->matches("x" + text + "y")) std::abort();
  return 0;
}
