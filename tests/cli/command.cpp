#include "cli/command.hpp"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kNobody = 65534;

// Both ends of what connects the test with a stream of the command.
struct Connection {
  base::UniqueFd ours;
  base::UniqueFd theirs;
};

void set_close_on_exec(const base::UniqueFd& descriptor) { ::fcntl(descriptor.get(), F_SETFD, FD_CLOEXEC); }

Connection make_pipe() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

Connection make_terminal() {
  int master = -1;
  int terminal = -1;
  winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  EXPECT_EQ(::openpty(&master, &terminal, nullptr, nullptr, &size), 0);
  Connection connection{base::UniqueFd(master), base::UniqueFd(terminal)};
  set_close_on_exec(connection.ours);
  set_close_on_exec(connection.theirs);
  return connection;
}

Connection connect(Setting::Stream stream) {
  switch (stream) {
    case Setting::Stream::pipe: return make_pipe();
    case Setting::Stream::terminal: return make_terminal();
    case Setting::Stream::full_disk: return {{}, base::UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC))};
    case Setting::Stream::closed: break;
  }
  return {};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with(const std::vector<std::string>& additions) {
  std::vector<std::string> environment = additions;
  const auto is_replaced = [&](std::string_view variable) {
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    for (const std::string& addition : additions) {
      if (addition.starts_with(name)) return true;
    }
    return false;
  };
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_replaced(*variable)) environment.emplace_back(*variable);
  }
  return environment;
}

// From here to exec() only what is safe after fork() may be called.
void take_place(const Connection& connection, int number) {
  if (connection.theirs) {
    ::dup2(connection.theirs.get(), number);
  } else {
    ::close(number);
  }
}

void make_controlling(Setting::Stream stream, int number) {
  if (stream == Setting::Stream::terminal) ::ioctl(number, TIOCSCTTY, 0);
}

void become_nobody() {
  if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(126);
}

[[noreturn]] void become_command(const Setting& setting, const Connection& output, const Connection& error,
                                 char* const* arguments, char* const* environment) {
  ::setsid();
  // The program is opened first: another user may not be allowed to walk to it.
  const int program = ::open(VIGIL_COMMAND, O_RDONLY | O_CLOEXEC);
  if (!setting.directory.empty() && ::chdir(setting.directory.c_str()) != 0) ::_exit(126);
  if (setting.remove_directory && ::rmdir(setting.directory.c_str()) != 0) ::_exit(126);
  take_place(output, STDOUT_FILENO);
  take_place(error, STDERR_FILENO);
  if (setting.types) take_place(output, STDIN_FILENO);
  // The first becomes it, the other is not taken.
  make_controlling(setting.output, STDOUT_FILENO);
  make_controlling(setting.error, STDERR_FILENO);
  if (setting.ignore_hangup) ::signal(SIGHUP, SIG_IGN);
  if (setting.as_nobody && ::geteuid() == 0) become_nobody();
  if (setting.wrapper.empty()) {
    ::fexecve(program, arguments, environment);
  } else {
    ::execvpe(arguments[0], arguments, environment);
  }
  ::_exit(127);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::canonical(testing::TempDir()) / "vigil_cli_XXXXXX").string();
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  path_ = name;
  // For the tests that run the command as nobody.
  std::filesystem::permissions(path_, std::filesystem::perms(0755));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  EXPECT_FALSE(error) << error.message();
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  EXPECT_TRUE(file) << path;
}

Command::Command(const std::vector<std::string>& arguments, const Setting& setting) {
  Connection output = connect(setting.output);
  if (!setting.output_file.empty()) {
    output = {{}, base::UniqueFd(::open(setting.output_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644))};
  }
  Connection error = connect(setting.error);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), setting.wrapper.empty() ? "vigil" : VIGIL_COMMAND);
  words.insert(words.begin(), setting.wrapper.begin(), setting.wrapper.end());
  std::vector<std::string> variables = environment_with(setting.environment);
  const std::vector<char*> argument_pointers = pointers_to(words);
  const std::vector<char*> environment_pointers = pointers_to(variables);

  process_ = ::fork();
  if (process_ == 0) {
    become_command(setting, output, error, argument_pointers.data(), environment_pointers.data());
  }
  EXPECT_GT(process_, 0);
  output_.descriptor = std::move(output.ours);
  error_.descriptor = std::move(error.ours);
}

