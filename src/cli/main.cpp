// The command, vigil.
#include "cli/diagnostics.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/watch_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <string>
#include <variant>
#include <vector>

namespace vigil::cli {
namespace {

// A file opened later must not get the number of a standard file that was closed, and its writes. open() takes the
// lowest number that is free. Writing to a standard output that was closed goes on failing.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1) continue;
    ::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int answer(const Answer& answer) {
  const int code = write_all(STDOUT_FILENO, answer.text);
  if (code == 0 || code == EPIPE) return kExitDone;
  diagnose(fmt::format("cannot write to the standard output: {}", std::strerror(code)));
  return kExitFailed;
}

int refuse(const UsageError& error) {
  diagnose(error.message);
  return kExitUsage;
}

int run(const std::vector<std::string>& arguments) {
  // A reader that goes away is to be seen by the write that fails.
  std::signal(SIGPIPE, SIG_IGN);
  occupy_standard_descriptors();

  const CommandLine command_line = parse_command_line(arguments);
  if (const auto* text = std::get_if<Answer>(&command_line)) return answer(*text);
  if (const auto* error = std::get_if<UsageError>(&command_line)) return refuse(*error);
  return watch(std::get<WatchCommand>(command_line));
}

}  // namespace
}  // namespace vigil::cli

int main(int argc, char** argv) {
  try {
    return vigil::cli::run({argv + std::min(argc, 1), argv + argc});
  } catch (const std::exception& exception) {
    // Out of memory, or no thread to be had.
    vigil::cli::diagnose(exception.what());
    return vigil::cli::kExitFailed;
  }
}
