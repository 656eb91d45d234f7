// What a shell needs to complete a command line of vigil, made from the definition of the options. Pure.
#pragma once

#include <string>

namespace vigil::cli {

// Scripts for the shells, whole.
std::string bash_completions();
std::string zsh_completions();
std::string fish_completions();

}  // namespace vigil::cli
