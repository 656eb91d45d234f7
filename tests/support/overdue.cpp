#include "support/overdue.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>
#include <utility>

namespace vigil::testing {

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// State and processor time spent (in ticks), of a line of stat.
std::string state_and_time(const std::string& stat) {
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  std::string state, user, system, skipped;
  fields >> state;
  for (int field = 4; field < 14; ++field) fields >> skipped;
  fields >> user >> system;
  return state + ", ticks " + user + " + " + system;
}

void report(const std::string& what, std::chrono::seconds time) {
  std::ostringstream text;
  text << what << " takes longer than " << time.count() << " s. Its threads, and the system calls they are in:\n";
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    text << "  " << task.path().filename().string() << ": " << state_and_time(content(task.path() / "stat")) << ", in "
         << content(task.path() / "wchan") << ", call " << content(task.path() / "syscall") << '\n';
  }
  std::cout << text.str() << std::flush;
}

}  // namespace

Overdue::Overdue(std::string what, std::chrono::seconds time)
    : thread_([this, what = std::move(what), time] {
        std::unique_lock lock(mutex_);
        for (auto passed = time; !changed_.wait_for(lock, time, [this] { return over_; }); passed += time) {
          report(what, passed);
        }
      }) {}

Overdue::~Overdue() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace vigil::testing