Command::~Command() {
  if (exit_code_ || process_ < 0) return;
  ::kill(process_, SIGKILL);
  has_ended(true);
}

// False when nothing more will come.
bool Command::read_from(Channel& channel) {
  // Little at a time: each line that is taken moves the rest.
  std::array<char, 4096> buffer;
  const ssize_t size = ::read(channel.descriptor.get(), buffer.data(), buffer.size());
  if (size > 0) {
    channel.text.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
  if (size < 0 && errno == EINTR) return true;
  // A terminal says EIO when its last user is gone.
  channel.descriptor.reset();
  return false;
}

// False when nothing came until the deadline, or when both streams have ended.
bool Command::read_some(Clock::time_point deadline) {
  // poll() skips descriptors below zero.
  std::array<pollfd, 2> ready{pollfd{.fd = output_.descriptor.get(), .events = POLLIN, .revents = 0},
                              pollfd{.fd = error_.descriptor.get(), .events = POLLIN, .revents = 0}};
  if (!output_.descriptor && !error_.descriptor) return false;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  if (left.count() <= 0 || ::poll(ready.data(), ready.size(), static_cast<int>(left.count())) <= 0) return false;
  if (ready[0].revents != 0) read_from(output_);
  if (ready[1].revents != 0) read_from(error_);
  return true;
}

template <typename Done>
bool Command::read_until(Done&& done) {
  const Clock::time_point deadline = Clock::now() + kPatience;
  while (!done()) {
    if (!read_some(deadline)) return done();
  }
  return true;
}

std::optional<std::string> Command::next_line() {
  const auto has_line = [this] { return output_.text.find('\n') != std::string::npos; };
  if (!read_until([&] { return has_line() || !output_.descriptor; }) || !has_line()) return std::nullopt;
  const std::size_t end = output_.text.find('\n');
  std::string line = output_.text.substr(0, end);
  output_.text.erase(0, end + 1);
  return line;
}

bool Command::output_shows(std::string_view text) {
  return read_until([&] { return output_.text.find(text) != std::string::npos; });
}

bool Command::error_shows(std::string_view text) {
  return read_until([&] { return error_.text.find(text) != std::string::npos; });
}

bool Command::output_is_full() const {
  // Only the writing end tells, and a descriptor kept for it would hide the end of the output.
  const std::string path = "/proc/self/fd/" + std::to_string(output_.descriptor.get());
  const base::UniqueFd writing_end(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(writing_end);
  pollfd ready{.fd = writing_end.get(), .events = POLLOUT, .revents = 0};
  return ::poll(&ready, 1, 0) == 0;
}

void Command::close_output() { output_.descriptor.reset(); }

void Command::type(std::string_view keys) {
  EXPECT_EQ(::write(output_.descriptor.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

bool Command::terminal_is_cooked() const {
  termios settings{};
  EXPECT_EQ(::tcgetattr(output_.descriptor.get(), &settings), 0);
  return (settings.c_lflag & (ECHO | ICANON)) == (ECHO | ICANON);
}

void Command::signal(int number) { EXPECT_EQ(::kill(process_, number), 0); }

bool Command::has_ended(bool wait_for_it) {
  if (exit_code_) return true;
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(process_, &status, wait_for_it ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended != process_) return false;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

int Command::wait() {
  // Both streams end with the process, or, where there are none to read, nothing is read.
  read_until([this] { return !output_.descriptor && !error_.descriptor; });
  return wait_without_reading();
}

int Command::wait_without_reading() {
  // A process that ends makes nothing readable that a test could wait for, without signals; so it is asked after.
  for (const Clock::time_point deadline = Clock::now() + kPatience; !has_ended(false);) {
    if (Clock::now() >= deadline) return -1;
    std::this_thread::sleep_for(1ms);
  }
  return *exit_code_;
}

Outcome run(const std::vector<std::string>& arguments, const Setting& setting) {
  Command command(arguments, setting);
  Outcome outcome;
  outcome.exit_code = command.wait();
  outcome.output = command.output();
  outcome.error = command.error();
  return outcome;
}

}  // namespace vigil::cli
