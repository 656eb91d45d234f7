#include "cli/process_tree.hpp"

#include <array>
#include <charconv>
#include <csignal>

namespace vigil::cli {
namespace {

struct Named {
  std::string_view name;
  int number;
};

constexpr std::array<Named, 12> kSignals{{{"HUP", SIGHUP},
                                          {"INT", SIGINT},
                                          {"QUIT", SIGQUIT},
                                          {"ABRT", SIGABRT},
                                          {"KILL", SIGKILL},
                                          {"USR1", SIGUSR1},
                                          {"SEGV", SIGSEGV},
                                          {"USR2", SIGUSR2},
                                          {"ALRM", SIGALRM},
                                          {"TERM", SIGTERM},
                                          {"CONT", SIGCONT},
                                          {"WINCH", SIGWINCH}}};

}  // namespace

std::optional<int> signal_named(std::string_view name) {
  int number = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc{} && rest == name.data() + name.size() && number > 0 && number <= SIGRTMAX) return number;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const Named& signal : kSignals) {
    if (signal.name == name) return signal.number;
  }
  return std::nullopt;
}

std::string name_of_signal(int signal) {
  for (const Named& named : kSignals) {
    if (named.number == signal) return "SIG" + std::string(named.name);
  }
  return "signal " + std::to_string(signal);
}

int default_stop_signal() { return SIGTERM; }

}  // namespace vigil::cli
