#include "cli/process_tree.hpp"

namespace vigil::cli {
namespace {

constexpr int kInterrupt = 2;
constexpr int kKill = 9;
constexpr int kTerminate = 15;

}  // namespace

// There are no signals: both TERM and INT are Ctrl-Break to the command's process group.
std::optional<int> signal_named(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (name == "TERM" || name == "BREAK" || name == "15") return kTerminate;
  if (name == "INT" || name == "2") return kInterrupt;
  if (name == "KILL" || name == "9") return kKill;
  return std::nullopt;
}

std::string name_of_signal(int signal) {
  if (signal == kKill) return "being killed";
  return "Ctrl-Break";
}

int default_stop_signal() { return kTerminate; }

}  // namespace vigil::cli
