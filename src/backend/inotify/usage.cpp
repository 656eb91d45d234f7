#include "backend/inotify/usage.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace vigil::backend::inotify {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kNamed = 3;

// What /proc/PID/status says of a process.
struct Status {
  std::string name;
  std::string user;  // the effective one, who is charged; of the real, effective, saved and the file system's
};

Status status_of(const fs::path& file) {
  Status status;
  std::ifstream lines(file);
  for (std::string line; status.user.empty() && std::getline(lines, line);) {
    const std::string_view text = line;
    if (text.starts_with("Name:\t")) status.name = text.substr(6);
    if (!text.starts_with("Uid:\t")) continue;
    const std::size_t begin = text.find('\t', 5);
    if (begin != std::string_view::npos) status.user = text.substr(begin + 1, text.find('\t', begin + 1) - begin - 1);
    break;
  }
  return status;
}

class Look {
 public:
  Look(fs::path proc, Clock::time_point until) : proc_(std::move(proc)), until_(until) {}

  // This process first, which is told of in any case.
  Usage run() {
    const Status self = status_of(proc_ / "self" / "status");
    std::error_code error;
    const std::string own = fs::read_symlink(proc_ / "self", error).string();
    if (!error) look_at(own, self.user);
    error.clear();
    for (fs::directory_iterator each(proc_, error), end; !error && each != end; each.increment(error)) {
      const std::string name = each->path().filename().string();
      if (name == own || name.empty() || name.front() < '0' || name.front() > '9') continue;
      if (out_of_time()) break;
      look_at(name, self.user);
    }
    return std::move(usage_);
  }

 private:
  bool out_of_time() {
    if (Clock::now() < until_) return false;
    usage_.complete = false;
    return true;
  }

  void look_at(const std::string& number, const std::string& user) {
    Status status = status_of(proc_ / number / "status");
    int id = 0;
    (void)std::from_chars(number.data(), number.data() + number.size(), id);
    if (status.user == user) look_into(proc_ / number, {.id = id, .name = std::move(status.name)});
  }

  void look_into(const fs::path& process, Usage::Process found) {
    std::error_code error;
    fs::directory_iterator each(process / "fd", error);
    if (error) usage_.complete = false;  // perhaps it hides what it does; or it is gone
    for (const fs::directory_iterator end; !error && each != end; each.increment(error)) {
      if (out_of_time()) break;
      std::error_code ignored;
      const std::string target = fs::read_symlink(each->path(), ignored).string();
      if (!target.starts_with("anon_inode:")) continue;
      const fs::path information = process / "fdinfo" / each->path().filename();
      // Perhaps in brackets, perhaps not.
      if (target.find("inotify") != std::string::npos) {
        ++found.instances;
        found.watches += lines_of(information, "inotify wd:");
      } else if (target.find("fanotify") != std::string::npos) {
        ++found.fanotify_groups;
        for (const char* mark : {"fanotify ino:", "fanotify mnt_id:", "fanotify sdev:"}) {
          found.fanotify_marks += lines_of(information, mark);
        }
      }
    }
    if (found.instances + found.fanotify_groups != 0) usage_.processes.push_back(std::move(found));
  }

  // One for each watch or mark.
  std::size_t lines_of(const fs::path& information, std::string_view begin) {
    std::ifstream lines(information);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(begin)) ++count;
      if (count % 256 == 255 && out_of_time()) break;
    }
    return count;
  }

  fs::path proc_;
  Clock::time_point until_;
  Usage usage_;
};

}  // namespace

Usage look_at_usage(const std::string& proc, std::chrono::milliseconds time_max) {
  return Look(proc, Clock::now() + time_max).run();
}

std::string describe_usage(const Usage& usage, std::size_t Usage::Process::*count) {
  std::vector<Usage::Process> users;
  std::size_t total = 0;
  for (const Usage::Process& process : usage.processes) {
    if (process.*count == 0) continue;
    users.push_back(process);
    total += process.*count;
  }
  if (users.empty()) return usage.complete ? std::string() : "and who uses them was not found out in time";
  std::stable_sort(users.begin(), users.end(),
                   [&](const auto& one, const auto& other) { return one.*count > other.*count; });
  std::string text = "of which " + std::string(usage.complete ? "" : "at least ") + std::to_string(total) +
                     (total == 1 ? " is" : " are") + " in use: ";
  std::size_t named = 0;
  std::size_t told = 0;
  for (; named < std::min(kNamed, users.size()); ++named) {
    if (named != 0) text += ", ";
    text +=
        users[named].name + " (process " + std::to_string(users[named].id) + ") " + std::to_string(users[named].*count);
    told += users[named].*count;
  }
  if (named < users.size()) text += ", others " + std::to_string(total - told);
  return text;
}

}  // namespace vigil::backend::inotify
