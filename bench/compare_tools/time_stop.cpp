// Times giving up the watches of a tree, for the "stop" scenario of bench/compare.
//
//   time_stop bare|vigil DIRECTORY
//
// bare: close(2) of an inotify descriptor that watches every directory of the tree: what the kernel itself takes.
// vigil: Watcher::stop() with the same tree watched. Prints the nanoseconds, how many of them were spent in close(2),
// and the number of watches.

#include <vigil/watcher.hpp>

#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

std::atomic<long long> nanoseconds_closing = 0;

long long nanoseconds_since(Clock::time_point start) { return std::chrono::nanoseconds{Clock::now() - start}.count(); }

// Times what gives up the watches, and prints.
template <typename Action>
void report(std::size_t watches, Action&& action) {
  nanoseconds_closing = 0;
  const auto start = Clock::now();
  action();
  const long long elapsed = nanoseconds_since(start);
  std::printf("%lld %lld %zu\n", elapsed, nanoseconds_closing.load(), watches);
}

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "time_stop: %s\n", message.c_str());
  std::exit(1);
}

void time_close(const std::string& root) {
  const int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  std::size_t watches = 0;
  const auto watch = [&](const std::string& path) {
    if (inotify_add_watch(inotify, path.c_str(), IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR | IN_DONT_FOLLOW) < 0) {
      fail("cannot watch " + path);
    }
    ++watches;
  };
  watch(root);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_directory() && !entry.is_symlink()) watch(entry.path());
  }
  report(watches, [&] { close(inotify); });
}

void time_stop(const std::string& root) {
  auto watcher = vigil::Watcher::open();
  if (!watcher) fail(watcher.error().message());
  if (auto added = watcher->add(root); !added) fail(added.error().message());
  report(watcher->stats().watches, [&] { watcher->stop(); });
}

}  // namespace

// Stands before the C library's, for the library under test as well. How long the kernel takes to close an inotify
// descriptor differs by tens of milliseconds from one time to the next, so its share has to be taken from each stop()
// itself.
extern "C" int close(int descriptor) {
  const auto start = Clock::now();
  const long result = syscall(SYS_close, descriptor);
  nanoseconds_closing += nanoseconds_since(start);
  return static_cast<int>(result);
}

int main(int argument_count, char** arguments) {
  const std::string_view subject = argument_count == 3 ? arguments[1] : "";
  if (subject == "bare") {
    time_close(arguments[2]);
  } else if (subject == "vigil") {
    time_stop(arguments[2]);
  } else {
    std::fprintf(stderr, "usage: time_stop bare|vigil DIRECTORY\n");
    return 2;
  }
}
