// The command, vigil.
#include "cli/command_line.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/system.hpp"
#include "core/helper.hpp"

#include <exception>
#include <string>
#include <variant>
#include <vector>

namespace vigil::cli {
namespace {

int refuse(const UsageError& error) {
  diagnose(error.message);
  return kExitUsage;
}

int run(const std::vector<std::string>& arguments) {
  // Not for people: another process has started this one to watch a root for it.
  if (arguments.size() == 1 && arguments.front() == "__helper") return core::run_helper();

  prepare_process();

  const CommandLine command_line = parse_command_line(arguments);
  if (const auto* text = std::get_if<Answer>(&command_line)) return print(text->text);
  if (const auto* error = std::get_if<UsageError>(&command_line)) return refuse(*error);
  return std::get<Action>(command_line)();
}

}  // namespace
}  // namespace vigil::cli

int main(int argc, char** argv) {
  try {
    return vigil::cli::run(vigil::cli::arguments_of_process(argc, argv));
  } catch (const std::exception& exception) {
    // Out of memory, or no thread to be had.
    vigil::cli::diagnose(exception.what());
    return vigil::cli::kExitFailed;
  }
}
