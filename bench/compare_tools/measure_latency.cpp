// Measures how long watchers take to print a line about a new file, for the "latency" scenario of bench/compare.
//
//   measure_latency SAMPLES PAUSE_US SECONDS_MAX DESCRIPTOR DIRECTORY [DESCRIPTOR DIRECTORY]...
//
// Each watcher is given by the descriptor its output is read from and a directory that it alone watches. They take
// turns, one file at a time: from just before creat() until its name has been read. Before each sample comes a pause,
// so that every watcher is asleep. Ends early after SECONDS_MAX. Prints a line for each sample: the watcher's place in
// the arguments, and nanoseconds, or "lost" where no line came within ten seconds.

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
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLostAfter = 10s;

[[noreturn]] void fail(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

// A watcher's output, read as it comes, and the directory it watches. One thread at a time.
class Watched {
 public:
  Watched(int descriptor, std::string directory) : descriptor_(descriptor), directory_(std::move(directory)) {
    if (fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK) < 0) fail("descriptor");
  }

  // Nothing where no line came.
  std::optional<Clock::duration> measure(const std::string& name) {
    const std::string path = directory_ + "/" + name;
    discard();
    const auto start = Clock::now();
    const int file = creat(path.c_str(), 0644);
    if (file < 0) fail(path);
    const bool seen = wait_for(name, start + kLostAfter);
    const auto end = Clock::now();
    close(file);
    if (!seen) return std::nullopt;
    return end - start;
  }

 private:
  bool wait_for(std::string_view name, Clock::time_point deadline) {
    while (text_.find(name) == std::string::npos) {
      keep_tail(name.size());
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd input{descriptor_, POLLIN, 0};
      if (left <= 0ms || poll(&input, 1, static_cast<int>(left.count())) == 0) return false;
      read_available();
    }
    return true;
  }

  void discard() {
    read_available();
    text_.clear();
  }

  // A name can be cut by the end of a read.
  void keep_tail(std::size_t size) {
    if (text_.size() > size) text_.erase(0, text_.size() - size);
  }

  void read_available() {
    char buffer[64 * 1024];
    ssize_t size = 0;
    while ((size = read(descriptor_, buffer, sizeof buffer)) > 0) {
      text_.append(buffer, static_cast<std::size_t>(size));
      if (static_cast<std::size_t>(size) < sizeof buffer) return;
    }
    if (size == 0) {
      std::fprintf(stderr, "measure_latency: the watcher of %s ended\n", directory_.c_str());
      std::exit(1);
    }
    if (errno != EAGAIN && errno != EINTR) fail("descriptor");
  }

  int descriptor_;
  std::string directory_;
  std::string text_;
};

struct Sample {
  std::size_t watcher;
  std::optional<Clock::duration> elapsed;
};

void print(const Sample& sample) {
  if (sample.elapsed) {
    const std::chrono::nanoseconds elapsed = *sample.elapsed;
    std::printf("%zu %lld\n", sample.watcher, static_cast<long long>(elapsed.count()));
  } else {
    std::printf("%zu lost\n", sample.watcher);
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 6 || argument_count % 2 != 0) {
    std::fprintf(stderr, "usage: measure_latency SAMPLES PAUSE_US SECONDS_MAX DESCRIPTOR DIRECTORY [...]\n");
    return 2;
  }
  const std::size_t samples = std::strtoul(arguments[1], nullptr, 10);
  const std::chrono::microseconds pause{std::strtol(arguments[2], nullptr, 10)};
  const auto end = Clock::now() + std::chrono::seconds{std::strtol(arguments[3], nullptr, 10)};
  std::vector<Watched> watchers;
  for (int argument = 4; argument < argument_count; argument += 2) {
    watchers.emplace_back(static_cast<int>(std::strtol(arguments[argument], nullptr, 10)), arguments[argument + 1]);
  }

  std::vector<Sample> results;
  for (std::size_t number = 0; number < samples && Clock::now() < end; ++number) {
    for (std::size_t watcher = 0; watcher < watchers.size(); ++watcher) {
      std::this_thread::sleep_for(pause);
      const std::string name = "sample-" + std::to_string(1'000'000 + number);
      results.push_back({watcher, watchers[watcher].measure(name)});
    }
  }
  for (const Sample& sample : results) print(sample);
}
