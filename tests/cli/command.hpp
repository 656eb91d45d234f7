// Runs the real command, as a user or a program would.
#pragma once

#include "base/unique_fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// How long anything may take before a test gives up on it.
inline constexpr std::chrono::seconds kPatience{30};

// A directory of its own for a test, removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Absolute, without links.
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Writes `text` to a file, which is created where it does not exist.
void write_file(const std::filesystem::path& path, std::string_view text = {});

// What a process is started with. The defaults: pipes, the environment and directory of the test.
struct Setting {
  enum class Stream { pipe, terminal, full_disk, closed };

  std::filesystem::path directory{};       // empty: the test's own
  std::vector<std::string> wrapper{};      // words that are given the command's path and arguments, and run it
  bool remove_directory = false;           // so that it is gone when the command looks
  std::vector<std::string> environment{};  // "NAME=VALUE", added to the test's own
  bool types = false;                      // the standard input is the terminal that the output is
  Stream output = Stream::pipe;
  std::filesystem::path output_file{};  // where the output goes instead
  Stream error = Stream::pipe;
  bool as_nobody = false;      // as another user than root, where the test runs as root
  bool ignore_hangup = false;  // as nohup does
};

// A running command. One thread at a time.
class Command {
 public:
  explicit Command(const std::vector<std::string>& arguments, const Setting& setting = {});
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // The next line of the output, without its end. Nothing at the end of the output, or when kPatience has passed.
  std::optional<std::string> next_line();

  // Reads on until the output, or what is said on the standard error, holds `text`. False at the end, or when kPatience
  // has passed.
  bool output_shows(std::string_view text);
  bool error_shows(std::string_view text);

  // Whether the pipe of the output takes no more: who writes to it has to wait.
  bool output_is_full() const;

  // No more of the output will be read.
  void close_output();

  // Types on the terminal.
  void type(std::string_view keys);

  // Whether the terminal shows what is typed, and hands it on line by line.
  bool terminal_is_cooked() const;

  void signal(int number);
  pid_t process() const { return process_; }

  // Waits for the end, reading what is written meanwhile; the exit code, or 128 and the signal's number, or -1 when
  // kPatience has passed.
  int wait();

  // Waits without reading.
  int wait_without_reading();

  // What was read and not taken by next_line(), and what was said on the standard error so far.
  const std::string& output() const { return output_.text; }
  const std::string& error() const { return error_.text; }

 private:
  struct Channel {
    base::UniqueFd descriptor;
    std::string text;
  };

  using Clock = std::chrono::steady_clock;

  bool read_some(Clock::time_point deadline);
  static bool read_from(Channel& channel);
  template <typename Done>
  bool read_until(Done&& done);
  bool has_ended(bool wait_for_it);

  pid_t process_ = -1;
  std::optional<int> exit_code_;
  Channel output_;
  Channel error_;
};

struct Outcome {
  int exit_code = -1;
  std::string output;
  std::string error;
};

// Runs the command to its end.
Outcome run(const std::vector<std::string>& arguments, const Setting& setting = {});

}  // namespace vigil::cli
