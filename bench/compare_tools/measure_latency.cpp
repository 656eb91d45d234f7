// Measures how long a watcher takes to print a line about a new file, for the "latency" scenario of bench/compare.
//
//   measure_latency DIRECTORY SAMPLES PAUSE_US SECONDS_MAX < output of the watcher
//
// One file at a time: from just before creat() until its name has been read from the watcher's output. Between two
// samples it pauses, so that the watcher is asleep when the next one comes. Ends early after SECONDS_MAX. Prints the
// nanoseconds of each sample, or "lost" where no line came within ten seconds.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLostAfter = 10s;

[[noreturn]] void fail(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

// The watcher's output, read as it comes. One thread at a time.
class Output {
 public:
  Output() {
    if (fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK) < 0) fail("standard input");
  }

  // True once `name` has been read, false if that takes too long.
  bool wait_for(std::string_view name, Clock::time_point deadline) {
    while (text_.find(name) == std::string::npos) {
      keep_tail(name.size());
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (left <= 0ms || poll(&input, 1, static_cast<int>(left.count())) == 0) return false;
      read_available();
    }
    return true;
  }

  void discard() {
    read_available();
    text_.clear();
  }

 private:
  // A name can be cut by the end of a read.
  void keep_tail(std::size_t size) {
    if (text_.size() > size) text_.erase(0, text_.size() - size);
  }

  void read_available() {
    char buffer[64 * 1024];
    ssize_t size = 0;
    while ((size = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
      text_.append(buffer, static_cast<std::size_t>(size));
      if (static_cast<std::size_t>(size) < sizeof buffer) return;
    }
    if (size == 0) {
      std::fprintf(stderr, "measure_latency: the watcher ended\n");
      std::exit(1);
    }
    if (errno != EAGAIN && errno != EINTR) fail("standard input");
  }

  std::string text_;
};

std::optional<Clock::duration> measure(Output& output, const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  const auto start = Clock::now();
  const int descriptor = creat(path.c_str(), 0644);
  if (descriptor < 0) fail(path);
  const bool seen = output.wait_for(name, start + kLostAfter);
  const auto end = Clock::now();
  close(descriptor);
  if (!seen) return std::nullopt;
  return end - start;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 5) {
    std::fprintf(stderr, "usage: measure_latency DIRECTORY SAMPLES PAUSE_US SECONDS_MAX < output of the watcher\n");
    return 2;
  }
  const std::string directory = arguments[1];
  const std::size_t samples = std::strtoul(arguments[2], nullptr, 10);
  const std::chrono::microseconds pause{std::strtol(arguments[3], nullptr, 10)};
  const auto end = Clock::now() + std::chrono::seconds{std::strtol(arguments[4], nullptr, 10)};

  Output output;
  std::vector<std::optional<Clock::duration>> results;
  for (std::size_t sample = 0; sample < samples && Clock::now() < end; ++sample) {
    std::this_thread::sleep_for(pause);
    output.discard();
    results.push_back(measure(output, directory, "sample-" + std::to_string(1'000'000 + sample)));
  }
  for (const auto& result : results) {
    if (result) {
      std::printf("%lld\n", static_cast<long long>(std::chrono::nanoseconds{*result}.count()));
    } else {
      std::puts("lost");
    }
  }
}
