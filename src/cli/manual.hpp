// The manual pages, made from the definition of the options. Pure.
#pragma once

#include <string>
#include <vector>

namespace vigil::cli {

struct ManualPage {
  std::string name;  // of its file, "vigil-watch.1"
  std::string text;  // for man(7)
};

// One of vigil, and one of each command.
std::vector<ManualPage> manual_pages();

}  // namespace vigil::cli
