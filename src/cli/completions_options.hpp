// `vigil completions`: what a shell reads to complete command lines of vigil.
#pragma once

#include "cli/command_options.hpp"

#include <string>
#include <vector>

namespace vigil::cli {

class CompletionsOptions : public CommandOptions {
 public:
  CompletionsOptions();
  Result<Action> action() const override;

 private:
  std::vector<std::string> shells_;
};

}  // namespace vigil::cli
