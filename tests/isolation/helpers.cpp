#include "isolation/helpers.hpp"

#include "support/told.hpp"
#include "sys/process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace vigil::isolation {

namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

std::vector<Child> helpers() {
  std::vector<Child> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    // "123 (name) S 45": the name may hold anything.
    const std::string status = text_of(entry.path() / "stat");
    const std::size_t end = status.rfind(')');
    if (end == std::string::npos || std::atoi(status.c_str() + end + 4) != ::getpid()) continue;
    const char state = status[end + 2];
    // One that has ended has no command line any more.
    if (state != 'Z' && text_of(entry.path() / "cmdline").find("__helper") == std::string::npos) continue;
    all.push_back({std::stoi(pid), state});
  }
  return all;
}

std::vector<Child> helpers_left() {
  const auto deadline = std::chrono::steady_clock::now() + testing::kPatience;
  while (sys::held_processes() != 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return helpers();
}

pid_t only_helper() {
  const std::vector<Child> all = helpers();
  EXPECT_EQ(1u, all.size());
  return all.empty() ? -1 : all.front().pid;
}

std::size_t sleeps_of(pid_t pid) {
  std::size_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream lines(task.path() / "status");
    for (std::string word; lines >> word;) {
      std::size_t value = 0;
      if (word == "voluntary_ctxt_switches:" && lines >> value) sum += value;
    }
  }
  return sum;
}

}  // namespace vigil::isolation
