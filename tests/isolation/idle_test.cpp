// An idle helper costs nothing, and neither does its watcher.
#include "isolation/isolated.hpp"
#include "support/process_state.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

namespace vigil::isolation {
namespace {

// How many signals, records and the like it has woken up for so far.
std::size_t sleeps_of(ProcessId process) {
  std::size_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::ifstream lines(task.path() / "status");
    for (std::string word; lines >> word;) {
      std::size_t value = 0;
      if (word == "voluntary_ctxt_switches:" && lines >> value) sum += value;
    }
  }
  return sum;
}

class Idle : public Isolated {};

TEST_F(Idle, CostsNothing) {
  watch_isolated();
  write_file(path("f"));
  (void)told();
  const ProcessId helper = only_helper();
  // What follows a change comes to its end, however late it is scheduled; what is periodic leaves no such time out.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    const std::size_t before = sleeps_of(helper) + sleeps_of_other_threads();
    std::this_thread::sleep_for(1500ms);
    if (before == sleeps_of(helper) + sleeps_of_other_threads()) break;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "something wakes again and again";
  }
}

}  // namespace
}  // namespace vigil::isolation
