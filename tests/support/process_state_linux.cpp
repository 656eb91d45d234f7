#include "support/process_state.hpp"

#include <malloc.h>
#include <unistd.h>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

namespace vigil::testing {

namespace {

std::size_t entries_of(const char* directory) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++count;
  return count;
}

// The number behind "name:" in a file of /proc.
std::uint64_t field(const std::filesystem::path& file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string word; lines >> word;) {
    std::uint64_t value = 0;
    if (word == name + ':' && lines >> value) return value;
  }
  return 0;
}

}  // namespace

std::size_t open_descriptors() { return entries_of("/proc/self/fd") - 1; }  // but the one it is listed with

std::size_t threads() { return entries_of("/proc/self/task"); }

std::uint64_t sleeps_of_other_threads() {
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(::gettid())) continue;
    sum += field(task.path() / "status", "voluntary_ctxt_switches");
  }
  return sum;
}

std::chrono::nanoseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t allocated_bytes() { return ::mallinfo2().uordblks; }

std::size_t private_bytes() { return field("/proc/self/status", "RssAnon") * 1024; }

}  // namespace vigil::testing
