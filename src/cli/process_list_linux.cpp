#include "cli/process_list_linux.hpp"

#include "base/unique_fd.hpp"
#include "cli/format.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <memory>
#include <string_view>

namespace vigil::cli {
namespace {

std::optional<std::string> contents_of(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  char block[4096];
  ssize_t size = 0;
  while ((size = ::read(file.get(), block, sizeof block)) > 0) text.append(block, static_cast<std::size_t>(size));
  if (size < 0) return std::nullopt;  // ESRCH: it has just ended
  return text;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// The numbers among the names in a directory.
std::vector<pid_t> numbers_in(const std::string& path) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) return numbers;
  while (const dirent* const entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    pid_t number = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc{} && rest == name.data() + name.size()) numbers.push_back(number);
  }
  return numbers;
}

std::string_view next_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

template <typename Number>
Number next_number(std::string_view& text) {
  const std::string_view word = next_word(text);
  Number number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

void append_entries(std::string_view numbers, std::vector<ProcessEntry>& entries) {
  while (true) {
    const auto pid = next_number<pid_t>(numbers);
    if (pid == 0) return;
    if (const std::optional<ProcessEntry> entry = process_entry(pid)) entries.push_back(*entry);
  }
}

// For kernels that list no children (CONFIG_PROC_CHILDREN).
std::vector<ProcessEntry> children_among_all(pid_t parent) {
  std::vector<ProcessEntry> children;
  for (const pid_t pid : numbers_in("/proc")) {
    const std::optional<ProcessEntry> entry = process_entry(pid);
    if (entry && entry->parent == parent) children.push_back(*entry);
  }
  return children;
}

}  // namespace

bool proc_is_ours() {
  char self[32];
  const ssize_t size = ::readlink("/proc/self", self, sizeof self);
  return size > 0 && std::string_view(self, static_cast<std::size_t>(size)) == std::to_string(::getpid());
}

std::optional<ProcessEntry> process_entry(pid_t pid) {
  const std::optional<std::string> text = contents_of(formatted("/proc/{}/stat", pid));
  if (!text) return std::nullopt;
  // The name, in parentheses, may hold anything.
  const std::size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(name_end + 1);
  ProcessEntry entry;
  entry.pid = pid;
  const std::string_view state = next_word(rest);
  if (!state.empty()) entry.state = state.front();
  entry.parent = next_number<pid_t>(rest);
  entry.group = next_number<pid_t>(rest);
  constexpr int kBetween = 16;  // proc(5): the fields from "session" to "itrealvalue"
  for (int field = 0; field < kBetween; ++field) next_word(rest);
  entry.started = next_number<std::uint64_t>(rest);
  return entry;
}

std::vector<ProcessEntry> children_of(pid_t pid) {
  std::vector<ProcessEntry> children;
  // Each child is listed with the thread that started it.
  for (const pid_t thread : numbers_in(formatted("/proc/{}/task", pid))) {
    const std::optional<std::string> numbers = contents_of(formatted("/proc/{}/task/{}/children", pid, thread));
    if (!numbers && ::access("/proc/thread-self/children", F_OK) != 0) return children_among_all(pid);
    if (numbers) append_entries(*numbers, children);
  }
  return children;
}

std::vector<ProcessEntry> descendants_of(pid_t pid) {
  std::vector<ProcessEntry> all = children_of(pid);
  for (std::size_t index = 0; index < all.size(); ++index) {
    const std::vector<ProcessEntry> children = children_of(all[index].pid);
    all.insert(all.end(), children.begin(), children.end());
  }
  return all;
}

std::vector<std::string> words_of(pid_t pid) {
  std::vector<std::string> words;
  const std::optional<std::string> text = contents_of(formatted("/proc/{}/cmdline", pid));
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    words.emplace_back(word);
  }
  return words;
}

void send_signal(const ProcessEntry& process, int signal) {
  // Since Linux 5.3. From then on the number cannot come to name another process before the signal is sent.
  const base::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  const std::optional<ProcessEntry> now = process_entry(process.pid);
  if (!now || !now->is_same(process)) return;
  if (handle) {
    ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0);
  } else {
    ::kill(process.pid, signal);
  }
}

}  // namespace vigil::cli
