// The command, vigil.
#include "cli/command_line.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/system.hpp"
#include "core/helper.hpp"
#include "sys/error_codes.hpp"

#include <fmt/format.h>

#include <exception>
#include <string>
#include <variant>
#include <vector>

namespace vigil::cli {
namespace {

int answer(const Answer& answer) {
  const int code = write_all(standard_output(), answer.text);
  if (code == 0 || reader_left(code)) return kExitDone;
  diagnose(fmt::format("cannot write to the standard output: {}", sys::words_of(code)));
  return kExitFailed;
}

int refuse(const UsageError& error) {
  diagnose(error.message);
  return kExitUsage;
}

int run(const std::vector<std::string>& arguments) {
  // Not for people: another process has started this one to watch a root for it.
  if (arguments.size() == 1 && arguments.front() == "__helper") return core::run_helper();

  prepare_process();

  const CommandLine command_line = parse_command_line(arguments);
  if (const auto* text = std::get_if<Answer>(&command_line)) return answer(*text);
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
