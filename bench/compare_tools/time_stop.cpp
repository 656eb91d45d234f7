// Times giving up the watches of a tree, for the "stop" scenario of bench/compare.
//
//   time_stop bare|vigil DIRECTORY
//
// bare: close(2) of an inotify descriptor that watches every directory of the tree: what the kernel itself takes.
// vigil: Watcher::stop() with the same tree watched. Prints the nanoseconds and the number of watches.

#include <vigil/watcher.hpp>

#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

void report(Clock::duration elapsed, std::size_t watches) {
  std::printf("%lld %zu\n", static_cast<long long>(std::chrono::nanoseconds{elapsed}.count()), watches);
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
  const auto start = Clock::now();
  close(inotify);
  report(Clock::now() - start, watches);
}

void time_stop(const std::string& root) {
  auto watcher = vigil::Watcher::open();
  if (!watcher) fail(watcher.error().message());
  if (auto added = watcher->add(root); !added) fail(added.error().message());
  const std::size_t watches = watcher->stats().watches;
  const auto start = Clock::now();
  watcher->stop();
  report(Clock::now() - start, watches);
}

}  // namespace

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
