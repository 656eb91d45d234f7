#include "cli/marked_processes.hpp"

#include "cli/command.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

namespace vigil::cli {
namespace {

// Nothing where the process ended meanwhile: an iterator over the buffer would throw.
std::string contents_of(const std::filesystem::path& path) {
  std::ostringstream contents;
  contents << std::ifstream(path, std::ios::binary).rdbuf();
  return contents.str();
}

bool is_alive(const ProcessEntry& process) {
  const std::optional<ProcessEntry> now = process_entry(process.pid);
  return now && now->is_same(process) && now->state != 'Z';
}

}  // namespace

std::vector<ProcessEntry> Mark::processes(pid_t except) const {
  std::vector<ProcessEntry> found;
  for (const auto& directory : std::filesystem::directory_iterator("/proc")) {
    const std::string name = directory.path().filename();
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid == 0 || pid == except) continue;
    const std::string environment = '\0' + contents_of(directory.path() / "environ");
    if (environment.find('\0' + variable_ + '\0') == std::string::npos) continue;
    const std::optional<ProcessEntry> entry = process_entry(pid);
    if (entry && entry->state != 'Z') found.push_back(*entry);
  }
  return found;
}

namespace {

// Nothing tells when a process begins or ends that is not ours.
template <typename Condition>
bool becomes_true(Condition&& condition) {
  for (const auto deadline = std::chrono::steady_clock::now() + kPatience; !condition();) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace

std::vector<ProcessEntry> Mark::at_least(std::size_t count, pid_t except) const {
  std::vector<ProcessEntry> found;
  becomes_true([&] {
    found = processes(except);
    return found.size() >= count;
  });
  return found;
}

bool Mark::all_end() const {
  return becomes_true([this] { return processes().empty(); });
}

bool any_lives(const std::vector<ProcessEntry>& processes) {
  return std::any_of(processes.begin(), processes.end(), is_alive);
}

}  // namespace vigil::cli
