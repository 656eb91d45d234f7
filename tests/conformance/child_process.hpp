// A program that runs beside the test and writes records to its standard output.
#pragma once

#include <vigil/result.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace vigil::conformance {

using Deadline = std::chrono::steady_clock::time_point;

// On Windows nobody is another user, and there are no namespaces: the last two are not looked at.
struct ChildOptions {
  std::vector<std::string> arguments;  // the program first; looked up as the shell does
  std::string working_directory;
  char separator = '\n';                    // ends each record
  std::map<std::string, long> user_limits;  // of a user namespace of its own
  bool unprivileged = false;                // where the test runs as root
};

// Its output is read as it comes, so that it never has to wait for the test. Ended, by force if need be, in the
// destructor. One thread at a time.
class ChildProcess {
 public:
  static Result<std::unique_ptr<ChildProcess>> start(ChildOptions options);
  ~ChildProcess();

  // The next record without its separator; nothing when the deadline passed or the output has ended.
  std::optional<std::string> next(Deadline deadline);

  // Waits for a text on standard error; false when the deadline passed or the program ended before.
  bool wait_for_error_text(std::string_view text, Deadline deadline);

  // All of standard error so far.
  std::string error_text();

  // Both outputs have ended and all records were taken. A program may close them and live on.
  bool ended();

  // The program is no more.
  bool exited() const { return exits_within(std::chrono::milliseconds(0)); }

  // May be repeated.
  void pause();
  void resume();

  // Asks the program to end, where the system has a way, and makes it after two seconds. The exit status as a shell
  // gives it.
  int stop();

 private:
  // The process and the ends of its pipes that are ours, as the system has them.
  struct Process;

  ChildProcess(std::unique_ptr<Process> process, char separator);
  bool exits_within(std::chrono::milliseconds time) const;
  void read_outputs();

  // What was read: of the output, and of standard error; and that there is no more.
  void take(std::string_view output, std::string_view errors);
  void take_end();

  std::unique_ptr<Process> process_;
  char separator_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string partial_;  // of a record
  std::deque<std::string> records_;
  std::string error_text_;
  bool closed_ = false;
  std::thread reader_;
};

}  // namespace vigil::conformance
